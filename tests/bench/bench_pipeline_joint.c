// SPDX-License-Identifier: BSD-3-Clause
// How long splitting a band among devices with bursts takes (20 cuts each), and what it gives: median over
// random instances, each the best of several runs, beside what equal bands take; the last end over that of
// equal bands, mean.
#include <math.h>
#include <stdio.h>
#include "base/clock.h"
#include "base/quantile.h"
#include "tests/unit/edge/joint_lab.h"

enum { DRAWS = 21, RUNS = 3, CUTS = 20 };

typedef int split_fn(const struct snapshot *, struct band_device[], int, double, struct err *);

static double time_s(struct joint_lab *lab, split_fn *split)
{
	double best_s = INFINITY;
	for (int i = 0; i < RUNS; i++) {
		int64_t start_ns = clock_now_ns();
		if (split(&lab->snapshot, lab->devices, lab->n, lab->band_hz, NULL) < 0)
			return NAN;
		best_s = fmin(best_s, ns_to_s(clock_now_ns() - start_ns));
	}
	return best_s;
}

static void measure(int devices, int jobs)
{
	static struct joint_lab lab;
	double split_s[DRAWS], equal_s[DRAWS], over_equal = 0;
	struct rng *rng = rng_new(1, 0, RNG_TEST, (uint64_t)(1000 * devices + jobs));
	for (int i = 0; i < DRAWS; i++) {
		joint_lab_draw(&lab, rng, devices, CUTS, jobs);
		equal_s[i] = time_s(&lab, band_equal);
		double end_s = joint_lab_end_s(&lab);
		split_s[i] = time_s(&lab, band_split);
		over_equal += joint_lab_end_s(&lab) / end_s / DRAWS;
		joint_lab_free(&lab);
	}
	printf("%8d %9d %9.0f us %9.0f us %12.4f\n", devices, jobs, 1e6 * quantile(split_s, DRAWS, .5),
	       1e6 * quantile(equal_s, DRAWS, .5), over_equal);
	rng_free(rng);
}

int main(void)
{
	static const int devices[] = {2, 4, 8, 16}, jobs[] = {20, 100};
	printf("%8s %9s %12s %12s %12s\n", "devices", "jobs to", "split", "equal", "over equal");
	for (size_t d = 0; d < sizeof(devices) / sizeof(devices[0]); d++)
		for (size_t j = 0; j < sizeof(jobs) / sizeof(jobs[0]); j++)
			measure(devices[d], jobs[j]);
	return 0;
}
