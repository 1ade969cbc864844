// SPDX-License-Identifier: BSD-3-Clause
// JPS+ (ours): every pair of cuts that stay, two equal ones among them, with its best split; it begins with
// JPS's, so that of equal makespans JPS's stays. Then the first and the last job may take cuts of their own.
#include <math.h>
#include <string.h>
#include "edge/policy/pipeline/scheme_private.h"

static void offer_pair(const struct chain *type, struct two_cuts *best, int first, int second)
{
	struct two_cuts pair = pipeline_best_split(type, first, second, type->jobs);
	if (pipeline_shorter(pair.makespan_s, best->makespan_s))
		*best = pair;
}

static struct two_cuts best_pair(const struct chain *type, int type_cuts[])
{
	int n_blocks = pipeline_blocks(type, type_cuts);
	struct two_cuts best = pipeline_neighbours(type, type_cuts, n_blocks);
	int n_cuts = pipeline_cuts(type, type_cuts);
	for (int a = 0; a < n_cuts; a++)
		for (int b = a; b < n_cuts; b++) {
			offer_pair(type, &best, type_cuts[a], type_cuts[b]);
			if (type->server_s)
				offer_pair(type, &best, type_cuts[b], type_cuts[a]);
		}
	return best;
}

// Moves one job of a run to another cut where that is shorter: trial has room for one run more.
static bool improve_one(const struct chain types[], struct pipeline *out, struct job_run trial[], int run)
{
	int from = out->runs[run].cut, type = out->runs[run].type, best = from;
	double best_s = out->makespan_s;
	for (int cut = 0; cut < types[type].n_cuts; cut++) {
		if (cut == from || isinf(types[type].upload_s[cut]))
			continue;
		int n = out->n_runs;
		memcpy(trial, out->runs, (size_t)n * sizeof(*trial));
		trial[run].n--;
		trial[n] = pipeline_run(types, type, cut, 1);
		double makespan_s = flow_shop_order(trial, n + 1);
		if (pipeline_shorter(makespan_s, best_s)) {
			best = cut;
			best_s = makespan_s;
		}
	}
	if (best == from)
		return false;
	out->runs[run].n--;
	out->runs[out->n_runs++] = pipeline_run(types, type, best, 1);
	out->makespan_s = flow_shop_order(out->runs, out->n_runs);
	return true;
}

static void drop_empty(struct pipeline *out)
{
	int n = 0;
	for (int i = 0; i < out->n_runs; i++)
		if (out->runs[i].n > 0)
			out->runs[n++] = out->runs[i];
	out->n_runs = n;
}

void pipeline_improve_ends(const struct chain types[], struct pipeline *out, struct job_run trial[])
{
	bool better = true;
	for (int round = 0; round < PIPELINE_ROUNDS && better; round++) {
		better = improve_one(types, out, trial, 0);
		drop_empty(out);
		better = improve_one(types, out, trial, out->n_runs - 1) || better;
		drop_empty(out);
	}
}

// One type by itself: at most MOST_RUNS runs.
static void plan_alone(const struct chain types[], int type, struct pipeline *out)
{
	int cuts[PIPELINE_MAX_CUTS];
	struct job_run trial[PIPELINE_MOST_RUNS + 1];
	struct two_cuts best = best_pair(&types[type], cuts);
	struct job_run first = pipeline_run(types, type, best.first, best.m);
	struct job_run second = pipeline_run(types, type, best.second, types[type].jobs - best.m);
	out->n_runs = 0;
	pipeline_add(out, &first);
	pipeline_add(out, &second);
	out->makespan_s = flow_shop_order(out->runs, out->n_runs);
	pipeline_improve_ends(types, out, trial);
}

int pipeline_keep_shorter(struct pipeline *out, struct pipeline *other, int rc)
{
	if (rc == 0 && pipeline_shorter(other->makespan_s, out->makespan_s)) {
		struct pipeline longer = *out;
		*out = *other;
		*other = longer;
	}
	pipeline_free(other);
	return rc;
}

int pipeline_jps_plus(const struct chain types[], int n_types, struct pipeline *out, struct err *err)
{
	int rc = pipeline_reserve(out, PIPELINE_MOST_RUNS * n_types, err);
	out->n_runs = 0;
	for (int i = 0; i < n_types && rc == 0; i++) {
		struct job_run runs[PIPELINE_MOST_RUNS];
		struct pipeline alone = {.runs = runs, .capacity = PIPELINE_MOST_RUNS};
		plan_alone(types, i, &alone);
		for (int r = 0; r < alone.n_runs; r++)
			pipeline_add(out, &runs[r]);
	}
	if (rc < 0)
		return rc;
	out->makespan_s = flow_shop_order(out->runs, out->n_runs);
	struct pipeline other = {0};
	rc = pipeline_partition_only(types, n_types, &other, err);
	if (rc == 0)
		other.makespan_s = flow_shop_order(other.runs, other.n_runs);
	return pipeline_keep_shorter(out, &other, rc);
}
