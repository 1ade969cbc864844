// SPDX-License-Identifier: BSD-3-Clause
// LC, local computing: everything on the device, as slowly as the deadline allows.
#include "edge/policy/builtin.h"
#include "edge/policy/write.h"

int plan_lc(const struct policy *self, const struct snapshot *snapshot, struct plan *plan, struct err *err)
{
	(void)self;
	struct problem problem;
	int rc = problem_open(&problem, snapshot, err);
	if (rc < 0)
		return rc;
	for (int m = 0; m < snapshot->n_jobs; m++)
		write_local(plan, &problem, m);
	problem_close(&problem);
	return 0;
}
