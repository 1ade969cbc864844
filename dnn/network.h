// SPDX-License-Identifier: BSD-3-Clause
// A network as a chain of sub-tasks. A sub-task is a run of layers between two cuts; cut p (0..N) is the
// tensor after sub-tasks 0..p-1: cut 0 is the input, cut N the result. Tensors are NHWC, fp32 in memory. The
// description is text (dnn/networks/*.net, built into the library; its language: docs/networks.md), the
// weights are read from a safetensors file or drawn, He-normal, from a seed. Read-only after network_open:
// share it freely.
//
// A network may have early exits: behind a sub-task stands a head, layers of its own that answer in the shape
// of the network's result. Exit e, from 1, leaves behind the first exit_subtasks[e - 1] sub-tasks; exit 0
// means the whole network (edge/policy/policy.h counts alike). A part of a network is a sub-task or a head.
//
// A cut may lie across branches: then it carries several tensors, flattened, one behind the other, so that it
// still is one row of network_cut_values values to whoever moves, batches or keeps it. The sub-task before it
// ends in a layer `pack`, the one behind begins with layers `unpack`; its shape is 1x1xVALUES.
//
// A set of points is a tensor of height = points, width = 1 and channels = x, y, z in metres, then features
// (dnn/points/points.h).
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"
#include "dnn/layers/layer.h"

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
	bool pentominoes; // its samples are pictures of those (dnn/pentominoes.h), which have a class
	char weights_file[2 * NETWORK_REFERENCE_MAX]; // "" = weights from weight_seed
	uint64_t weight_seed;
	uint64_t description_hash; // of the description alone: what run times depend on
	uint64_t hash; // of description and seed, or of description and weights file: names caches and is
		       // exchanged between UE and edge
	int n_subtasks;
	const struct subtask *subtasks; // [n_subtasks + n_exits]: the sub-tasks, then the heads
	int n_exits;
	const int *exit_subtasks;    // [n_exits] ascending, 1..n_subtasks - 1
	const double *exit_accuracy; // [n_exits] above 0, to 1; NULL = not told
	double accuracy;	     // of the whole network, likewise; 0 = not told
	double work_share; // what its work takes of a device, as a share of its FLOP: stated, of int8
			   // arithmetic, say; 0 = not told, all of it
};

// Opens what a reference names:
//   mobilenet-v2                    a built-in network
//   ./mine.net                      a description file (a name with a '/' or ending in ".net")
//   mobilenet-v2@my.safetensors     either, with weights from that file
//   resnet-18:articulations         either, cut at all articulation points instead of where the description
//                                   says: wherever a single tensor passes. In front of '@'.
//   googlenet:branches              and also across branches where that carries less (dnn/dag/dag.h)
// Weights come from the file behind '@', else from the one that the description names in a line "weights
// FILE" (relative to the description's folder; of a built-in network it is built in, too), else He-normal
// from weight_seed. The error names the networks there are, or file, tensor and reason. The caller frees.
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

// What a reference may say behind ':', NULL-terminated.
extern const char *const network_cut_words[];

// Where a reference says how to cut: its ':', or its end if it does not (an '@' ends what may say it).
const char *network_cuts(const char *reference);

// -EINVAL, with a sentence, for a word that is not among them.
int network_check_cuts(const char *reference, struct err *err);

// Sub-tasks and heads: subtasks[0 .. network_parts - 1].
static inline int network_parts(const struct network *net)
{
	return net->n_subtasks + net->n_exits;
}

// The part that is the head of exit e, from 1.
static inline int network_head(const struct network *net, int exit)
{
	return net->n_subtasks + exit - 1;
}

// The cut whose tensor a part reads: a sub-task's own number, or how many sub-tasks its head stands behind.
static inline int network_part_cut(const struct network *net, int part)
{
	return part < net->n_subtasks ? part : net->exit_subtasks[part - net->n_subtasks];
}

// The exit behind the first `cut` sub-tasks, or 0 = none.
int network_exit_at(const struct network *net, int cut);

// Values of the tensor at cut 0..n_subtasks; part n makes the tensor n + 1, so that n_subtasks + e is the
// answer of exit e.
int64_t network_cut_values(const struct network *net, int cut);

// The tensors at a cut, in the order in which they lie. Fills out, returns how many.
enum { CUT_MAX_TENSORS = LAYER_MAX_INPUTS };
int network_cut_tensors(const struct network *net, int cut, struct shape out[CUT_MAX_TENSORS]);

// Values of the largest of the tensors at cuts from..to.
int64_t network_largest_cut(const struct network *net, int from, int to);

// Bits on the wire at a cut: an image travels as uint8, points and every other tensor as fp32; in front of
// several there is a table (dnn/features.h).
int64_t network_cut_bits(const struct network *net, int cut);

// The shape of input i of a layer of the sub-task.
static inline struct shape subtask_input_shape(const struct subtask *t, const struct layer *l, int i)
{
	return l->input[i] < 0 ? t->in : t->layers[l->input[i]].out;
}

// Work of sub-task n (0-based) for one input in FLOP: 2 per MAC, times the network's share of work. Distances
// between points are left out (struct subtask.distance_flop): how many are computed differs between
// implementations.
double network_work_flop(const struct network *net, int subtask);

// Dequantises the input of cut 0: out[i] = u8[i] / 127.5 - 1; values as network_cut_values(net, 0).
void network_input_from_u8(const struct network *net, const uint8_t *u8, float *out);

// The tensor at cut 0 from what travelled (network_cut_bits(net, 0) / 8 bytes), by the network's input_kind.
void network_input_from_wire(const struct network *net, const void *wire, float *out);

// Whether results hang on which points or boxes a sub-task selects: then rounding may change a selection of
// a later sub-task, so that two chains are comparable only sub-task by sub-task, from equal tensors.
bool network_selects(const struct network *net);
