// SPDX-License-Identifier: BSD-3-Clause
// One thread that owns the executors and runs one batch at a time: the edge's processor or GPU.
#pragma once

#include "dnn/executor.h"
#include "edge/record.h"

struct worker;

struct worker_job {
	struct executor *executor;
	int subtask, batch;
	const float *in[BATCH_MAX_MEMBERS];
	float *out[BATCH_MAX_MEMBERS];
	int64_t start_ns, end_ns, run_ns; // filled in by the worker
	int result;                       // 0 or a negative errno
	struct err err;
};

int worker_start(struct worker **out, struct err *err);
void worker_stop(struct worker *w); // waits for the job under way

// Readable when a job has ended.
int worker_fd(const struct worker *w);

// Hands over a job; it and its tensors stay the worker's until worker_finished returns it. One at a time.
void worker_submit(struct worker *w, struct worker_job *job);

// The job that has ended, or NULL.
struct worker_job *worker_finished(struct worker *w);
