// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/dag/recut.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dnn/dag/layers_private.h"
#include "dnn/hash.h"
#include "dnn/layers/layers.h"

struct cutter {
	struct network_store *store;
	struct dag_layers graph;
	int *stage; // [graph.dag.n] as dag.h has it
	int *until; // [graph.dag.n] likewise
	int *place; // [graph.dag.n] the layer of the sub-task under way that gives the node's tensor, or its
		    // input
	int n_subtasks;
	struct recut *to;
	int n_layers; // of `to` so far
};

static int choose_chain(struct cutter *c, const char *how)
{
	const struct dag *g = &c->graph.dag;
	bool *articulation = calloc((size_t)g->n, sizeof(*articulation));
	if (!articulation)
		return -ENOMEM;
	dag_articulations(g, articulation);
	if (strcmp(how, "branches") == 0)
		c->n_subtasks =
		    dag_chain_branches(g, articulation, CUT_MAX_TENSORS, DESCRIPTION_MAX_VALUES, c->stage);
	else
		c->n_subtasks = dag_chain_articulations(g, articulation, c->stage);
	free(articulation);
	return c->n_subtasks < 0 ? c->n_subtasks : 0;
}

static void take_chain(struct cutter *c, const int *stage)
{
	int n = c->graph.dag.n;
	memcpy(c->stage, stage, (size_t)n * sizeof(*stage));
	c->n_subtasks = stage[n - 1];
}

static bool is_carried(const struct cutter *c, int cut, int node)
{
	return c->stage[node] <= cut && cut < c->until[node];
}

static int count_carried(const struct cutter *c, int cut)
{
	int n = 0;
	for (int i = 0; i < c->graph.dag.n; i++)
		n += is_carried(c, cut, i);
	return n;
}

// A layer of the sub-task under way; its inputs and output are known.
static struct layer *append(struct cutter *c, struct subtask *t, int node, const struct layer *like)
{
	struct layer *l = &c->to->layers[c->n_layers++];
	*l = *like;
	c->place[node] = t->n_layers;
	subtask_add(t, l);
	return l;
}

// Takes apart what cut s - 1 carries, as far as stage s reads it or hands it on: all of it.
static void add_unpacking(struct cutter *c, struct subtask *t, int s)
{
	struct layer l = {.kind = LAYER_UNPACK,
			  .row = layer_row(LAYER_UNPACK),
			  .in = t->in,
			  .n_inputs = 1,
			  .input = {LAYER_INPUT_OF_SUBTASK}};
	bool one = count_carried(c, s - 1) == 1;
	for (int i = 0; i < c->graph.dag.n; i++) {
		if (!is_carried(c, s - 1, i))
			continue;
		c->place[i] = LAYER_INPUT_OF_SUBTASK;
		if (one)
			return;
		l.out = i == 0 ? c->graph.input : c->graph.layer[i]->out;
		append(c, t, i, &l);
		l.unpack.number++;
		l.unpack.first += shape_values(l.out);
	}
}

static void add_layer(struct cutter *c, struct subtask *t, int node)
{
	const struct dag *g = &c->graph.dag;
	struct layer l = *c->graph.layer[node];
	for (int k = 0; k < l.n_inputs; k++)
		l.input[k] = c->place[g->reads[g->first[node] + k]];
	append(c, t, node, &l);
}

static void add_packing(struct cutter *c, struct subtask *t, int s)
{
	struct layer l = {.kind = LAYER_PACK, .row = layer_row(LAYER_PACK)};
	int64_t values = 0;
	int last = 0;
	if (count_carried(c, s) == 1)
		return;
	for (int i = 0; i < c->graph.dag.n; i++) {
		if (!is_carried(c, s, i))
			continue;
		l.input[l.n_inputs++] = c->place[i];
		values += c->graph.dag.values[i];
		last = i;
	}
	l.in = subtask_input_shape(t, &l, 0);
	l.out = shape_flat(values);
	append(c, t, last, &l);
}

// The sub-task that computes stage `s`.
static void build_subtask(struct cutter *c, int s)
{
	struct subtask *t = &c->to->subtasks[s - 1];
	t->layers = &c->to->layers[c->n_layers];
	t->in = s == 1 ? c->graph.input : t[-1].out;
	add_unpacking(c, t, s);
	for (int i = 0; i < c->graph.dag.n; i++)
		if (c->stage[i] == s)
			add_layer(c, t, i);
	add_packing(c, t, s);
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
	int n_layers = c->graph.dag.n;
	for (int cut = 0; cut <= c->n_subtasks; cut++)
		n_layers += count_carried(c, cut) + 1;
	c->to = calloc(1, sizeof(*c->to) + (size_t)n_layers * sizeof(struct layer));
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

// Chooses by the word, unless stages are given.
static int recut(struct network_store *store, const char *how, const int *stage, struct err *err)
{
	struct cutter c = {.store = store};
	store->described = store->net;
	int r = rename_network(&store->net, how, err);
	if (r < 0)
		return r;
	r = dag_layers_make(&c.graph, &store->described);
	size_t n = (size_t)c.graph.dag.n;
	c.stage = calloc(n + 1, sizeof(*c.stage));
	c.until = calloc(n + 1, sizeof(*c.until));
	c.place = calloc(n + 1, sizeof(*c.place));
	if (r < 0 || !c.stage || !c.until || !c.place)
		r = -ENOMEM;
	else if (stage)
		take_chain(&c, stage);
	else
		r = choose_chain(&c, how);
	if (r == 0)
		dag_carried_until(&c.graph.dag, c.stage, c.until);
	if (r < 0)
		err_set(err, ENOMEM, "no memory for the cuts of %s", store->net.name);
	r = r < 0 ? r : check_count(&c, err);
	if (r == 0 && build(&c) < 0)
		r = err_set(err, ENOMEM, "no memory for the cuts of %s", store->net.name);
	dag_layers_free(&c.graph);
	free(c.stage);
	free(c.until);
	free(c.place);
	return r;
}

int network_recut(struct network_store *store, const char *how, struct err *err)
{
	return recut(store, how, NULL, err);
}

int network_recut_at(struct network_store *store, const int *stage, struct err *err)
{
	return recut(store, "stages", stage, err);
}
