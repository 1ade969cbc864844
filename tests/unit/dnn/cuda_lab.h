// SPDX-License-Identifier: BSD-3-Clause
// The cuda executors on the stand-in for CUDA, for tests of the whole plug-in without a GPU.
#pragma once

#include "tests/cuda_host/control.h"
#include "tests/unit/dnn/dnn_lab.h"

// All kinds of layers that the plug-in runs, small: residual sums, concatenation, groups, softmax, limits
// that stay pending, channel counts that are no multiple of 4 or 8.
extern const char cuda_lab_network[];

// Has executor_open find the stand-in and returns its controls; NULL and a line on the terminal when it is
// not there. First of all calls.
const struct cuda_host_control *cuda_lab_control(void);

struct network *cuda_lab_parse(const char *text);

// Runs sub-tasks from..to-1 on the truth of users first, first + 1, ... (in a circle): by executor_run_range,
// or by executor_run where it is one. Outputs hold NaN before. What the executor returns.
int cuda_lab_run(struct lab *lab, struct executor *e, int from, int to, int batch, int first,
		 struct err *err);

// The largest relative error of the last cuda_lab_run's outputs.
double cuda_lab_error(const struct lab *lab, int to, int batch, int first);

// Fails unless nothing is left of an executor and no rule of CUDA's was broken.
void cuda_lab_assert_clean(const struct cuda_host_control *cuda);
