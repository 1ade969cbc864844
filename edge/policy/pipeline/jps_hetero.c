// SPDX-License-Identifier: BSD-3-Clause
// Several types at once. For a trade-off lambda each type takes the cut that minimises lambda f + (1 -
// lambda) g: a corner of the lower convex hull of its points (f, g). As lambda falls, one type after another
// moves along an edge of its hull, and the device's load grows while the uplink's falls. Where the loads
// meet, the type that moves there is split between the edge's two ends. That is the optimum of the relaxed
// problem (loads alone, jobs divisible); Johnson's order and other cuts for the first and the last job do the
// rest.
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include "edge/policy/pipeline/scheme_private.h"

// One edge of a type's hull: each job that moves costs the device more and the uplink less.
struct edge {
	int type, from, to;
	double more_s, less_s;
};

struct loads {
	double device_s, upload_s;
};

static struct edge edge_between(const struct chain *type, int index, int from, int to)
{
	return (struct edge){.type = index,
			     .from = from,
			     .to = to,
			     .more_s = type->device_s[to] - type->device_s[from],
			     .less_s = type->upload_s[from] - type->upload_s[to]};
}

// Whether b gains less for what it costs than a.
static bool is_flatter(const struct edge *b, const struct edge *a)
{
	return b->less_s * a->more_s < a->less_s * b->more_s;
}

static int by_gain(const void *x, const void *y)
{
	const struct edge *a = x, *b = y;
	if (is_flatter(b, a) != is_flatter(a, b))
		return is_flatter(b, a) ? -1 : 1;
	if (a->type != b->type)
		return a->type < b->type ? -1 : 1;
	return a->from < b->from ? -1 : a->from > b->from;
}

// The hull's edges from the cut that computes least; cuts that stay are in order of f, with g falling.
// Returns how many.
static int hull(const struct chain *type, int index, const int cuts[], int n_cuts, struct edge edges[])
{
	int n = 0;
	for (int i = 1; i < n_cuts; i++) {
		struct edge next = edge_between(type, index, cuts[i - 1], cuts[i]);
		while (n > 0 && !is_flatter(&next, &edges[n - 1])) {
			n--;
			next = edge_between(type, index, edges[n].from, next.to);
		}
		edges[n++] = next;
	}
	return n;
}

static int kept_cuts(const struct chain *type, bool whole_only, int cuts[])
{
	int n = pipeline_blocks(type, cuts);
	if (!whole_only || n <= 1)
		return n;
	if (cuts[0] == 0 && type->n_cuts > 1) {
		cuts[1] = type->n_cuts - 1;
		return 2;
	}
	cuts[0] = type->n_cuts - 1;
	return 1;
}

// How many jobs have to move along an edge until the loads meet, not rounded.
static double meets_after(const struct edge *edge, const struct loads *loads)
{
	return (loads->upload_s - loads->device_s) / (edge->more_s + edge->less_s);
}

// A walk along all edges; at_cut[n_types] is where each type stands at its end.
struct walk {
	const struct chain *types;
	int n_types;
	int *at_cut;
	struct edge *edges; // by gain
	int n_edges;
	struct edge split; // the last edge of the walk, on which only `moved` jobs move
	double moved;	   // not rounded; 0 with no such edge
};

static void walk_until_balanced(struct walk *w)
{
	struct loads loads = {0};
	for (int i = 0; i < w->n_types; i++) {
		loads.device_s += w->types[i].jobs * w->types[i].device_s[w->at_cut[i]];
		loads.upload_s += w->types[i].jobs * w->types[i].upload_s[w->at_cut[i]];
	}
	for (int i = 0; i < w->n_edges && loads.device_s < loads.upload_s; i++) {
		const struct edge *edge = &w->edges[i];
		double moved = meets_after(edge, &loads), jobs = w->types[edge->type].jobs;
		if (moved < jobs) {
			w->split = *edge;
			w->moved = moved;
			return;
		}
		loads.device_s += jobs * edge->more_s;
		loads.upload_s -= jobs * edge->less_s;
		w->at_cut[edge->type] = edge->to;
	}
}

