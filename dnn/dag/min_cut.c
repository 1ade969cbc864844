// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/dag/min_cut_private.h"

#include <stdlib.h>

// Arcs lie in pairs: 2k and its way back, 2k + 1.
struct arc {
	int to, next; // next: of the same origin, -1 = none
	capacity_t rest;
};

struct min_cut {
	int n, n_arcs;
	int *first; // [n] arc of each origin
	int *via;   // [n] arc by which the search came, -1 = not reached
	int *queue; // [n]
	struct arc *arcs;
};

struct min_cut *min_cut_new(int nodes, int most_arcs)
{
	struct min_cut *f = calloc(1, sizeof(*f));
	if (!f)
		return NULL;
	size_t n = (size_t)nodes;
	*f = (struct min_cut){.n = nodes,
			      .first = malloc(n * sizeof(*f->first)),
			      .via = malloc(n * sizeof(*f->via)),
			      .queue = malloc(n * sizeof(*f->queue)),
			      .arcs = malloc(2 * (size_t)most_arcs * sizeof(*f->arcs))};
	if (!f->first || !f->via || !f->queue || !f->arcs) {
		min_cut_free(f);
		return NULL;
	}
	for (int i = 0; i < nodes; i++)
		f->first[i] = -1;
	return f;
}

void min_cut_free(struct min_cut *f)
{
	if (!f)
		return;
	free(f->first);
	free(f->via);
	free(f->queue);
	free(f->arcs);
	free(f);
}

static void add_arc(struct min_cut *f, int from, int to, capacity_t capacity)
{
	f->arcs[f->n_arcs] = (struct arc){to, f->first[from], capacity};
	f->first[from] = f->n_arcs++;
}

void min_cut_add(struct min_cut *f, int from, int to, capacity_t capacity)
{
	add_arc(f, from, to, capacity);
	add_arc(f, to, from, 0);
}

// Breadth first, along arcs with something left. Whether it came to the sink.
static bool search(struct min_cut *f, int source, int sink)
{
	int head = 0, tail = 0;
	for (int i = 0; i < f->n; i++)
		f->via[i] = -1;
	f->queue[tail++] = source;
	while (head < tail) {
		int from = f->queue[head++];
		for (int k = f->first[from]; k >= 0; k = f->arcs[k].next) {
			int to = f->arcs[k].to;
			if (f->arcs[k].rest == 0 || f->via[to] >= 0 || to == source)
				continue;
			f->via[to] = k;
			f->queue[tail++] = to;
		}
	}
	return f->via[sink] >= 0;
}

static void augment(struct min_cut *f, int source, int sink)
{
	capacity_t least = CAPACITY_UNBOUNDED;
	for (int i = sink; i != source; i = f->arcs[f->via[i] ^ 1].to)
		least = f->arcs[f->via[i]].rest < least ? f->arcs[f->via[i]].rest : least;
	for (int i = sink; i != source; i = f->arcs[f->via[i] ^ 1].to) {
		f->arcs[f->via[i]].rest -= least;
		f->arcs[f->via[i] ^ 1].rest += least;
	}
}

void min_cut_find(struct min_cut *f, int source, int sink, bool *side)
{
	while (search(f, source, sink))
		augment(f, source, sink);
	for (int i = 0; i < f->n; i++)
		side[i] = i == source || f->via[i] >= 0;
}
