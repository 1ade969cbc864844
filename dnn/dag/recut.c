// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/dag/recut.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dnn/dag/layers_private.h"
#include "dnn/hash.h"

struct cutter {
	struct network_store *store;
	struct dag_layers graph;
	int *stage; // [graph.dag.n] as dag.h has it
	int *place; // [graph.dag.n] of a layer in its new sub-task
	int n_subtasks;
	struct recut *to;
	int n_layers; // of `to` so far
};

static int choose_chain(struct cutter *c)
{
	const struct dag *g = &c->graph.dag;
	bool *articulation = calloc((size_t)g->n, sizeof(*articulation));
	if (!articulation)
		return -ENOMEM;
	dag_articulations(g, articulation);
	c->n_subtasks = dag_chain_articulations(g, articulation, c->stage);
	free(articulation);
	return 0;
}

// The layer of a node in the sub-task that computes stage `s`.
static void add_layer(struct cutter *c, struct subtask *t, int node, int s)
{
	const struct dag *g = &c->graph.dag;
	struct layer *l = &c->to->layers[c->n_layers++];
	*l = *c->graph.layer[node];
	for (int k = 0; k < l->n_inputs; k++) {
		int from = g->reads[g->first[node] + k];
		l->input[k] = c->stage[from] == s ? c->place[from] : LAYER_INPUT_OF_SUBTASK;
	}
	c->place[node] = t->n_layers;
	subtask_add(t, l);
}

static void build_subtask(struct cutter *c, int s)
{
	struct subtask *t = &c->to->subtasks[s - 1];
	t->layers = &c->to->layers[c->n_layers];
	t->in = s == 1 ? c->graph.input : t[-1].out;
	for (int i = 0; i < c->graph.dag.n; i++)
		if (c->stage[i] == s)
			add_layer(c, t, i, s);
}

static bool is_taken(const struct recut *to, int n, const char *name)
{
	for (int i = 0; i < n; i++)
		if (strcmp(to->subtasks[i].name, name) == 0)
			return true;
	return false;
}

// What is left of a sub-task of the description keeps its name; its pieces get it with a number.
static void name_subtasks(struct cutter *c)
{
	int of[DESCRIPTION_MAX_SUBTASKS] = {0}, pieces[DESCRIPTION_MAX_SUBTASKS] = {0},
	    piece[DESCRIPTION_MAX_SUBTASKS] = {0};
	for (int i = 1; i < c->graph.dag.n; i++)
		of[c->stage[i] - 1] = c->graph.subtask[i]; // of its last layer
	for (int n = 0; n < c->n_subtasks; n++)
		pieces[of[n]]++;
	for (int n = 0; n < c->n_subtasks; n++) {
		const char *whole = c->store->subtasks[of[n]].name;
		char name[48];
		snprintf(name, sizeof(name), "%s", whole);
		if (pieces[of[n]] > 1)
			snprintf(name, sizeof(name), "%.12s-%d", whole, ++piece[of[n]]);
		if (is_taken(c->to, n, name))
			snprintf(name, sizeof(name), "subtask-%d", n + 1);
		snprintf(c->to->subtasks[n].name, sizeof(c->to->subtasks[n].name), "%.15s", name);
	}
}

// A head stays behind the layer that it reads.
static void place_heads(struct cutter *c)
{
	const struct network *described = &c->store->described;
	for (int e = 0; e < described->n_exits; e++) {
		int behind = c->graph.end[described->exit_subtasks[e] - 1];
		c->to->exit_subtasks[e] = c->stage[behind];
		c->to->subtasks[c->n_subtasks + e] = described->subtasks[described->n_subtasks + e];
	}
}

static int build(struct cutter *c)
{
	struct network *net = &c->store->net;
	c->to = calloc(1, sizeof(*c->to) + (size_t)c->graph.dag.n * sizeof(struct layer));
	if (!c->to)
		return -ENOMEM;
	c->store->recut = c->to;
	for (int s = 1; s <= c->n_subtasks; s++)
		build_subtask(c, s);
	name_subtasks(c);
	place_heads(c);
	net->n_subtasks = c->n_subtasks;
	net->subtasks = c->to->subtasks;
	net->exit_subtasks = c->to->exit_subtasks;
	return 0;
}

// Other cuts are another network to whoever exchanges tensors with it, or measures it.
static int rename_network(struct network *net, const char *how, struct err *err)
{
	size_t used = strlen(net->name), size = sizeof(net->name);
	if (snprintf(net->name + used, size - used, ":%s", how) >= (int)(size - used))
		return err_set(
		    err, ENAMETOOLONG,
		    "the name %.*s:%s has more than %zu characters: give the network a shorter one",
		    (int)used, net->name, how, size - 1);
	net->description_hash = hash_bytes(net->description_hash, how, strlen(how));
	net->hash = hash_bytes(net->hash, how, strlen(how));
	return 0;
}

static int check_count(const struct cutter *c, struct err *err)
{
	return c->n_subtasks <= DESCRIPTION_MAX_SUBTASKS
		   ? 0
		   : err_set(err, EINVAL,
			     "%s would have %d sub-tasks, %d at most: write those that you need into its "
			     "description",
			     c->store->net.name, c->n_subtasks, DESCRIPTION_MAX_SUBTASKS);
}

int network_recut(struct network_store *store, const char *how, struct err *err)
{
	struct cutter c = {.store = store};
	store->described = store->net;
	int r = rename_network(&store->net, how, err);
	if (r < 0)
		return r;
	r = dag_layers_make(&c.graph, &store->described);
	c.stage = calloc((size_t)c.graph.dag.n + 1, sizeof(*c.stage));
	c.place = calloc((size_t)c.graph.dag.n + 1, sizeof(*c.place));
	if (r < 0 || !c.stage || !c.place || choose_chain(&c) < 0)
		r = err_set(err, ENOMEM, "no memory for the cuts of %s", store->net.name);
	r = r < 0 ? r : check_count(&c, err);
	if (r == 0 && build(&c) < 0)
		r = err_set(err, ENOMEM, "no memory for the cuts of %s", store->net.name);
	dag_layers_free(&c.graph);
	free(c.stage);
	free(c.place);
	return r;
}
