// SPDX-License-Identifier: BSD-3-Clause
// A network as a chain of sub-tasks. A sub-task is a run of layers between two cuts; cut p (0..N) is the
// tensor after sub-tasks 0..p-1: cut 0 is the input, cut N the result. Tensors are NHWC, fp32 in memory. The
// description is text (dnn/networks/*.net, built into the library; its language: docs/networks.md), the
// weights are read from a safetensors file or drawn, He-normal, from a seed. Read-only after network_open:
// share it freely.
//
// A set of points is a tensor of height = points, width = 1 and channels = x, y, z in metres, then features
// (dnn/points/points.h).
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

enum layer_kind {
	LAYER_CONV,
	LAYER_DEPTHWISE, // one filter a channel
	LAYER_POOL_AVERAGE,
	LAYER_POOL_MAX,
	LAYER_FULLY_CONNECTED,
	LAYER_ADD,
	LAYER_MULTIPLY,	  // by as many values, or by one value a channel (input[1] of height and width 1)
	LAYER_CONCAT,	  // channels behind channels, in the order of input[]
	LAYER_SOFTMAX,	  // over the channels of each position
	LAYER_ACTIVATION, // its activation alone
	LAYER_SLICE,	  // some rows and channels
	LAYER_STACK,	  // rows below rows, in the order of input[]
	LAYER_SAMPLE,	  // positions of points that farthest-point sampling picks
	LAYER_GROUP,	  // for each centre (input[1]) the points (input[0]) in a ball around it
	LAYER_VOTE,	  // positions (input[1]) moved by a limited shift (input[0])
	LAYER_NMS,	  // boxes from predictions (input[0]) around positions (input[1]), overlaps removed
};

