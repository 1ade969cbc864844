// SPDX-License-Identifier: BSD-3-Clause
#include "tools/import_trace/samples.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

struct named {
	char *name;
	int node;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct named *)a)->name, ((const struct named *)b)->name);
}

static void free_named(void *node)
{
	struct named *named = node;
	free(named->name);
	free(named);
}

void samples_free(struct samples *s)
{
	tdestroy(s->by_name, free_named);
	free(s->node);
	free(s->at);
	*s = (struct samples){0};
}

static int add_node(struct samples *s, struct named *named)
{
	char **grown = realloc(s->node, ((size_t)s->n_nodes + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	s->node = grown;
	if (!tsearch(named, &s->by_name, by_name))
		return -ENOMEM;
	s->node[s->n_nodes] = named->name;
	return s->n_nodes++;
}

int samples_node(struct samples *s, const char *name, struct err *err)
{
	const struct named key = {(char *)name, 0};
	struct named **found = tfind(&key, &s->by_name, by_name);
	if (found)
		return (*found)->node;
	struct named *named = malloc(sizeof(*named));
	int node = -ENOMEM;
	if (named) {
		*named = (struct named){strdup(name), s->n_nodes};
		node = named->name ? add_node(s, named) : -ENOMEM;
	}
	if (node >= 0)
		return node;
	if (named)
		free_named(named);
	return err_set(err, ENOMEM, "no memory for %d nodes", s->n_nodes);
}

static int64_t whole_us(int64_t ns)
{
	int64_t half = ns < 0 ? -NS_PER_US / 2 : NS_PER_US / 2;
	return (ns + half) / NS_PER_US;
}

int samples_add(struct samples *s, int node, int64_t ns, const double value[SAMPLE_VALUES], struct err *err)
{
	if (s->n == s->capacity) {
		size_t capacity = s->capacity ? 2 * s->capacity : 1024;
		struct sample *grown = realloc(s->at, capacity * sizeof(*grown));
		if (!grown)
			return err_set(err, ENOMEM, "no memory for %zu samples", capacity);
		s->at = grown;
		s->capacity = capacity;
	}
	s->at[s->n] = (struct sample){.ns = whole_us(ns) * NS_PER_US, .node = node};
	memcpy(s->at[s->n++].value, value, sizeof(s->at->value));
	return 0;
}

static int by_time(const void *a, const void *b)
{
	const struct sample *x = a, *y = b;
	if (x->ns != y->ns)
		return x->ns < y->ns ? -1 : 1;
	return (x->node > y->node) - (x->node < y->node);
}

void samples_sort(struct samples *s)
{
	size_t kept = 0;
	double several = 1; // samples in the last one kept
	if (s->n > 0)
		qsort(s->at, s->n, sizeof(*s->at), by_time);
	for (size_t i = 0; i < s->n; i++) {
		struct sample *last = kept ? &s->at[kept - 1] : NULL;
		if (!last || by_time(last, &s->at[i]) != 0) {
			s->at[kept++] = s->at[i];
			several = 1;
			continue;
		}
		several++;
		for (int k = 0; k < SAMPLE_VALUES; k++)
			last->value[k] += (s->at[i].value[k] - last->value[k]) / several;
	}
	s->n = kept;
}

void samples_select(struct samples *s, const int *keep)
{
	size_t kept = 0;
	for (size_t i = 0; i < s->n; i++)
		if (keep[s->at[i].node] >= 0) {
			s->at[kept] = s->at[i];
			s->at[kept++].node = keep[s->at[i].node];
		}
	s->n = kept;
}

// What a node has at start_ns, between its samples a (before) and b (after; NULL: none).
static struct sample at_start(const struct sample *a, const struct sample *b, int64_t start_ns, bool straight)
{
	struct sample here = *a;
	here.ns = start_ns;
	if (straight && b)
		for (int k = 0; k < SAMPLE_VALUES; k++)
			here.value[k] += (b->value[k] - a->value[k]) *
					 ((double)(start_ns - a->ns) / (double)(b->ns - a->ns));
	return here;
}

// Moves the last sample before start_ns of each node to it, where the node has none at it.
static void cut(struct samples *s, int64_t start_ns, bool straight, struct sample **before,
		struct sample **after, int n_nodes)
{
	for (size_t i = 0; i < s->n; i++) {
		struct sample *sample = &s->at[i];
		if (sample->ns < start_ns)
			before[sample->node] = sample;
		else if (!after[sample->node])
			after[sample->node] = sample;
	}
	for (int node = 0; node < n_nodes; node++)
		if (before[node] && !(after[node] && after[node]->ns == start_ns))
			*before[node] = at_start(before[node], after[node], start_ns, straight);
	size_t kept = 0;
	for (size_t i = 0; i < s->n; i++)
		if (s->at[i].ns >= start_ns)
			s->at[kept++] = s->at[i];
	s->n = kept;
}

int samples_start_at(struct samples *s, int n_nodes, int64_t start_ns, bool straight, struct err *err)
{
	struct sample **edge = calloc(2 * (size_t)n_nodes + 1, sizeof(struct sample *));
	if (!edge)
		return err_set(err, ENOMEM, "no memory for %d nodes", n_nodes);
	cut(s, start_ns, straight, edge, edge + n_nodes, n_nodes);
	free(edge);
	samples_sort(s);
	return 0;
}
