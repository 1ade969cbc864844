// SPDX-License-Identifier: BSD-3-Clause
// Writes ONNX models for tests, with protobuf-c, and opens what the importer makes of models.
#pragma once

#include <onnx.pb-c.h>
#include "dnn/network.h"
#include "dnn/onnx/import.h"

// A model under construction. Everything it refers to is freed with it.
struct maker {
	Onnx__ModelProto model;
	Onnx__GraphProto graph;
	void **owned;
	int n_owned;
};

void maker_open(struct maker *m, int opset);
void maker_close(struct maker *m);

// Memory that is freed with the maker, zeroed.
void *maker_get(struct maker *m, size_t size);
char *maker_text(struct maker *m, const char *format, ...) __attribute__((format(printf, 2, 3)));

// dims: -1 = left open.
void maker_input(struct maker *m, const char *name, int rank, const int64_t *dims);
void maker_output(struct maker *m, const char *name);

// Initializers; values are copied.
Onnx__TensorProto *maker_floats(struct maker *m, const char *name, int rank, const int64_t *dims,
				const float *values);
Onnx__TensorProto *maker_integers(struct maker *m, const char *name, int n, const int64_t *values);

// A node in front of or behind the others; inputs: names separated by blanks.
Onnx__NodeProto *maker_node(struct maker *m, const char *op, const char *inputs, const char *output);
void maker_put_first(struct maker *m); // moves the last node to the front
void maker_int(struct maker *m, Onnx__NodeProto *node, const char *name, int64_t value);
void maker_ints(struct maker *m, Onnx__NodeProto *node, const char *name, int n, const int64_t *values);
void maker_float(struct maker *m, Onnx__NodeProto *node, const char *name, float value);
void maker_string(struct maker *m, Onnx__NodeProto *node, const char *name, const char *value);

// Serialises the model; the caller frees.
uint8_t *maker_pack(const struct maker *m, size_t *size);

// Imports bytes, saves description and weights in a new folder, opens them as any user would and removes the
// folder. `made` (may be NULL) gets what was imported. 0 or a negative errno with a sentence.
int lab_import(struct network **net, struct onnx_network **made, const void *bytes, size_t size,
	       const char *const *cuts, struct err *err);

// Likewise with all options.
int lab_import_with(struct network **net, struct onnx_network **made, const void *bytes, size_t size,
		    const struct onnx_options *options, struct err *err);

// A whole number as an initializer without dimensions.
void maker_scalar(struct maker *m, const char *name, int64_t value);

// lab_import of what the maker holds.
int lab_import_maker(struct network **net, struct onnx_network **made, const struct maker *m,
		     const char *const *cuts, struct err *err);
