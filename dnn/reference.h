// SPDX-License-Identifier: BSD-3-Clause
// Plain loops in double precision, one function a layer: slow, obvious, the judge of every executor.
#pragma once

#include "dnn/network.h"

// Runs sub-tasks from..to-1 on one input. in: values of cut `from`; out: values of cut `to`. 0 or -ENOMEM.
int reference_run(const struct network *net, int from, int to, const double *in, double *out);

// Runs the head of an exit, from 1, on one input: values of cut exit_subtasks[exit - 1] in, the answer out.
int reference_run_head(const struct network *net, int exit, const double *in, double *out);

// The largest relative error max_i |a_i - b_i| / max_j |b_j| over n values; NaN counts as infinite.
double relative_error(const float *a, const float *b, int64_t n);
