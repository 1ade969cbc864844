// SPDX-License-Identifier: BSD-3-Clause
// What a layer is: its kind, what the kind has of its own, shapes, inputs and weights. What a kind means,
// from the description to the back ends, stands in its row (layers.h).
#pragma once

#include <stdbool.h>
#include <stdint.h>

// One line a kind: LAYER_NAME is its value, layer_name its row, in dnn/layers/name.c.
#define LAYER_KINDS(KIND)                                                                                    \
	KIND(CONV, conv)                                                                                     \
	KIND(DEPTHWISE, depthwise)                                                                           \
	KIND(POOL_AVERAGE, pool_average)                                                                     \
	KIND(POOL_MAX, pool_max)                                                                             \
	KIND(FULLY_CONNECTED, fully_connected)                                                               \
	KIND(ADD, add)                                                                                       \
	KIND(MULTIPLY, multiply)                                                                             \
	KIND(CONCAT, concat)                                                                                 \
	KIND(SOFTMAX, softmax)                                                                               \
	KIND(ACTIVATION, activation)                                                                         \
	KIND(SLICE, slice)                                                                                   \
	KIND(STACK, stack)                                                                                   \
	KIND(PACK, pack)                                                                                     \
	KIND(UNPACK, unpack)                                                                                 \
	KIND(SAMPLE, sample)                                                                                 \
	KIND(GROUP, group)                                                                                   \
	KIND(VOTE, vote)                                                                                     \
	KIND(NMS, nms)

#define LAYER_VALUE(NAME, name) LAYER_##NAME,
enum layer_kind { LAYER_KINDS(LAYER_VALUE) N_LAYER_KINDS };
#undef LAYER_VALUE

enum activation { // what each means, and its words: layers/activations.c
	ACTIVATION_NONE,
	ACTIVATION_RELU,
	ACTIVATION_RELU6,
	ACTIVATION_SIGMOID,
	ACTIVATION_HARD_SWISH,
	ACTIVATION_SILU,
	ACTIVATION_TANH,
	// with parameters: struct layer's alpha and beta
	ACTIVATION_LEAKY_RELU,
	ACTIVATION_ELU,
	ACTIVATION_CLIP,
	ACTIVATION_HARD_SIGMOID,
	N_ACTIVATIONS
};

// Where a layer's bias comes from: it decides what counts as a published parameter.
enum bias_kind {
	BIAS_NONE,
	BIAS_PLAIN,
	BIAS_FOLDED_NORM, // of a batch normalisation that is folded into weight and bias
};

enum { LAYER_MAX_INPUTS = 128, LAYER_INPUT_OF_SUBTASK = -1 };

struct shape {
	int height, width, channels;
};

struct yx {
	int y, x; // rows, columns
};

// A kernel that moves (conv, depthwise, both pools) reads for output row y the input rows
// y stride.y - pad_before.y + k dilation.y, k = 0..kernel.y-1, columns likewise, hence
// out = (in + pad_before + pad_after - (kernel - 1) dilation - 1) / stride + 1, rounded down. Convolutions
// read zeros outside the input, pools leave it out. A global pool's kernel is the input's size.
struct window {
	struct yx kernel, stride, dilation;
	struct yx pad_before, pad_after; // rows above and below, columns left and right
};

struct conv_layer {
	struct window window;
	int groups; // output channel o reads the input channels of group o / (out.channels / groups)
	// For a kernel of 1x1: computed in double precision and rounded to fp32 by every back end, so that
	// selections that follow from its result (balls, boxes) are everywhere the same.
	bool is_float64;
};

struct depthwise_layer {
	struct window window;
};

struct pool_average_layer {
	struct window window;
	bool count_padding; // divide by the whole kernel even where it overhangs
};

struct pool_max_layer {
	struct window window;
};

struct slice_layer {
	int first_row, first_channel; // how many: the layer's `out`
};

struct unpack_layer {
	int number;    // of the tensor at the cut, from 0
	int64_t first; // of its values among the cut's
};

struct sample_layer {
	bool by_feature; // distances over all channels, else over the position alone
};

struct group_layer {
	float radius_m; // the samples a ball are the layer's out.width
};

struct vote_layer {
	float limit_m[3]; // largest shift along x, y, z
};

struct nms_layer {
	float overlap; // intersection over union from which the lower score goes
	int max_boxes;
};

// Tensors stay NHWC throughout, so that flattening is free and has no layer of its own: a fully connected
// layer reads value (y, x, c) at (y width + x) channels + c. Networks whose weights were made for NCHW
// (ONNX, PyTorch) flatten to (c height + y) width + x: whoever imports them permutes the rows of the first
// fully connected weight behind a tensor that is higher or wider than 1.
struct layer {
	enum layer_kind kind;
	// The kind's row, layer_row(kind): a plug-in has no table of its own. Set where a layer enters a
	// sub-task.
	const struct layer_row *row;
	// By kind; kinds that are not here have nothing of their own.
	union {
		struct window window; // of those that begin with one: conv, depthwise and both pools
		struct conv_layer conv;
		struct depthwise_layer depthwise;
		struct pool_average_layer pool_average;
		struct pool_max_layer pool_max;
		struct slice_layer slice;
		struct unpack_layer unpack;
		struct sample_layer sample;
		struct group_layer group;
		struct vote_layer vote;
		struct nms_layer nms;
	};
	enum activation activation; // applied last; of kinds that take one
	float alpha, beta;	    // its parameters
	enum bias_kind bias_kind;
	struct shape in, out; // in: of input[0]; a concat's other inputs differ in channels
	// The layers (by index within the sub-task) whose outputs are read, or LAYER_INPUT_OF_SUBTASK: one,
	// two, or for concat and stack any number up to LAYER_MAX_INPUTS. All lie before this layer.
	int n_inputs;
	int input[LAYER_MAX_INPUTS];
	// conv: [kernel.y][kernel.x][in.channels / groups][out.channels]; depthwise: [kernel.y][kernel.x]
	// [channels]; fully connected: [in values][out.channels]; else NULL. Owned by the network.
	const float *weight;
	const float *bias;    // [out.channels]; NULL for BIAS_NONE
	int64_t macs;	      // multiply-accumulates for one input
	double distance_flop; // of point distances, all pairs compared (points/points.h); not in macs
};

static inline int64_t shape_values(struct shape s)
{
	return (int64_t)s.height * s.width * s.channels;
}

// So many values, at most 2^31 - 1, in no other order.
static inline struct shape shape_flat(int64_t values)
{
	return (struct shape){1, 1, (int)values};
}
