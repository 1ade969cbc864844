// SPDX-License-Identifier: BSD-3-Clause
// Inside the room: the operators that are read, one row each; those of constants alone are in compute.c. A
// row's function adds what the node means to the builder. Everything a row does not list (attributes, further
// outputs that something reads) is refused before the function is called.
#pragma once

#include "dnn/onnx/builder_private.h"

struct operator_attribute {
	const char *name;
	Onnx__AttributeProto__AttributeType type;
};

struct operator
{
	const char *name;
	int since; // the opset before which the operator meant something else
	size_t min_inputs, max_inputs;
	const struct operator_attribute *attributes; // ends with a NULL name; NULL = none
	int (*read)(struct builder * b,
		    const Onnx__NodeProto *node); // NULL = only constants have a counterpart
	// Of constants alone; NULL = compute_by_reference.
	int (*compute)(struct builder * b, const Onnx__NodeProto *node);
	const char *means; // what becomes of it, with its limits: a row of docs/networks.md
};

// The row of a node's operator, or NULL.
const struct operator* operators_find(const Onnx__NodeProto *node);

// Refuses all needed nodes whose operators have no row, naming each operator once (-ENOTSUP).
int operators_check_known(const struct graph *g);

// Reads every needed node, in order; all are known.
int operators_read(struct builder *b);

// Of the files op_*.c.
int read_conv(struct builder *b, const Onnx__NodeProto *node);
int read_pad(struct builder *b, const Onnx__NodeProto *node);
int read_pool(struct builder *b, const Onnx__NodeProto *node);
int read_global_pool(struct builder *b, const Onnx__NodeProto *node);
int read_reduce_mean(struct builder *b, const Onnx__NodeProto *node);
int read_gemm(struct builder *b, const Onnx__NodeProto *node);
int read_matmul(struct builder *b, const Onnx__NodeProto *node);
int read_add(struct builder *b, const Onnx__NodeProto *node);
int read_subtract(struct builder *b, const Onnx__NodeProto *node);
int read_multiply(struct builder *b, const Onnx__NodeProto *node);
int read_divide(struct builder *b, const Onnx__NodeProto *node);
int read_sum(struct builder *b, const Onnx__NodeProto *node);
int read_concat(struct builder *b, const Onnx__NodeProto *node);
int read_softmax(struct builder *b, const Onnx__NodeProto *node);
int read_batch_normalization(struct builder *b, const Onnx__NodeProto *node);
int read_activation(struct builder *b, const Onnx__NodeProto *node);
int read_clip(struct builder *b, const Onnx__NodeProto *node);
int read_negative(struct builder *b, const Onnx__NodeProto *node);
int read_maximum(struct builder *b, const Onnx__NodeProto *node);
int read_minimum(struct builder *b, const Onnx__NodeProto *node);
int read_prelu(struct builder *b, const Onnx__NodeProto *node);
int read_shape(struct builder *b, const Onnx__NodeProto *node);
int read_gather(struct builder *b, const Onnx__NodeProto *node);
int read_cast(struct builder *b, const Onnx__NodeProto *node);
int read_constant_of_shape(struct builder *b, const Onnx__NodeProto *node);
int read_slice(struct builder *b, const Onnx__NodeProto *node);
int read_split(struct builder *b, const Onnx__NodeProto *node);
int read_constant(struct builder *b, const Onnx__NodeProto *node);
int read_identity(struct builder *b, const Onnx__NodeProto *node);
int read_dropout(struct builder *b, const Onnx__NodeProto *node);
int read_flatten(struct builder *b, const Onnx__NodeProto *node);
int read_reshape(struct builder *b, const Onnx__NodeProto *node);
int read_squeeze(struct builder *b, const Onnx__NodeProto *node);
int read_unsqueeze(struct builder *b, const Onnx__NodeProto *node);
int read_transpose(struct builder *b, const Onnx__NodeProto *node);

// `out` = scale[c] x + shift[c] over v's channels, folded into its layer or as a depthwise layer of its own;
// values of size v->view.size[AXIS_C]. (op_pointwise.c)
int add_affine(struct builder *b, const Onnx__NodeProto *node, const struct value *v, const double *scale,
	       const double *shift, enum bias_kind bias_kind, struct value *out);

// Spreads a constant that varies over v's channels alone (or not at all) to one value a channel. (op_join.c)
int spread_channels(struct builder *b, const Onnx__NodeProto *node, const struct value *v,
		    const struct constant *c, double *out);

// The tensor of `layer`, which is seen as v is, plus w. (op_join.c)
int add_tensors(struct builder *b, const Onnx__NodeProto *node, const struct value *v, const struct value *w,
		int layer, struct value *out);

// v minus w. (op_compose.c)
int subtract_tensors(struct builder *b, const Onnx__NodeProto *node, const struct value *v,
		     const struct value *w);

struct activation_choice {
	enum activation activation;
	float alpha, beta;
};

// An activation of v as the node's output, folded into v's layer or as a layer of its own. (op_pointwise.c)
int add_activation(struct builder *b, const Onnx__NodeProto *node, const struct value *v,
		   const struct activation_choice *how);

// v times w: as many values, or one of them with one value a channel. (op_multiply.c)
int multiply_tensors(struct builder *b, const Onnx__NodeProto *node, const struct value *v,
		     const struct value *w);

// Where v is a tensor padded by Pad (op_pad.c), lets the kernel layer l, which reads it, pad by itself if
// that is the same: changes l's pads and what it reads.
void fold_padding(const struct builder *b, const struct value *v, struct layer *l);

// Input 0 as a tensor of batch x channels [x rows] x columns; NULL and a sentence when it is not. (op_conv.c)
const struct value *read_image(const struct builder *b, const Onnx__NodeProto *node);

// Runs the kernel layer l (its kernel is set, or 0x0 = from kernel_shape) over v: reads pads, strides,
// dilations, auto_pad and ceil_mode and derives l->in and l->out, channels aside. (op_conv.c)
int read_window(struct builder *b, const Onnx__NodeProto *node, const struct value *v, struct layer *l);
