// SPDX-License-Identifier: BSD-3-Clause
// Inside the room: what one layout step of the cpu back end runs: a oneDNN primitive, or the code of the
// layer's row.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "dnn/cpu_layout_private.h"
#include "dnn/onednn_private.h"

struct cpu_op;

// Whether some layer is not oneDNN's and takes no batches: such a sub-task runs input by input (batch = 1
// below). A set of points fills the caches by itself, and its bits then do not depend on the batch it travels
// in, so that every selection that follows from them is the same.
bool subtask_runs_singly(const struct subtask *subtask);

// weights: [n_layers of the sub-task], see onednn_op_new.
int cpu_op_new(struct cpu_op **out, struct onednn *o, const struct subtask *subtask,
	       const struct layout_step *step, int batch, struct onednn_weights *weights, struct err *err);
void cpu_op_free(struct cpu_op *op);

// Bytes of scratch memory a run needs; ops that run in turn can share it.
size_t cpu_op_scratch_bytes(const struct cpu_op *op);

// src[i]: input i of the step's layer; dst: the step's output. 0, -EIO or -ENOMEM.
int cpu_op_run(struct cpu_op *op, struct onednn *o, const float *const src[], float *dst, void *scratch);
