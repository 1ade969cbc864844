// SPDX-License-Identifier: BSD-3-Clause
// How long the schemes of pipelined partition take to decide for n jobs of one type with 20 cuts, and
// jps-hetero for ten types: median over random chains (each the best of several runs, so that other work on
// the machine does not count), beside the limit of 1 ms for n = 100.
#include <math.h>
#include <stdio.h>
#include "base/clock.h"
#include "base/quantile.h"
#include "tests/unit/edge/pipeline_lab.h"

enum { CHAINS = 101, RUNS = 5, MOST_TYPES = 10, CUTS = 20 };
#define LIMIT_S 1e-3

static double decide_s(pipeline_scheme *scheme, const struct chain types[], int n_types)
{
	double best = INFINITY;
	for (int i = 0; i < RUNS; i++) {
		struct pipeline out = {0};
		int64_t start_ns = clock_now_ns();
		if (scheme(types, n_types, &out, NULL) < 0)
			return NAN;
		best = fmin(best, ns_to_s(clock_now_ns() - start_ns));
		pipeline_free(&out);
	}
	return best;
}

static double median_s(pipeline_scheme *scheme, int n_types, int jobs, bool server)
{
	double s[CHAINS];
	struct rng *rng = rng_new(1, 0, RNG_TEST, (uint64_t)jobs);
	for (int i = 0; i < CHAINS; i++) {
		struct lab_chain lab[MOST_TYPES];
		struct chain types[MOST_TYPES];
		for (int t = 0; t < n_types; t++) {
			lab_draw(&lab[t], rng, i % 2 ? LAB_ANY : LAB_NEAR_CONVEX, CUTS, jobs / n_types,
				 server);
			types[t] = lab[t].chain;
		}
		s[i] = decide_s(scheme, types, n_types);
	}
	rng_free(rng);
	return quantile(s, CHAINS, .5);
}

int main(void)
{
	static const struct {
		const char *name;
		pipeline_scheme *scheme;
		int types;
		bool server;
	} rows[] = {{"jps", pipeline_jps, 1, false},
		    {"jps-plus", pipeline_jps_plus, 1, false},
		    {"jps-plus:server", pipeline_jps_plus, 1, true},
		    {"jps-hetero", pipeline_jps_hetero, 1, false},
		    {"jps-hetero, 10 types", pipeline_jps_hetero, 10, false},
		    {"layer-schedule, 10", pipeline_layer_schedule, 10, false}};
	static const int jobs[] = {10, 100, 100000};
	printf("%-22s %8s %12s %12s\n", "scheme", "n", "median", "of 1 ms");
	for (size_t r = 0; r < sizeof(rows) / sizeof(rows[0]); r++)
		for (size_t i = 0; i < sizeof(jobs) / sizeof(jobs[0]); i++) {
			double s = median_s(rows[r].scheme, rows[r].types, jobs[i], rows[r].server);
			printf("%-22s %8d %9.2f us %11.2f%%\n", rows[r].name, jobs[i], s * 1e6,
			       100 * s / LIMIT_S);
		}
	return 0;
}
