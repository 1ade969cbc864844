// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/onnx/builder_private.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "dnn/onnx/node_private.h"

struct computed {
	struct computed *next;
	_Alignas(int64_t) char values[];
};

void builder_free(struct builder *b)
{
	for (int i = 0; i < b->n_layers; i++) {
		free(b->layers[i].weight);
		free(b->layers[i].bias);
	}
	free(b->layers);
	free(b->exits);
	for (int i = 0; i < b->n_cut_names; i++)
		free(b->cut_names[i].name);
	free(b->cut_names);
	for (struct computed *c = b->computed; c;) {
		struct computed *next = c->next;
		free(c);
		c = next;
	}
	graph_free(&b->graph);
}

struct shape builder_shape(const struct builder *b, int layer)
{
	return layer < 0 ? b->input : b->layers[layer].layer.out;
}

void builder_sizes(const struct builder *b, struct shape s, int size[N_AXES])
{
	size[AXIS_N] = b->batch;
	size[AXIS_C] = s.channels;
	size[AXIS_H] = s.height;
	size[AXIS_W] = s.width;
}

static void bind(struct builder *b, int layer, const struct view *view, struct value *out)
{
	out->is_tensor = true;
	out->layer = layer;
	out->view = *view;
	out->generation = 0;
	if (layer < 0)
		return;
	struct built_layer *l = &b->layers[layer];
	out->generation = l->generation;
	l->uses += out->uses;
	l->is_kept |= out->is_kept;
	l->value = out->name;
}

static int check_size(const struct builder *b, struct shape s, const Onnx__NodeProto *node)
{
	bool fits = s.height > 0 && s.height <= DESCRIPTION_MAX_SIDE && s.width > 0 &&
		    s.width <= DESCRIPTION_MAX_SIDE && s.channels > 0 && s.channels <= DESCRIPTION_MAX_SIDE &&
		    shape_values(s) <= DESCRIPTION_MAX_VALUES;
	return fits ? 0
		    : node_refuse(
			  &b->graph, node,
			  "its output of %dx%dx%d (rows, columns, channels) is too large: at most %d a "
			  "side and %d values",
			  s.height, s.width, s.channels, DESCRIPTION_MAX_SIDE, DESCRIPTION_MAX_VALUES);
}

int builder_add(struct builder *b, struct built_layer *layer, const struct view *view, struct value *out,
		const Onnx__NodeProto *node)
{
	int r = check_size(b, layer->layer.out, node);
	if (r == 0 && b->n_layers == DESCRIPTION_MAX_LAYERS)
		r = node_refuse(&b->graph, node, "it is one layer too many: at most %d",
				DESCRIPTION_MAX_LAYERS);
	if (r < 0) {
		free(layer->weight);
		free(layer->bias);
		return r;
	}
	layer->node = node;
	layer->layer.row = layer_row(layer->layer.kind);
	b->layers[b->n_layers++] = *layer;
	if (out)
		bind(b, b->n_layers - 1, view, out);
	else
		b->layers[b->n_layers - 1].uses = 1;
	return 0;
}

void builder_alias(struct builder *b, const struct value *in, const struct view *view, struct value *out)
{
	if (in->layer >= 0)
		b->layers[in->layer].uses--; // this node hands on what it reads
	bind(b, in->layer, view, out);
}

struct built_layer *builder_foldable(struct builder *b, const struct value *v)
{
	struct built_layer *l = v->layer < 0 ? NULL : &b->layers[v->layer];
	return b->folds && l && l->uses == 1 && !l->is_kept && l->layer.activation == ACTIVATION_NONE ? l
												      : NULL;
}

void builder_folded(struct builder *b, const struct value *v, struct value *out)
{
	struct built_layer *l = &b->layers[v->layer];
	struct view view = v->view;
	l->generation++;
	l->uses = 0;
	bind(b, v->layer, &view, out);
}

bool builder_is_current(const struct builder *b, const struct value *v)
{
	return v->is_tensor && (v->layer < 0 || b->layers[v->layer].generation == v->generation);
}

void *builder_compute(struct builder *b, const Onnx__NodeProto *node, int64_t n, size_t bytes)
{
	if (n > b->most_computed - b->n_computed) {
		node_refuse(&b->graph, node,
			    "it makes a constant of %" PRId64
			    " values: all that are computed on import may have %" PRId64 " together",
			    n, b->most_computed);
		return NULL;
	}
	struct computed *c = calloc(1, sizeof(*c) + (size_t)n * bytes);
	if (!c) {
		err_set(b->graph.err, ENOMEM, "no memory for %s", b->graph.where);
		return NULL;
	}
	c->next = b->computed;
	b->computed = c;
	b->n_computed += n + 1;
	return c->values;
}
