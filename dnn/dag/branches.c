// SPDX-License-Identifier: BSD-3-Clause
// Between two articulation points, the cuts on the lower convex hull of (work, values): for each weight of
// work against values the best cut, and no other. Such a cut is a minimum closure (Picard 1976): a node on
// the device costs its work, a tensor its values once, whoever reads it. Least closures for falling weights
// of work lie within each other (Gallo, Grigoriadis and Tarjan 1989), so they are stages of one chain. The
// hull's corners come from its two ends: the weight at which both are equal either has a better closure
// between them, or there is none.
#include <errno.h>
#include <stdlib.h>

#include "dnn/dag/dag.h"
#include "dnn/dag/min_cut_private.h"

// Nodes a + 1 .. b - 1 between the articulation points a and b.
struct segment {
	const struct dag *g;
	int a, b;
	int most_tensors;
	int64_t most_values;
	int64_t *least; // values of any cut before, but for the input
	int *stage, *at;
};

// The cut behind a and the nodes that are in it.
struct closure {
	bool *in; // [b - a], of node a + i; [0] is true
	int64_t work, values;
	int tensors;
};

static bool is_read_outside(const struct segment *s, const struct closure *c, int node)
{
	for (int i = node + 1; i <= s->b; i++)
		for (int k = s->g->first[i]; k < s->g->first[i + 1]; k++)
			if (s->g->reads[k] == node && (i == s->b || !c->in[i - s->a]))
				return true;
	return false;
}

static void measure(const struct segment *s, struct closure *c)
{
	c->work = c->values = c->tensors = 0;
	for (int i = s->a; i < s->b; i++) {
		if (!c->in[i - s->a])
			continue;
		c->work += i > s->a ? s->g->work[i] : 0;
		if (is_read_outside(s, c, i)) {
			c->values += s->g->values[i];
			c->tensors++;
		}
	}
}

// Node a + i is node i of the flow network, b the sink; behind them a node for the tensor of each.
static void add_arcs(const struct segment *s, struct min_cut *f, capacity_t of_values, capacity_t of_work)
{
	const struct dag *g = s->g;
	int sink = s->b - s->a, tensors = sink + 1;
	for (int i = 0; i < sink; i++) {
		min_cut_add(f, i, tensors + i, of_values * g->values[s->a + i]);
		if (i > 0)
			min_cut_add(f, i, sink, of_work * g->work[s->a + i]);
	}
	for (int i = 1; i <= sink; i++)
		for (int k = g->first[s->a + i]; k < g->first[s->a + i + 1]; k++) {
			int read = g->reads[k] - s->a;
			min_cut_add(f, tensors + read, i, CAPACITY_UNBOUNDED);
			if (i < sink && read > 0)
				min_cut_add(f, i, read, CAPACITY_UNBOUNDED);
		}
}

// The smallest closure that is best for these weights. 0 or -ENOMEM.
static int best_closure(const struct segment *s, capacity_t of_values, capacity_t of_work, struct closure *c)
{
	int n = s->b - s->a, edges = s->g->first[s->b + 1] - s->g->first[s->a + 1];
	struct min_cut *f = min_cut_new(2 * n + 1, 2 * n + 2 * edges);
	c->in = calloc(2 * (size_t)n + 1, sizeof(*c->in));
	if (f && c->in) {
		add_arcs(s, f, of_values, of_work);
		min_cut_find(f, 0, n, c->in);
		measure(s, c);
	}
	min_cut_free(f);
	return f && c->in ? 0 : -ENOMEM;
}

static void take(const struct segment *s, const struct closure *c)
{
	if (c->values >= *s->least || c->values > s->most_values || c->tensors > s->most_tensors)
		return;
	*s->least = c->values;
	++*s->at;
	for (int i = 1; i < s->b - s->a; i++)
		if (c->in[i] && s->stage[s->a + i] == 0)
			s->stage[s->a + i] = *s->at;
}

// Takes the corners between two closures, of which `to` has more work and fewer values.
static int take_between(const struct segment *s, const struct closure *from, const struct closure *to)
{
	capacity_t of_values = to->work - from->work, of_work = from->values - to->values;
	struct closure c = {NULL};
	int r = best_closure(s, of_values, of_work, &c);
	if (r == 0 &&
	    of_values * c.values + of_work * c.work < of_values * from->values + of_work * from->work) {
		r = take_between(s, from, &c);
		if (r == 0)
			take(s, &c);
		r = r < 0 ? r : take_between(s, &c, to);
	}
	free(c.in);
	return r;
}

// From nothing behind a to the closure of fewest values.
static int take_segment(const struct segment *s)
{
	struct closure none = {.in = calloc((size_t)(s->b - s->a), sizeof(bool))}, fewest = {NULL};
	int r = none.in ? best_closure(s, 1, 0, &fewest) : -ENOMEM;
	if (r == 0) {
		none.in[0] = true;
		measure(s, &none);
		r = fewest.values < none.values ? take_between(s, &none, &fewest) : 0;
		if (r == 0 && fewest.values < none.values)
			take(s, &fewest);
	}
	free(none.in);
	free(fewest.in);
	return r;
}

int dag_chain_branches(const struct dag *g, const bool *articulation, int most_tensors, int64_t most_values,
		       int *stage)
{
	int at = 0, r = 0;
	int64_t least = INT64_MAX;
	for (int i = 0; i < g->n; i++)
		stage[i] = 0;
	for (int a = 0, b = 1; r == 0 && b < g->n; b++) {
		if (!articulation[b])
			continue;
		const struct segment s = {g, a, b, most_tensors, most_values, &least, stage, &at};
		r = b > a + 1 ? take_segment(&s) : 0;
		at++;
		for (int i = a + 1; i <= b; i++)
			stage[i] = stage[i] ? stage[i] : at;
		least = g->values[b] < least ? g->values[b] : least;
		a = b;
	}
	return r < 0 ? r : at;
}
