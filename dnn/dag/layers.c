// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dnn/dag/layers_private.h"

// What dag's arrays are, to be filled.
struct filling {
	int *first, *reads, n_reads;
	int64_t *work, *values;
	int *node;		     // [layers] of each layer of the sub-task under way, by its index there
	int above[LAYER_MAX_INPUTS]; // nodes whose tensors the cut before it carries
};

static int node_of(const struct filling *to, int input)
{
	return input < 0 ? to->above[0] : to->node[input];
}

static int add_node(struct dag_layers *f, struct filling *to, const struct layer *l, int subtask)
{
	int node = f->dag.n++;
	f->layer[node] = l;
	f->subtask[node] = subtask;
	to->work[node] = l->macs;
	to->values[node] = shape_values(l->out);
	for (int k = 0; k < l->n_inputs; k++)
		to->reads[to->n_reads++] = node_of(to, l->input[k]);
	to->first[f->dag.n] = to->n_reads;
	return node;
}

// Layers that only pack and unpack what a cut carries are no nodes.
static void add_subtask(struct dag_layers *f, struct filling *to, const struct subtask *t, int n)
{
	for (int i = 0; i < t->n_layers; i++) {
		const struct layer *l = &t->layers[i];
		if (l->kind == LAYER_UNPACK)
			to->node[i] = to->above[l->unpack.number];
		else if (l->kind != LAYER_PACK)
			to->node[i] = add_node(f, to, l, n);
	}
	const struct layer *last = &t->layers[t->n_layers - 1];
	int carried[LAYER_MAX_INPUTS] = {to->node[t->n_layers - 1]};
	for (int k = 0; last->kind == LAYER_PACK && k < last->n_inputs; k++)
		carried[k] = node_of(to, last->input[k]);
	memcpy(to->above, carried, sizeof(carried));
	f->end[n] = carried[0];
}

static void fill(struct dag_layers *f, struct filling *to, const struct network *net)
{
	f->dag.n = 1;
	f->input = net->subtasks[0].in;
	to->values[0] = shape_values(f->input);
	for (int n = 0; n < net->n_subtasks; n++)
		add_subtask(f, to, &net->subtasks[n], n);
}

int dag_layers_make(struct dag_layers *f, const struct network *net)
{
	size_t nodes = 1, edges = 0;
	for (int n = 0; n < net->n_subtasks; n++)
		for (int i = 0; i < net->subtasks[n].n_layers; i++, nodes++)
			edges += (size_t)net->subtasks[n].layers[i].n_inputs;
	struct filling to = {.first = calloc(nodes + 1, sizeof(int)),
			     .reads = calloc(edges + 1, sizeof(int)),
			     .work = calloc(nodes, sizeof(int64_t)),
			     .values = calloc(nodes, sizeof(int64_t)),
			     .node = calloc(nodes, sizeof(int))};
	*f = (struct dag_layers){.dag = {0, to.first, to.reads, to.work, to.values},
				 .layer = calloc(nodes, sizeof(*f->layer)),
				 .subtask = calloc(nodes, sizeof(*f->subtask)),
				 .end = calloc((size_t)net->n_subtasks, sizeof(*f->end))};
	bool enough =
	    to.first && to.reads && to.work && to.values && to.node && f->layer && f->subtask && f->end;
	if (enough)
		fill(f, &to, net);
	free(to.node);
	return enough ? 0 : -ENOMEM;
}

void dag_layers_free(struct dag_layers *f)
{
	free((void *)f->dag.first);
	free((void *)f->dag.reads);
	free((void *)f->dag.work);
	free((void *)f->dag.values);
	free(f->layer);
	free(f->subtask);
	free(f->end);
}
