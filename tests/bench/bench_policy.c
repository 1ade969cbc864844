// SPDX-License-Identifier: BSD-3-Clause
// How long IP-SSA, OG and J-DOB take to plan M users with 9 sub-tasks and different deadlines: median and
// worst over random snapshots (each the best of several runs, so that other work on the machine does not
// count), and the exponent with which the median grows.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/quantile.h"
#include "tests/bench/plan_time.h"
#include "tests/unit/edge/policy_random.h"

enum { SNAPSHOTS = 40, RUNS = 5, SUBTASKS = 9 };
static const int sizes[] = {5, 10, 20, 30, 60};
enum { N_SIZES = sizeof(sizes) / sizeof(sizes[0]) };

static double measure(const struct policy *policy, int users, double *worst_s)
{
	double s[SNAPSHOTS];
	struct rng *rng = rng_new(1, 0, RNG_TEST, (uint64_t)users);
	struct plan *plan = plan_new(users, SUBTASKS);
	*worst_s = 0;
	for (int i = 0; i < SNAPSHOTS; i++) {
		struct instance *instance =
		    instance_new(rng, &(struct instance_shape){.jobs = users,
							       .networks = 1,
							       .subtasks = SUBTASKS,
							       .growth = GROWTH_AFFINE,
							       .plain = true,
							       .max_batch = users, // all may share one
							       .edge_power = true});
		s[i] = plan_best_s(policy, &instance->snapshot, plan, RUNS);
		*worst_s = fmax(*worst_s, s[i]);
		instance_free(instance);
	}
	plan_free(plan);
	rng_free(rng);
	return quantile(s, SNAPSHOTS, 0.5);
}

int main(void)
{
	static const char *const names[] = {"ip-ssa", "ip-ssa:keep-best", "og", "j-dob"};
	printf("%-18s %4s %12s %12s %9s\n", "policy", "M", "median", "worst", "exponent");
	for (size_t p = 0; p < sizeof(names) / sizeof(names[0]); p++) {
		double before_s = 0, worst_s;
		for (int i = 0; i < N_SIZES; i++) {
			double median_s = measure(policy_find(names[p], NULL), sizes[i], &worst_s);
			printf("%-18s %4d %9.1f us %9.1f us", names[p], sizes[i], median_s * 1e6,
			       worst_s * 1e6);
			if (i > 0)
				printf(" %9.2f",
				       log(median_s / before_s) / log((double)sizes[i] / sizes[i - 1]));
			putchar('\n');
			before_s = median_s;
		}
	}
	return 0;
}
