// SPDX-License-Identifier: BSD-3-Clause
// An outside policy that is wrong in the way BROKEN says.
#include "edge/policy/policy.h"

#define NO_SYMBOL 1
#define OLD_ABI 2
#define BAD_PLAN 3
#define NO_PLAN 4

#if BROKEN != NO_SYMBOL
// Everybody local, at a frequency that no device has.
static int plan_fast(const struct policy *self, const struct snapshot *s, struct plan *plan, struct err *err)
{
	(void)self;
	(void)err;
	for (int m = 0; m < s->n_jobs; m++)
		plan->jobs[m].freq_flops = 2 * s->jobs[m].device.f_max_flops;
	return 0;
}

extern const struct policy airbatch_policy;
const struct policy airbatch_policy = {BROKEN == OLD_ABI ? POLICY_ABI - 1 : POLICY_ABI,
				       "broken",
				       "breaks a rule",
				       BROKEN == NO_PLAN ? 0 : plan_fast,
				       NULL,
				       {0}};
#else
extern int nothing_here;
int nothing_here;
#endif
