// SPDX-License-Identifier: BSD-3-Clause
// Operators that the importer reads as layers, of a constant: the constant stands for the network's input
// while the node is read, and what comes of it runs in the reference, one element of the batch after the
// other.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dnn/onnx/compute_private.h"
#include "dnn/onnx/node_private.h"
#include "dnn/reference.h"

enum { MAX_RANK = 4, MAX_TERMS = 64 }; // terms for each value that may be computed

// The constant as a tensor: batch x channels [x rows] x columns.
static int see_as_tensor(struct builder *sub, const Onnx__NodeProto *node, struct value *v)
{
	static const enum axis usual[] = {AXIS_N, AXIS_C, AXIS_H, AXIS_W};
	const struct constant *c = &v->constant;
	int size[N_AXES] = {1, 1, 1, 1};
	bool fits = !c->is_integer && c->values > 0 && c->rank > 0 && c->rank <= MAX_RANK;
	for (int i = 0; fits && i < c->rank; i++) {
		enum axis axis = c->rank == 1 ? AXIS_C : c->rank == 3 && i == 2 ? AXIS_W : usual[i];
		fits = c->dims[i] <= DESCRIPTION_MAX_SIDE;
		size[axis] = (int)c->dims[i];
	}
	if (!fits)
		return node_refuse(
		    &sub->graph, node,
		    "of constants it is computed for real numbers in 1 to %d dimensions of 1 to %d", MAX_RANK,
		    DESCRIPTION_MAX_SIDE);
	sub->batch = size[AXIS_N];
	sub->input = (struct shape){size[AXIS_H], size[AXIS_W], size[AXIS_C]};
	v->is_constant = false;
	v->is_tensor = true;
	v->layer = LAYER_INPUT_OF_SUBTASK;
	v->view = view_usual(size, c->rank);
	return 0;
}

// Where element i, in ONNX's order, of one element of the batch lies in rows, columns, channels.
static int64_t place_of(const struct view *v, int64_t i)
{
	struct view_dim all = {0};
	for (int d = 0; d < v->rank; d++)
		for (int k = 0; k < v->dim[d].n; k++)
			if (v->dim[d].axis[k] != AXIS_N && all.n < N_AXES)
				all.axis[all.n++] = v->dim[d].axis[k];
	return view_place(v, &all, i);
}

struct run {
	const struct builder *sub;
	const struct constant *from;
	struct view in, out; // how `from` and the result lie
	struct fold *fold;
};

// Whether the layers add up more than a file of this size may ask for.
static bool is_too_much(const struct builder *sub)
{
	double terms = 0;
	for (int i = 0; i < sub->n_layers; i++) {
		const struct layer *l = &sub->layers[i].layer;
		bool is_pool = l->kind == LAYER_POOL_AVERAGE || l->kind == LAYER_POOL_MAX;
		double each = is_pool ? (double)l->window.kernel.y * l->window.kernel.x
				      : (double)layer_weight_values(l) / l->out.channels;
		terms += (double)shape_values(l->out) * (each > 1 ? each : 1) * sub->batch;
	}
	return terms > MAX_TERMS * (double)sub->most_computed;
}

// One sub-task of all layers, and their run for every element of the batch.
static int run_layers(const struct run *r)
{
	const struct builder *sub = r->sub;
	int64_t n_in = shape_values(sub->input), n_out = shape_values(builder_shape(sub, sub->n_layers - 1));
	struct layer *layers = calloc((size_t)sub->n_layers, sizeof(*layers));
	double *in = calloc((size_t)n_in, sizeof(double)), *out = calloc((size_t)n_out, sizeof(double));
	int rc = layers && in && out ? 0 : -ENOMEM;
	for (int i = 0; rc == 0 && i < sub->n_layers; i++) {
		layers[i] = sub->layers[i].layer;
		layers[i].weight = sub->layers[i].weight;
		layers[i].bias = sub->layers[i].bias;
	}
	struct subtask subtask = {.n_layers = sub->n_layers,
				  .layers = layers,
				  .in = sub->input,
				  .out = builder_shape(sub, sub->n_layers - 1)};
	struct network net = {.n_subtasks = 1, .subtasks = &subtask};
	for (int64_t b = 0; rc == 0 && b < sub->batch; b++) {
		for (int64_t i = 0; i < n_in; i++)
			in[place_of(&r->in, i)] = constant_real(r->from, b * n_in + i);
		rc = reference_run(&net, 0, 1, in, out);
		for (int64_t i = 0; rc == 0 && i < n_out; i++)
			r->fold->floats[b * n_out + i] = (float)out[place_of(&r->out, i)];
	}
	free(layers);
	free(in);
	free(out);
	return rc < 0 ? err_set(sub->graph.err, ENOMEM, "no memory for %s", sub->graph.where) : 0;
}

static int make_constant(struct builder *b, const struct builder *sub, const Onnx__NodeProto *node,
			 const struct constant *from, const struct view *in)
{
	struct value *out = node_output(&b->graph, node);
	struct view view = out->view;
	int64_t dims[ONNX_MAX_RANK];
	struct fold f;
	if (sub->batch > 1 && !view_is_batch_alone(&view, 0))
		return node_refuse(&b->graph, node, "the batch must stay first");
	if (is_too_much(sub))
		return node_refuse(&b->graph, node, "it adds up too many terms to be computed on import");
	for (int i = 0; i < view.rank; i++)
		dims[i] = view_side(&view, i);
	int r = fold_begin(&f, b, node, false, view.rank, dims);
	struct run run = {sub, from, *in, view, &f};
	r = r < 0 ? r : run_layers(&run);
	out->is_tensor = false;
	if (r == 0)
		fold_bind(&f, out);
	return r;
}

int compute_by_reference(struct builder *b, const Onnx__NodeProto *node, const struct operator* row)
{
	struct value *v = node_input(&b->graph, node, 0);
	struct constant from = v->constant;
	struct builder sub = {.graph = b->graph, .most_computed = b->most_computed - b->n_computed};
	sub.layers = calloc(DESCRIPTION_MAX_LAYERS, sizeof(*sub.layers));
	int r = sub.layers ? see_as_tensor(&sub, node, v)
			   : err_set(b->graph.err, ENOMEM, "no memory for %s", b->graph.where);
	struct view in = v->view;
	r = r < 0 ? r : row->read(&sub, node);
	if (r == 0 && sub.n_layers > 0)
		r = make_constant(b, &sub, node, &from, &in);
	v->is_tensor = false;
	v->is_constant = true;
	v->constant = from;
	if (r == 0 && sub.n_layers == 0) { // it hands its input on
		struct value *out = node_output(&b->graph, node);
		out->is_tensor = false;
		out->is_constant = true;
		out->constant = from;
	}
	sub.graph = (struct graph){0}; // the builder's
	builder_free(&sub);
	return r;
}
