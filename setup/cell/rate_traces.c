// SPDX-License-Identifier: BSD-3-Clause
#include "setup/cell/rate_traces.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct loaded {
	const struct assembly_trace *from; // borrowed until rate_traces_open returns
	int dir;			   // of its path
	struct delivery_trace delivery;
	struct link_trace link;
};

struct rate_traces {
	uint32_t n_loaded;
	struct loaded *loaded; // [n_ues * LINK_DIRS] of which n_loaded are used
	uint32_t *index;       // [n_ues * LINK_DIRS] into loaded
};

#define NO_TRACE UINT32_MAX

static int load(struct loaded *l, const struct assembly_trace *from, int dir, int64_t run_ns, struct err *err)
{
	const struct trace_time time = {from->end, from->start_ns, run_ns, "ues.trace.start"};
	*l = (struct loaded){.from = from, .dir = dir};
	return from->kind == TRACE_OF_DELIVERIES
		   ? delivery_trace_load(&l->delivery, from->path[dir], &time, err)
		   : link_trace_load(&l->link, from->path[dir], &time, err);
}

static bool is_same(const struct loaded *l, const struct assembly_trace *from, int dir)
{
	return l->from->kind == from->kind && l->from->end == from->end &&
	       l->from->start_ns == from->start_ns && strcmp(l->from->path[l->dir], from->path[dir]) == 0;
}

// The trace that is wanted, among those loaded or behind them.
static int find(struct rate_traces *t, const struct assembly_trace *from, int dir, int64_t run_ns,
		uint32_t *index, struct err *err)
{
	*index = NO_TRACE;
	if (from->kind == TRACE_OF_NOTHING || !from->path[dir][0])
		return 0;
	for (*index = 0; *index < t->n_loaded; ++*index)
		if (is_same(&t->loaded[*index], from, dir))
			return 0;
	int rc = load(&t->loaded[t->n_loaded], from, dir, run_ns, err);
	t->n_loaded += rc == 0;
	return rc;
}

static struct rate_traces *make(size_t n)
{
	struct rate_traces *t = calloc(1, sizeof(*t));
	if (!t)
		return NULL;
	t->loaded = calloc(n, sizeof(*t->loaded));
	t->index = calloc(n, sizeof(*t->index));
	if (t->loaded && t->index)
		return t;
	rate_traces_close(t);
	return NULL;
}

int rate_traces_open(struct rate_traces **out, const struct assembly_config *config, struct err *err)
{
	*out = NULL;
	if (!assembly_has_rate_traces(config))
		return 0;
	size_t n = (size_t)config->n_ues * LINK_DIRS;
	struct rate_traces *t = make(n);
	if (!t)
		return err_set(err, ENOMEM, "no memory for the traces of %u UEs", config->n_ues);
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = find(t, &config->ues[i / LINK_DIRS].trace, (int)(i % LINK_DIRS), config->duration_ns,
			  &t->index[i], err);
	if (rc < 0)
		rate_traces_close(t);
	else
		*out = t;
	return rc;
}

void rate_traces_close(struct rate_traces *t)
{
	if (!t)
		return;
	for (uint32_t i = 0; i < t->n_loaded; i++) {
		delivery_trace_free(&t->loaded[i].delivery);
		link_trace_free(&t->loaded[i].link);
	}
	free(t->loaded);
	free(t->index);
	free(t);
}

struct rate_trace rate_traces_of(const struct rate_traces *t, uint32_t ue, int dir)
{
	uint32_t index = t ? t->index[ue * LINK_DIRS + (uint32_t)dir] : NO_TRACE;
	if (index == NO_TRACE)
		return (struct rate_trace){NULL, NULL};
	const struct loaded *l = &t->loaded[index];
	return (struct rate_trace){.delivery = l->delivery.n > 0 ? &l->delivery : NULL,
				   .link = l->link.n > 0 ? &l->link : NULL};
}
