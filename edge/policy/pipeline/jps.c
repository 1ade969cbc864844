// SPDX-License-Identifier: BSD-3-Clause
// JPS: n equal chain jobs on two neighbouring cuts a and b = a + 1, where f and g cross. With m jobs at a,
// which go first, C(m) = max(f_a + m g_a + (n - m) g_b, m f_a + (n - m) f_b + g_b), equal on both sides at
// m* = (n (f_b - g_b) + g_b - f_a) / ((g_a - f_a) + (f_b - g_b)).
#include <math.h>
#include "edge/policy/pipeline/scheme_private.h"

static double makespan_of(const struct chain *type, const struct two_cuts *t, int m, int n)
{
	struct job_run runs[2] = {pipeline_run(type, 0, t->first, m),
				  pipeline_run(type, 0, t->second, n - m)};
	return flow_shop_makespan_s(runs, 2);
}

static void offer(const struct chain *type, struct two_cuts *best, double m, int n)
{
	if (!(m >= 0 && m <= n))
		return;
	double makespan_s = makespan_of(type, best, (int)m, n);
	if (!pipeline_shorter(makespan_s, best->makespan_s))
		return;
	best->m = (int)m;
	best->makespan_s = makespan_s;
}

static double crossing(const struct chain *type, const struct two_cuts *t, int n)
{
	double f_a = type->device_s[t->first], g_a = type->upload_s[t->first];
	double f_b = type->device_s[t->second], g_b = type->upload_s[t->second];
	return (n * (f_b - g_b) + g_b - f_a) / ((g_a - f_a) + (f_b - g_b));
}

// With the server C(m) is still the largest of functions that are linear in m, so convex between its ends.
static void offer_convex(const struct chain *type, struct two_cuts *best, int n)
{
	int low = 1, high = n - 1;
	while (high - low > 2) {
		int left = low + (high - low) / 3, right = high - (high - low) / 3;
		if (makespan_of(type, best, left, n) <= makespan_of(type, best, right, n))
			high = right;
		else
			low = left;
	}
	for (int m = low; m <= high; m++)
		offer(type, best, m, n);
}

struct two_cuts pipeline_best_split(const struct chain *type, int first, int second, int n)
{
	struct two_cuts best = {.first = first, .second = second, .makespan_s = INFINITY};
	if (type->server_s) {
		offer_convex(type, &best, n);
	} else {
		double m = crossing(type, &best, n);
		offer(type, &best, floor(m), n);
		offer(type, &best, ceil(m), n);
	}
	offer(type, &best, 0, n);
	offer(type, &best, n, n);
	return best;
}

// The first of the cuts where f >= g, by binary search: over virtual blocks f does not fall and g falls.
static int crosses_at(const struct chain *type, const int cuts[], int n_cuts)
{
	int low = 0, high = n_cuts - 1; // the last has g = 0
	while (low < high) {
		int middle = low + (high - low) / 2;
		if (type->device_s[cuts[middle]] >= type->upload_s[cuts[middle]])
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

struct two_cuts pipeline_neighbours(const struct chain *type, const int cuts[], int n_cuts)
{
	int b = crosses_at(type, cuts, n_cuts), a = b > 0 ? b - 1 : b;
	return pipeline_best_split(type, cuts[a], cuts[b], type->jobs);
}

int pipeline_jps(const struct chain types[], int n_types, struct pipeline *out, struct err *err)
{
	int rc = pipeline_reserve(out, 2 * n_types, err);
	out->n_runs = 0;
	for (int i = 0; i < n_types && rc == 0; i++) {
		int cuts[PIPELINE_MAX_CUTS], n_cuts = pipeline_blocks(&types[i], cuts);
		struct two_cuts best = pipeline_neighbours(&types[i], cuts, n_cuts);
		struct job_run first = pipeline_run(types, i, best.first, best.m);
		struct job_run second = pipeline_run(types, i, best.second, types[i].jobs - best.m);
		pipeline_add(out, &first);
		pipeline_add(out, &second);
	}
	out->makespan_s = rc == 0 ? flow_shop_order(out->runs, out->n_runs) : 0;
	return rc;
}
