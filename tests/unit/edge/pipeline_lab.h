// SPDX-License-Identifier: BSD-3-Clause
// Random chains, what bounds their makespan from below, and brute force, for tests and benchmarks of
// edge/policy/pipeline.
#pragma once

#include "base/rng.h"
#include "edge/policy/pipeline/scheme.h"

enum lab_curve {
	LAB_NEAR_CONVEX, // f about linear, g about falling and convex, as published
	LAB_ANY,	 // g rises and falls by whole factors
};

enum { LAB_MOST_CUTS = 24, LAB_MOST_JOBS = 8 };

struct lab_chain {
	struct chain chain;
	double device_s[LAB_MOST_CUTS], upload_s[LAB_MOST_CUTS], server_s[LAB_MOST_CUTS];
};

// Must not be moved. n_cuts >= 2.
void lab_draw(struct lab_chain *out, struct rng *rng, enum lab_curve curve, int n_cuts, int jobs,
	      bool with_server);

// Of n equal jobs on two machines, from n = 2 on: for every lambda in [0, 1]
//   C >= lambda (sum of all f + the last g) + (1 - lambda) (the first f + sum of all g),
// so at least what the cheapest cut of each job gives. n = 1: the least f + g. The best lambda is found by
// ternary search (the bound is concave).
double lab_lower_bound_s(const struct chain *type, int n);

// The least makespan of all multisets of cuts and all orders of the jobs, with or without the server.
double lab_best_s(const struct chain types[], int n_types);

// The least makespan over all orders of jobs that are cut already, by the recurrence.
double lab_best_order_s(const struct stage_times jobs[], int n);

// The makespan of a schedule, job by job.
double lab_makespan_s(const struct job_run runs[], int n_runs);
