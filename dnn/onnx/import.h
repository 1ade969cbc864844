// SPDX-License-Identifier: BSD-3-Clause
// Reads a network from an ONNX model (onnx.ai; the definition is libonnx-dev's onnx.proto) and cuts it into a
// chain of sub-tasks: the result is a description (docs/networks.md) and the tensors of its weights file.
// Convolutions and products are permuted to our order of rows, columns, channels; batch normalisations,
// scales and activations are folded into the layer before them. Only inference of one input is read:
// everything without an exact counterpart is refused with file, node and reason. The file may hold anything.
//
// A model with several outputs becomes a network with early exits where they are asked for: what an output
// needs and the result does not is a head, and the network is cut where it begins.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "base/err.h"
#include "dnn/network.h"
#include "dnn/safetensors.h"

struct onnx_options {
	const char *name;   // of the network, as the description language demands it
	const char *output; // value that is the result; NULL = the graph's only output
	bool exits; // the graph's other outputs are early exits; output NULL = the last one is the result
	const char *const *cuts; // NULL-terminated names of values to cut at, in any order; one may be
				 // several with commas between them; NULL = none
	const char *input_shape; // sides that the file leaves open, such as "1x3x224x224"; NULL = none are
	bool keep_all;		 // folds nothing, so that every value is there to cut at: slower, for listing
};

// A value at which the network can be cut: everything that follows depends on it and the weights alone.
struct onnx_cut {
	char *value; // its name; control characters, backslashes and what is not UTF-8 as \xNN
	struct shape shape;
};

struct onnx_network {
	char *description;	    // without a line `weights`
	struct safetensor *tensors; // F32, their data side by side in `values`
	int n_tensors;
	float *values;
	// How the model's input and result lie over ours: for each of ONNX's dimensions its axes, outermost
	// first, '-' for one of a single element; "N,C,H,W", "N,CHW" (flattened), "N,C".
	char input_axes[64], result_axes[64];
	struct onnx_cut *cuts; // every place to cut at, in order, chosen or not
	int n_cuts;
};

// `where` stands for the file in errors. 0; -ENOTSUP when operators are not supported (all of them are
// named); -ENOENT when it cannot be cut at options->cuts; else a negative errno. The caller frees.
int onnx_import(struct onnx_network **out, const void *model, size_t size, const char *where,
		const struct onnx_options *options, struct err *err);
void onnx_network_free(struct onnx_network *net);

// Writes PATH.net and its weights, which the description names. `weights` NULL = beside the description, with
// the extension .safetensors. Files that are there are replaced.
int onnx_network_save(const struct onnx_network *net, const char *path, const char *weights, struct err *err);

// Names of the supported operators, from 0, NULL behind the last; *means (may be NULL) says what becomes of
// it.
const char *onnx_operator(int i, const char **means);
