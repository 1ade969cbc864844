// SPDX-License-Identifier: BSD-3-Clause
// An outside policy that is wrong in the way BROKEN says.
#include "edge/policy/policy.h"

#define NO_SYMBOL 1
#define OLD_ABI 2
#define LATE_PLAN 3
#define NO_PLAN 4

#if BROKEN != NO_SYMBOL
// Claims that everybody is local, at the lowest frequency and in time.
static int plan_late(const struct snapshot *s, struct plan *plan, struct err *err)
{
	(void)err;
	plan->feasible = true;
	plan->energy_j = plan->edge_j = 0;
	plan->gpu_end_s = s->gpu_free_s;
	for (int m = 0; m < s->n_users; m++) {
		const struct snapshot_user *user = &s->users[m];
		const struct snapshot_network *net = &s->networks[user->network];
		double work = 0, f = user->device.f_min_flops;
		for (int n = 0; n < net->n_subtasks; n++)
			work += net->work_flop[n];
		double end_s = user->release_s + device_time_s(work, f);
		plan->users[m] = (struct plan_user){.feasible = true,
						    .cut = net->n_subtasks,
						    .freq_flops = f,
						    .group = -1,
						    .compute_start_s = user->release_s,
						    .compute_end_s = end_s,
						    .upload_end_s = end_s,
						    .finish_s = end_s,
						    .compute_j = device_energy_j(&user->device, work, f)};
		plan->energy_j += plan->users[m].compute_j;
	}
	return 0;
}

extern const struct policy airbatch_policy;
const struct policy airbatch_policy = {BROKEN == OLD_ABI ? POLICY_ABI - 1 : POLICY_ABI, "broken",
				       "breaks a rule", BROKEN == NO_PLAN ? 0 : plan_late};
#else
extern int nothing_here;
int nothing_here;
#endif
