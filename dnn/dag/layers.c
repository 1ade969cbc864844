// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include <stdlib.h>

#include "dnn/dag/layers_private.h"

// What dag's arrays are, to be filled.
struct filling {
	int *first, *reads, n_reads;
	int64_t *work, *values;
};

static void add_node(struct dag_layers *f, struct filling *to, const struct layer *l, int subtask, int before,
		     int input)
{
	int node = f->dag.n++;
	f->layer[node] = l;
	f->subtask[node] = subtask;
	to->work[node] = l->macs;
	to->values[node] = shape_values(l->out);
	for (int k = 0; k < l->n_inputs; k++)
		to->reads[to->n_reads++] = l->input[k] < 0 ? input : before + l->input[k];
	to->first[f->dag.n] = to->n_reads;
}

static void fill(struct dag_layers *f, struct filling *to, const struct network *net)
{
	f->dag.n = 1;
	f->input = net->subtasks[0].in;
	to->values[0] = shape_values(f->input);
	for (int n = 0; n < net->n_subtasks; n++) {
		const struct subtask *t = &net->subtasks[n];
		int before = f->dag.n, input = before - 1; // the last layer of the sub-task above
		for (int i = 0; i < t->n_layers; i++)
			add_node(f, to, &t->layers[i], n, before, input);
		f->end[n] = f->dag.n - 1;
	}
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
			     .values = calloc(nodes, sizeof(int64_t))};
	*f = (struct dag_layers){.dag = {0, to.first, to.reads, to.work, to.values},
				 .layer = calloc(nodes, sizeof(*f->layer)),
				 .subtask = calloc(nodes, sizeof(*f->subtask)),
				 .end = calloc((size_t)net->n_subtasks, sizeof(*f->end))};
	if (!to.first || !to.reads || !to.work || !to.values || !f->layer || !f->subtask || !f->end)
		return -ENOMEM;
	fill(f, &to, net);
	return 0;
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
