// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/onnx/graph_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dnn/onnx/node_private.h"

enum mark { UNSEEN, OPEN, DONE };

// A node on the way from one that reads to those it reads; `next` is the input to look at next.
struct step {
	int node;
	size_t next;
};

struct walk {
	enum mark *mark; // [node]
	struct step *path;
	int depth;
};

static int refuse_cycle(const struct graph *g, int node)
{
	return node_refuse(g, graph_node(g, node), "the graph has a cycle through it");
}

// Depth first from one node, without recursion: a file decides how deep.
static int visit(struct graph *g, struct walk *w, int from)
{
	if (w->mark[from] != UNSEEN)
		return 0;
	w->mark[from] = OPEN;
	w->path[w->depth++] = (struct step){.node = from};
	while (w->depth > 0) {
		struct step *s = &w->path[w->depth - 1];
		const Onnx__NodeProto *node = graph_node(g, s->node);
		if (s->next == node->n_input) {
			w->mark[s->node] = DONE;
			g->order[g->n_order++] = s->node;
			w->depth--;
			continue;
		}
		const struct value *v = graph_find(g, node->input[s->next++]);
		if (!v || v->producer < 0 || w->mark[v->producer] == DONE)
			continue;
		if (w->mark[v->producer] == OPEN)
			return refuse_cycle(g, v->producer);
		w->mark[v->producer] = OPEN;
		w->path[w->depth++] = (struct step){.node = v->producer};
	}
	return 0;
}

int graph_sort(struct graph *g)
{
	size_t n = g->proto->n_node;
	struct walk w = {.mark = calloc(n + 1, sizeof(*w.mark)), .path = calloc(n + 1, sizeof(*w.path))};
	g->order = calloc(n + 1, sizeof(*g->order));
	g->needed = calloc(n + 1, sizeof(*g->needed));
	int r = w.mark && w.path && g->order && g->needed ? 0 : -ENOMEM;
	if (r < 0)
		err_set(g->err, ENOMEM, "no memory for %s", g->where);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = visit(g, &w, (int)i);
	free(w.mark);
	free(w.path);
	return r;
}

static void need(struct graph *g, struct value *v)
{
	v->is_needed = true;
	if (v->producer >= 0)
		g->needed[v->producer] = true;
}

// Shape looks at no value of what it reads: nothing that is folded into the layer before is in its way.
static bool reads_shape(const Onnx__NodeProto *node)
{
	return node->op_type && strcmp(node->op_type, "Shape") == 0;
}

// In an order in which everything is made before it is read.
static void mark_of_input(struct graph *g)
{
	for (int i = 0; i < g->n_values; i++)
		g->values[i].is_of_input = g->values[i].producer == PRODUCER_INPUT;
	for (int i = 0; i < g->n_order; i++) {
		const Onnx__NodeProto *node = graph_node(g, g->order[i]);
		bool depends = false;
		for (size_t k = 0; k < node->n_input && !reads_shape(node); k++) {
			const struct value *v = graph_find(g, node->input[k]);
			depends |= v && v->is_of_input;
		}
		for (size_t k = 0; k < node->n_output; k++) {
			struct value *v = graph_find(g, node->output[k]);
			if (v)
				v->is_of_input = depends;
		}
	}
}

void graph_mark_needed(struct graph *g)
{
	mark_of_input(g);
	need(g, g->output);
	g->output->uses++;
	for (int i = 0; i < g->n_exits; i++) {
		need(g, g->exits[i]);
		g->exits[i]->uses++;
	}
	for (int i = g->n_order - 1; i >= 0; i--) {
		if (!g->needed[g->order[i]])
			continue;
		const Onnx__NodeProto *node = graph_node(g, g->order[i]);
		for (size_t k = 0; k < node->n_input; k++) {
			struct value *v = graph_find(g, node->input[k]);
			if (!v)
				continue;
			need(g, v);
			v->uses += !reads_shape(node);
		}
	}
}