static void put_walk(const struct walk *w, int moved, struct pipeline *out)
{
	out->n_runs = 0;
	for (int i = 0; i < w->n_types; i++) {
		int away = w->split.type == i ? moved : 0;
		struct job_run stay = pipeline_run(w->types, i, w->at_cut[i], w->types[i].jobs - away);
		pipeline_add(out, &stay);
		if (away == 0)
			continue;
		struct job_run moves = pipeline_run(w->types, i, w->split.to, away);
		pipeline_add(out, &moves);
	}
	out->makespan_s = flow_shop_order(out->runs, out->n_runs);
}

// The better rounding of the split.
static void settle(const struct walk *w, struct pipeline *out)
{
	int down = (int)floor(w->moved), up = (int)ceil(w->moved);
	put_walk(w, up, out);
	double up_s = out->makespan_s;
	put_walk(w, down, out);
	if (pipeline_shorter(up_s, out->makespan_s))
		put_walk(w, up, out);
}

static int open_walk(struct walk *w, bool whole_only, struct err *err)
{
	size_t most = 1;
	for (int i = 0; i < w->n_types; i++)
		most += (size_t)w->types[i].n_cuts;
	w->edges = calloc(most, sizeof(*w->edges));
	w->at_cut = calloc((size_t)w->n_types + 1, sizeof(*w->at_cut));
	if (!w->edges || !w->at_cut)
		return err_set(err, ENOMEM, "no memory for %d types of jobs", w->n_types);
	for (int i = 0; i < w->n_types; i++) {
		int cuts[PIPELINE_MAX_CUTS], n = kept_cuts(&w->types[i], whole_only, cuts);
		w->at_cut[i] = cuts[0];
		w->n_edges += hull(&w->types[i], i, cuts, n, w->edges + w->n_edges);
	}
	qsort(w->edges, (size_t)w->n_edges, sizeof(*w->edges), by_gain);
	return 0;
}

// whole_only: only the cuts 0 and k.
static int plan_by_walk(const struct chain types[], int n_types, bool whole_only, struct pipeline *out,
			struct err *err)
{
	struct walk w = {.types = types, .n_types = n_types, .split = {.type = -1}};
	int rc = open_walk(&w, whole_only, err);
	rc = rc ? rc : pipeline_reserve(out, n_types + 1 + 2 * PIPELINE_ROUNDS, err);
	if (rc == 0) {
		walk_until_balanced(&w);
		settle(&w, out);
	}
	free(w.edges);
	free(w.at_cut);
	return rc;
}

int pipeline_schedule_only(const struct chain types[], int n_types, struct pipeline *out, struct err *err)
{
	return plan_by_walk(types, n_types, true, out, err);
}

static int improve(const struct chain types[], struct pipeline *out, struct err *err)
{
	int rc = pipeline_reserve(out, out->n_runs + 2 * PIPELINE_ROUNDS, err);
	struct job_run *trial = calloc((size_t)out->n_runs + 2 * PIPELINE_ROUNDS + 1, sizeof(*trial));
	if (rc == 0 && !trial)
		rc = err_set(err, ENOMEM, "no memory for %d runs of equal jobs", out->n_runs);
	if (rc == 0)
		pipeline_improve_ends(types, out, trial);
	free(trial);
	return rc;
}

// What another scheme gives, in the best order and improved, where that is shorter.
static int offer_scheme(pipeline_scheme *scheme, const struct chain types[], int n_types,
			struct pipeline *out, struct err *err)
{
	struct pipeline other = {0};
	int rc = scheme(types, n_types, &other, err);
	if (rc == 0)
		other.makespan_s = flow_shop_order(other.runs, other.n_runs);
	rc = rc ? rc : improve(types, &other, err);
	return pipeline_keep_shorter(out, &other, rc);
}

int pipeline_jps_hetero(const struct chain types[], int n_types, struct pipeline *out, struct err *err)
{
	int rc = plan_by_walk(types, n_types, false, out, err);
	rc = rc ? rc : improve(types, out, err);
	rc = rc ? rc : offer_scheme(pipeline_jps_plus, types, n_types, out, err);
	return rc ? rc : offer_scheme(pipeline_schedule_only, types, n_types, out, err);
}
