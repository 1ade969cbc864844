// SPDX-License-Identifier: BSD-3-Clause
// Early exits: the layers that an output needs and the result does not are its head, which reads one tensor
// of the result's chain.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dnn/onnx/cuts_private.h"

static int refuse(const struct builder *b, const struct value *output, const char *reason)
{
	return err_set(b->graph.err, EINVAL, "%s: the output '%.80s' is no early exit: %s", b->graph.where,
		       output->name, reason);
}

// Marks the layers of one head; *behind gets the layer of the chain that they read.
static const char *mark(struct builder *b, int number, int last, int *behind)
{
	b->layers[last].head = number;
	*behind = b->n_layers;
	for (int i = last; i >= 0; i--) {
		const struct built_layer *l = &b->layers[i];
		for (int k = 0; l->head == number && k < l->layer.n_inputs; k++) {
			int from = l->layer.input[k];
			if (from >= 0 && !b->layers[from].is_live) {
				if (b->layers[from].head && b->layers[from].head != number)
					return "it shares layers with another exit that the result does not "
					       "need";
				b->layers[from].head = number;
			} else if (*behind != from && *behind != b->n_layers) {
				return "it depends on several tensors of the network";
			} else {
				*behind = from;
			}
		}
	}
	return *behind < 0 ? "it begins at the network's input" : NULL;
}

static int find(struct builder *b, int number, const bool *possible, bool *chosen, struct built_exit *out)
{
	const struct value *v = b->graph.exits[number - 1];
	if (v->layer < 0 || b->layers[v->layer].is_live)
		return refuse(b, v, "it is a tensor of the network itself, without a head");
	if (b->layers[v->layer].head)
		return refuse(b, v, "it is part of another exit");
	out->last = v->layer;
	const char *reason = mark(b, number, v->layer, &out->behind);
	if (!reason && out->behind == b->graph.output->layer)
		reason = "it begins at the network's result";
	if (!reason && !possible[out->behind])
		reason = "a branch of the network goes around the tensor where it begins";
	if (reason)
		return refuse(b, v, reason);
	chosen[out->behind] = true;
	return 0;
}

static int by_place(const void *a, const void *b)
{
	return ((const struct built_exit *)a)->behind - ((const struct built_exit *)b)->behind;
}

int exits_find(struct builder *b, const bool *possible, bool *chosen)
{
	int n = b->graph.n_exits, r = 0;
	b->exits = calloc((size_t)n + 1, sizeof(*b->exits));
	if (!b->exits)
		return err_set(b->graph.err, ENOMEM, "no memory for %s", b->graph.where);
	for (int e = 1; r == 0 && e <= n; e++)
		r = find(b, e, possible, chosen, &b->exits[e - 1]);
	if (r < 0)
		return r;
	qsort(b->exits, (size_t)n, sizeof(*b->exits), by_place);
	for (int e = 1; e < n; e++)
		if (b->exits[e].behind == b->exits[e - 1].behind)
			return err_set(b->graph.err, EINVAL,
				       "%s: two outputs begin at one tensor: one exit a sub-task",
				       b->graph.where);
	return 0;
}
