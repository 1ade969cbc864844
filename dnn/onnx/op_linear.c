// SPDX-License-Identifier: BSD-3-Clause
// Gemm and MatMul by a constant: fully connected layers, whose weight rows follow our order of a flattened
// tensor.
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "dnn/onnx/node_private.h"
#include "dnn/onnx/operators_private.h"

struct product {
	const struct value *v;
	const struct constant *matrix;
	bool transposed; // the matrix is [outputs][inputs]
	double alpha;
	int64_t inputs, outputs;
};

// The tensor must be one row of values for each element of the batch.
static int check_rows(struct builder *b, const Onnx__NodeProto *node, struct product *p)
{
	const struct view *view = &p->v->view;
	char sides[128];
	bool rows = view->rank >= 2;
	for (int i = 0; rows && i < view->rank - 1; i++)
		for (int k = 0; k < view->dim[i].n; k++)
			rows &= view->dim[i].axis[k] == AXIS_N;
	for (int k = 0; rows && k < view->dim[view->rank - 1].n; k++)
		rows &= view->dim[view->rank - 1].axis[k] != AXIS_N;
	if (!rows)
		return node_refuse(&b->graph, node, "its input %s must be batch x values",
				   view_format(view, sides, sizeof(sides)));
	p->inputs = view_side(view, view->rank - 1);
	return 0;
}

static int check_matrix(struct builder *b, const Onnx__NodeProto *node, struct product *p)
{
	const struct constant *m = p->matrix;
	if (m->rank != 2)
		return node_refuse(&b->graph, node, "its matrix has %d dimensions: must be 2", m->rank);
	p->outputs = m->dims[p->transposed ? 0 : 1];
	if (m->dims[p->transposed ? 1 : 0] != p->inputs)
		return node_refuse(&b->graph, node,
				   "its matrix reads %" PRId64 " values: its input has %" PRId64,
				   m->dims[p->transposed ? 1 : 0], p->inputs);
	if (p->outputs < 1 || p->outputs > DESCRIPTION_MAX_SIDE)
		return node_refuse(&b->graph, node, "it has %" PRId64 " outputs: must be 1 to %d", p->outputs,
				   DESCRIPTION_MAX_SIDE);
	return 0;
}

static float *permute_rows(const struct product *p)
{
	const struct view *view = &p->v->view;
	float *weight = malloc(sizeof(float) * (size_t)(p->inputs * p->outputs));
	for (int64_t i = 0; weight && i < p->inputs; i++) {
		float *row = weight + view_place(view, &view->dim[view->rank - 1], i) * p->outputs;
		for (int64_t o = 0; o < p->outputs; o++)
			row[o] =
			    (float)(p->alpha * constant_real(p->matrix, p->transposed ? o * p->inputs + i
										      : i * p->outputs + o));
	}
	return weight;
}

static int read_product(struct builder *b, const Onnx__NodeProto *node, struct product *p)
{
	p->v = node_tensor(&b->graph, node, 0);
	p->matrix = p->v ? node_constant(&b->graph, node, 1, "matrix") : NULL;
	int r = p->matrix ? check_rows(b, node, p) : -EINVAL;
	return r < 0 ? r : check_matrix(b, node, p);
}

static int add_product(struct builder *b, const Onnx__NodeProto *node, const struct product *p, float *bias)
{
	struct built_layer l = {.layer = {.kind = LAYER_FULLY_CONNECTED,
					  .n_inputs = 1,
					  .input = {p->v->layer},
					  .in = builder_shape(b, p->v->layer),
					  .out = {1, 1, (int)p->outputs},
					  .bias_kind = bias ? BIAS_PLAIN : BIAS_NONE},
				.weight = permute_rows(p),
				.bias = bias};
	if (!l.weight) {
		free(bias);
		return err_set(b->graph.err, ENOMEM, "no memory for %s", b->graph.where);
	}
	int size[N_AXES];
	enum axis order[ONNX_MAX_RANK] = {AXIS_N};
	const struct view *in = &p->v->view;
	builder_sizes(b, l.layer.out, size);
	struct view view = view_make(size, order, 0);
	view.rank = in->rank;
	for (int i = 0; i < in->rank - 1; i++)
		view.dim[i] = in->dim[i];
	if (p->outputs > 1)
		view.dim[in->rank - 1] = (struct view_dim){1, {AXIS_C}};
	return builder_add(b, &l, &view, node_output(&b->graph, node), node);
}

// beta C, where C is broadcast to every row.
static int read_gemm_bias(struct builder *b, const Onnx__NodeProto *node, int64_t outputs, float **out)
{
	*out = NULL;
	if (!node_input(&b->graph, node, 2))
		return 0;
	const struct constant *c = node_constant(&b->graph, node, 2, "bias");
	if (!c)
		return -EINVAL;
	bool one_row = c->rank <= 2 && (c->rank < 2 || c->dims[0] == 1);
	if (!one_row || (c->values != 1 && c->values != outputs))
		return node_refuse(
		    &b->graph, node,
		    "its bias must be 1 value or %" PRId64 ", the same for every row of the batch", outputs);
	double beta = (double)node_float(node, "beta", 1);
	float *bias = malloc(sizeof(float) * (size_t)outputs);
	for (int64_t o = 0; bias && o < outputs; o++)
		bias[o] = (float)(beta * constant_real(c, c->values == 1 ? 0 : o));
	*out = bias;
	return bias ? 0 : err_set(b->graph.err, ENOMEM, "no memory for %s", b->graph.where);
}

int read_gemm(struct builder *b, const Onnx__NodeProto *node)
{
	float *bias = NULL;
	struct product p = {.transposed = node_int(node, "transB", 0) != 0,
			    .alpha = (double)node_float(node, "alpha", 1)};
	if (node_int(node, "transA", 0))
		return node_refuse(&b->graph, node, "transA mixes the batch: it is not supported");
	int r = read_product(b, node, &p);
	if (r == 0 && p.v->view.rank != 2)
		r = node_refuse(&b->graph, node, "its input must have 2 dimensions");
	r = r < 0 ? r : read_gemm_bias(b, node, p.outputs, &bias);
	return r < 0 ? r : add_product(b, node, &p, bias);
}

int read_matmul(struct builder *b, const Onnx__NodeProto *node)
{
	struct product p = {.alpha = 1};
	int r = read_product(b, node, &p);
	return r < 0 ? r : add_product(b, node, &p, NULL);
}
