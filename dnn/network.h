// SPDX-License-Identifier: BSD-3-Clause
// A network as a chain of sub-tasks. A sub-task is a run of layers between two cuts; cut p (0..N) is the
// tensor after sub-tasks 0..p-1: cut 0 is the input, cut N the result. Tensors are NHWC, fp32 in memory. The
// description is text (networks/*.net, built into the library; its language: docs/networks.md), the weights
// He-normal from a seed. Read-only after network_open: share it freely.
#pragma once

#include <stdint.h>
#include "base/err.h"

enum layer_kind { LAYER_CONV, LAYER_DEPTHWISE, LAYER_POOL_AVERAGE, LAYER_FULLY_CONNECTED, LAYER_ADD };
enum activation { ACTIVATION_NONE, ACTIVATION_RELU6 }; // RELU6(x) = min(max(x, 0), 6)

struct shape {
	int height, width, channels;
};

struct layer {
	enum layer_kind kind;
	enum activation activation;
	// Square kernel, zeros on every side: out = (in + 2 padding - kernel) / stride + 1.
	int kernel, stride, padding;
	struct shape in, out;
	int source; // the layer (within the sub-task) whose output is the input; -1 = the sub-task's input
	int addend; // LAYER_ADD: the other operand, counted as source; else -1
	// conv: [kernel][kernel][in.channels][out.channels]; depthwise: [kernel][kernel][channels]; fully
	// connected: [in values][out.channels]; else NULL. Owned by the network.
	const float *weight;
	const float *bias; // [out.channels], or NULL; batch normalisation is folded into weight and bias
	int64_t macs;	   // multiply-accumulates for one input
};

struct subtask {
	char name[16];
	int n_layers;
	const struct layer *layers; // the last layer's output is the sub-task's output
	struct shape in, out;
	int64_t macs;
	int64_t parameters; // as published: weights, biases of fully connected layers, and batch-norm scale
			    // and shift (2 a channel after each convolution)
};

struct network {
	char name[32];
	uint64_t weight_seed;
	uint64_t description_hash; // of the description alone: what run times depend on
	uint64_t hash; // of description and seed: names caches and is exchanged between UE and edge
	int n_subtasks;
	const struct subtask *subtasks;
};

// Opens a built-in network by name ("mobilenet-v2"), or a description file (a name with a '/' or ending in
// ".net"), with He-normal weights from weight_seed. The error names the networks there are. The caller frees.
int network_open(struct network **out, const char *name, uint64_t weight_seed, struct err *err);
void network_free(struct network *net);

// As network_open for a built-in network, but without weights (they are NULL): sizes, work and hash cost no
// memory.
int network_outline(struct network **out, const char *name, uint64_t weight_seed, struct err *err);

// As network_open, from a description in memory; errors read "where:line: ...".
int network_parse(struct network **out, const char *text, const char *where, uint64_t weight_seed,
		  struct err *err);

// Names of the built-in networks, NULL-terminated.
const char *const *network_names(void);

static inline int64_t shape_values(struct shape s)
{
	return (int64_t)s.height * s.width * s.channels;
}

// Values of the tensor at cut 0..n_subtasks.
int64_t network_cut_values(const struct network *net, int cut);

// Bits on the wire at a cut: the input travels as uint8 (value = u8 / 127.5 - 1), every other tensor as fp32.
int64_t network_cut_bits(const struct network *net, int cut);

// Work of sub-task n (0-based) for one input in FLOP: 2 per MAC.
double network_work_flop(const struct network *net, int subtask);

// Dequantises the input of cut 0: out[i] = u8[i] / 127.5 - 1; values as network_cut_values(net, 0).
void network_input_from_u8(const struct network *net, const uint8_t *u8, float *out);
