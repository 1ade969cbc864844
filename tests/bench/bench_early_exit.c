// SPDX-License-Identifier: BSD-3-Clause
// How long the policies of batching with early exits take to plan K users with four exits: median and worst
// over drawn rounds of four settings (each the best of several runs, so that other work on the machine does
// not count), beside the limit of its kind: 5 ms for exact answers, 50 us for best-shelf packing, both at K
// = 60.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/quantile.h"
#include "tests/bench/plan_time.h"
#include "tests/unit/edge/early_exit_draw.h"

enum { ROUNDS = 200, RUNS = 5 };

static const struct setting_drawn settings[] = {
    {0, 20e6, 10, 6e-3, 14e-3},
    {0, 20e6, 10, 8e-3, 20e-3},
    {0, 40e6, 10, 8e-3, 20e-3},
    {0, 40e6, 10, 10e-3, 30e-3},
};
enum { SETTINGS = sizeof(settings) / sizeof(settings[0]) };

static void measure(const char *name, int users, double limit_s)
{
	double s[ROUNDS], worst_s = 0;
	struct rng *rng = rng_new(1, 0, RNG_TEST, (uint64_t)users);
	struct round_drawn *round = malloc(sizeof(*round));
	struct plan *plan = plan_new(users, 4);
	for (int i = 0; i < ROUNDS; i++) {
		struct setting_drawn setting = settings[i % SETTINGS];
		setting.users = users;
		draw_setting(round, rng, &setting);
		s[i] = plan_best_s(policy_find(name, NULL), &round->snapshot, plan, RUNS);
		worst_s = fmax(worst_s, s[i]);
	}
	double median_s = quantile(s, ROUNDS, 0.5);
	printf("%-18s %3d %9.1f us %10.1f us %8.3f %8.3f\n", name, users, median_s * 1e6, worst_s * 1e6,
	       median_s / limit_s, worst_s / limit_s);
	plan_free(plan);
	free(round);
	rng_free(rng);
}

int main(void)
{
	static const struct {
		const char *name;
		double limit_s;
		int most_users;
	} policies_[] = {{"bsp", 50e-6, 60},
			 {"bsp-exit", 50e-6, 60},
			 {"bsp-exit:refine", 50e-6, 60},
			 {"bsp-exit:grow", 50e-6, 60},
			 {"bsp-exit-classes", 5e-3, 60},
			 {"bsp-exit-optimal", 5e-3, 60},
			 {"one-by-one-exit", 50e-6, 60}};
	static const int sizes[] = {10, 20, 40, 60};
	printf("%-18s %3s %12s %13s %8s %8s\n", "policy", "K", "median", "worst", "/ limit", "/ limit");
	for (size_t p = 0; p < sizeof(policies_) / sizeof(policies_[0]); p++)
		for (int i = 0; i < 4; i++)
			if (sizes[i] <= policies_[p].most_users)
				measure(policies_[p].name, sizes[i], policies_[p].limit_s);
	return 0;
}
