// SPDX-License-Identifier: BSD-3-Clause
// Inside the room: one layer, for one batch size, as a oneDNN primitive. Activations are NHWC on both sides;
// weights are brought into the format that the primitive prefers once, and shared by all batch sizes that
// prefer the same.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "base/err.h"
#include "dnn/network.h"

struct onednn;	  // engine and stream; not to be used by two threads at once
struct onednn_op; // a primitive

// A layer's weights in the formats asked for so far. Zero-initialised by its owner.
struct onednn_weights {
	int n;
	struct dnnl_memory *variant[8];
};

int onednn_open(struct onednn **out, struct err *err);
void onednn_close(struct onednn *o);

// Makes the primitive of layer i of a sub-task. after: the residual addition that is folded into it
// (NULL = none): the output is added to what dst holds, then that layer's activation is applied. weights: the
// layer's, shared by its ops, outlives them.
int onednn_op_new(struct onednn_op **out, struct onednn *o, const struct subtask *subtask, int i, int batch,
		  const struct layer *after, struct onednn_weights *weights, struct err *err);
void onednn_op_free(struct onednn_op *op);
void onednn_weights_free(struct onednn_weights *weights);

// Bytes of scratch memory a run needs; ops that run in turn can share it.
size_t onednn_op_scratch_bytes(const struct onednn_op *op);

// Runs it: src[] and dst as [batch][height][width][channels]. 0 or -EIO.
int onednn_op_run(struct onednn *o, struct onednn_op *op, const float *const src[], float *dst,
		  void *scratch);

// "2.6.3" and "AVX512_CORE": of the library in use and of the instructions it uses here.
const char *onednn_version(char *buf, size_t size);
const char *onednn_instructions(void);