enum activation {
	ACTIVATION_NONE,
	ACTIVATION_RELU,       // max(x, 0)
	ACTIVATION_RELU6,      // min(max(x, 0), 6)
	ACTIVATION_SIGMOID,    // 1 / (1 + exp(-x))
	ACTIVATION_HARD_SWISH, // x min(max(x + 3, 0), 6) / 6
	ACTIVATION_SILU,       // x / (1 + exp(-x))
	ACTIVATION_TANH,
	// with parameters: struct layer's alpha and beta
	ACTIVATION_LEAKY_RELU,	 // x, or alpha x where x < 0
	ACTIVATION_ELU,		 // x, or alpha (exp(x) - 1) where x < 0
	ACTIVATION_CLIP,	 // min(max(x, alpha), beta)
	ACTIVATION_HARD_SIGMOID, // min(max(alpha x + beta, 0), 1)
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

// A kernel that moves (conv, depthwise, pools) reads for output row y the input rows
// y stride.y - pad_before.y + k dilation.y, k = 0..kernel.y-1, columns likewise, hence
// out = (in + pad_before + pad_after - (kernel - 1) dilation - 1) / stride + 1, rounded down. Convolutions
// read zeros outside the input, pools leave it out. A global pool's kernel is the input's size.
//
// Tensors stay NHWC throughout, so that flattening is free and has no layer of its own: a fully connected
// layer reads value (y, x, c) at (y width + x) channels + c. Networks whose weights were made for NCHW
// (ONNX, PyTorch) flatten to (c height + y) width + x: whoever imports them permutes the rows of the first
// fully connected weight behind a tensor that is higher or wider than 1.
struct layer {
	enum layer_kind kind;
	enum activation activation; // applied last; never of pools, LAYER_CONCAT and LAYER_SOFTMAX
	float alpha, beta;	    // its parameters
	struct yx kernel, stride, dilation;
	struct yx pad_before, pad_after; // rows above and below, columns left and right
	bool count_padding;		 // average pool: divide by the whole kernel even where it overhangs
	int groups; // conv: output channel o reads the input channels of group o / (out.channels / groups);
		    // depthwise: the channels; else 1
	enum bias_kind bias_kind;
	// conv of kernel 1x1: computed in double precision and rounded to fp32 by every back end, so that
	// selections that follow from its result (balls, boxes) are everywhere the same
	bool is_float64;
	int first_row, first_channel; // slice; their numbers are those of `out`
	bool by_feature;	      // sample: distances over all channels, else over the position alone
	float radius_m;		      // group; its samples a ball are out.width
	float limit_m[3];	      // vote: largest shift along x, y, z
	float overlap;		      // nms: intersection over union from which the lower score goes
	int max_boxes;		      // nms
	struct shape in, out;	      // in: of input[0]; a concat's other inputs differ in channels
	// The layers (by index within the sub-task) whose outputs are read, or LAYER_INPUT_OF_SUBTASK: two
	// for LAYER_ADD, LAYER_MULTIPLY, LAYER_GROUP, LAYER_VOTE and LAYER_NMS, any number up to
	// LAYER_MAX_INPUTS for LAYER_CONCAT and LAYER_STACK, else one. All lie before this layer.
	int n_inputs;
	int input[LAYER_MAX_INPUTS];
	// conv: [kernel.y][kernel.x][in.channels / groups][out.channels]; depthwise: [kernel.y][kernel.x]
	// [channels]; fully connected: [in values][out.channels]; else NULL. Owned by the network.
	const float *weight;
	const float *bias;    // [out.channels]; NULL for BIAS_NONE
	int64_t macs;	      // multiply-accumulates for one input
	double distance_flop; // of point distances, all pairs compared (points/points.h); not in macs
};

struct subtask {
	char name[16];
	int n_layers;
	const struct layer *layers; // the last layer's output is the sub-task's output
	struct shape in, out;
	int64_t macs;
	double distance_flop;
	int64_t parameters; // as published: weights, plain biases, and each batch normalisation's scale and
			    // shift (2 a channel)
};

enum { NETWORK_REFERENCE_MAX = 256 }; // characters of a reference, the final 0 included

// What cut 0 carries on the wire.
enum input_kind {
	INPUT_IMAGE,  // uint8 values, value = u8 / 127.5 - 1
	INPUT_POINTS, // fp32 as they are: x, y, z in metres (x forward, z up, sensor at 0), intensity 0..1
};

struct network {
	char name[32];
	enum input_kind input_kind;
	char weights_file[2 * NETWORK_REFERENCE_MAX]; // "" = weights from weight_seed
	uint64_t weight_seed;
	uint64_t description_hash; // of the description alone: what run times depend on
	uint64_t hash; // of description and seed, or of description and weights file: names caches and is
		       // exchanged between UE and edge
	int n_subtasks;
	const struct subtask *subtasks;
};

// Opens what a reference names:
//   mobilenet-v2                    a built-in network
//   ./mine.net                      a description file (a name with a '/' or ending in ".net")
//   mobilenet-v2@my.safetensors     either, with weights from that file
// Weights come from the file behind '@', else from the one that the description names in a line "weights
// FILE" (relative to the description's folder), else He-normal from weight_seed. The error names the networks
// there are, or file, tensor and reason. The caller frees.
int network_open(struct network **out, const char *reference, uint64_t weight_seed, struct err *err);
void network_free(struct network *net);

// As network_open, but without weights (they are NULL): sizes, work and hash cost no memory, though a weights
// file is read through once for the hash.
int network_outline(struct network **out, const char *reference, uint64_t weight_seed, struct err *err);

// As network_open, from a description in memory, which must not name a file; errors read "where:line: ...".
int network_parse(struct network **out, const char *text, const char *where, uint64_t weight_seed,
		  struct err *err);

// As network_parse, with the weights from a safetensors file in memory that `where` stands for, too.
int network_parse_with_weights(struct network **out, const char *text, const void *weights, size_t size,
			       const char *where, struct err *err);

// Writes all weights as a safetensors file that network_open reads back bit by bit. Tensors are called
// SUBTASK.LAYER.weight and SUBTASK.LAYER.bias (LAYER counts the sub-task's lines from 0), shapes are those of
// struct layer: conv 4 sides, depthwise 3, fully connected 2, bias 1.
int network_save_weights(const struct network *net, const char *path, struct err *err);

// Names of the built-in networks, NULL-terminated.
const char *const *network_names(void);

static inline int64_t shape_values(struct shape s)
{
	return (int64_t)s.height * s.width * s.channels;
}

// Values of the tensor at cut 0..n_subtasks.
int64_t network_cut_values(const struct network *net, int cut);

// Values of the largest of the tensors at cuts from..to.
int64_t network_largest_cut(const struct network *net, int from, int to);

// Bits on the wire at a cut: an image travels as uint8, points and every other tensor as fp32.
int64_t network_cut_bits(const struct network *net, int cut);

// Work of sub-task n (0-based) for one input in FLOP: 2 per MAC. Distances between points are left out
// (struct subtask.distance_flop): how many are computed differs between implementations.
double network_work_flop(const struct network *net, int subtask);

// Dequantises the input of cut 0: out[i] = u8[i] / 127.5 - 1; values as network_cut_values(net, 0).
void network_input_from_u8(const struct network *net, const uint8_t *u8, float *out);

// The tensor at cut 0 from what travelled (network_cut_bits(net, 0) / 8 bytes), by the network's input_kind.
void network_input_from_wire(const struct network *net, const void *wire, float *out);

// Whether results hang on which points or boxes a sub-task selects: then rounding may change a selection of
// a later sub-task, so that two chains are comparable only sub-task by sub-task, from equal tensors.
bool network_selects(const struct network *net);
