// SPDX-License-Identifier: BSD-3-Clause
// An operator is a file: dnn/layers/NAME.c holds one row that says all that a kind of layer is: its words in
// the description, its sizes and weights, its plain reference, how oneDNN or code of this program computes
// it, which CUDA kernels do, and which ONNX operators mean it. Everything else asks the row. How to add one:
// docs/networks.md.
//
// Rows are read-only and may be used from any thread. A plug-in reaches them through struct layer's row.
#pragma once

#include <stddef.h>
#include <stdio.h>
#include "base/err.h"
#include "dnn/layers/layer.h"

struct onednn;
struct onednn_weights;
struct parser;
struct subtask;

// An option behind a layer's arguments. One whose word is NULL is an activation.
struct layer_option {
	const char *word, *usage;
	// Reads the option at word[i] of the line. Returns how many words it has, or a negative errno.
	int (*read)(struct parser *p, struct layer *l, int i);
};

// Options of several kinds (dnn/description_layer.c); a row's refusals name its options in its own order.
extern const struct layer_option option_bias, option_no_bias, option_activation, option_from;

enum { LAYER_MAX_WORDS = 2, LAYER_MAX_OPTIONS = 9 };

struct layer_word {
	const char *word;
	int n_arguments;
	// Reads the arguments from p->word[1] on into l, whose input[0] is the layer above, and sets all that
	// the kind has of its own. Returns how many words they have beyond n_arguments, or a negative errno.
	// NULL = there is nothing to read.
	int (*read)(struct parser *p, struct layer *l);
};

// Sides of a weight tensor, as struct layer lists them and safetensors files show them.
struct layer_sides {
	int n;
	int64_t side[4];
};

// A layer's inputs and output in the reference, of one input of the network.
struct layer_tensors {
	const struct shape *from; // [n_inputs] their shapes
	const double *const *in;  // [n_inputs]
	double *out;		  // zeroed before
};

// What oneDNN has no kernel for: code of this program.
struct layer_call {
	const struct layer *layer;
	int batch;		  // 1 unless the row says any_batch
	const struct shape *from; // [n_inputs]
	void *state;		  // of open, NULL without
	void *scratch;		  // that many bytes
	const float *const *src;  // [n_inputs]
	float *dst;
	struct onednn *onednn;
};

struct layer_code {
	size_t (*scratch_bytes)(const struct layer *l, const void *state); // NULL = none
	int (*run)(const struct layer_call *c);				   // 0, -EIO or -ENOMEM
	// Layers first..last of a sub-task as one step (dnn/cpu_layout_private.h); NULL = nothing to prepare.
	// weights: [n_layers of the sub-task].
	int (*open)(void **state, struct onednn *o, const struct subtask *t, int first, int last,
		    struct onednn_weights *weights, struct err *err);
	void (*close)(void *state);
};

struct layer_row {
	enum layer_kind kind;

	// In the description. Options in the order in which a refusal names them.
	struct layer_word words[LAYER_MAX_WORDS];
	const struct layer_option *options[LAYER_MAX_OPTIONS + 1]; // NULL-terminated
	int (*word_of)(const struct layer *l); // which of the words says the layer; NULL = the first
	// Writes what `read` reads and the kind's own options, each with a space before it; names[i] calls
	// input i. NULL = nothing.
	void (*write)(FILE *text, const struct layer *l, const char *const names[]);
	bool joins; // names all of its inputs: input[0] is not the layer above

	// From l->in to l->out, or parser_refuse's code.
	int (*size)(struct parser *p, struct layer *l);

	enum bias_kind bias; // unless an option says otherwise
	// The weight's sides; NULL = no weight. Each weight is multiplied once for each position of the
	// output: that is the layer's work in MACs.
	struct layer_sides (*weight)(const struct layer *l);
	double (*distance_flop)(const struct layer *l); // work beside the MACs; NULL = none

	bool keeps_sign; // of tensors without negative values it makes one
	bool copies;	 // its values are its inputs'
	bool selects;	 // chooses among points or boxes

	// In double precision, without the activation, which follows (activations.h). 0 or -ENOMEM.
	int (*reference)(const struct layer *l, const struct layer_tensors *t);

	const struct layer_onednn
	    *onednn; // dnn/onednn_recipe_private.h; NULL = a layer over points, always `code`
	const struct layer_code *code; // NULL = always oneDNN
	bool any_batch;		       // `code` takes batches
	const struct layer_cuda *cuda; // dnn/cuda/steps.h

	// Operators of ONNX that mean this kind and nothing else; NULL-terminated.
	const char *onnx[3];
};

// One for each kind, in dnn/layers/NAME.c.
#define LAYER_ROW(NAME, name) extern const struct layer_row layer_##name;
LAYER_KINDS(LAYER_ROW)
#undef LAYER_ROW

// The row of a kind; of a word of the description; of an operator of ONNX. NULL where there is none.
const struct layer_row *layer_row(enum layer_kind kind);
const struct layer_row *layer_row_of_word(const char *word, const struct layer_word **found);
const struct layer_row *layer_row_of_onnx(const char *operator_name);

// Whether the description lets the kind have the option.
bool layer_takes(const struct layer_row *row, const struct layer_option *option);

// Writes the layer as a line of a description, without `from`, `as` and the line's end. names[i] calls input
// i. (dnn/description_write.c)
void layer_write(FILE *text, const struct layer *l, const char *const names[]);

// Values of a layer's weight tensor, and of its bias.
int64_t layer_weight_values(const struct layer *l);
int64_t layer_bias_values(const struct layer *l);

// A convolution in double precision.
static inline bool layer_is_float64(const struct layer *l)
{
	return l->kind == LAYER_CONV && l->conv.is_float64;
}

// Whether the layer belongs to point sets: no kernel of oneDNN does it.
static inline bool layer_is_over_points(const struct layer *l)
{
	return !l->row->onednn || layer_is_float64(l);
}
