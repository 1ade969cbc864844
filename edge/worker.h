// SPDX-License-Identifier: BSD-3-Clause
// The edge's processor or GPU: a thread that runs one batch at a time. It goes before normal tasks while it
// idles much (PRIORITY_WORK): a batch starts when it is handed over and takes what it takes, whatever else
// the machine does.
#pragma once

#include "dnn/executor.h"
#include "edge/record.h"

struct worker;

struct worker_job {
	struct executor *executor;
	int subtask, batch;
	const float *in[BATCH_MAX_MEMBERS];
	float *out[BATCH_MAX_MEMBERS];
	int64_t start_ns;	// the caller's: when it handed the job over
	int64_t end_ns, run_ns; // filled in by the worker
	int result;		// 0 or a negative errno
	struct err err;
	struct worker_job *next; // the worker's own
};

int worker_start(struct worker **out, struct err *err);
void worker_stop(struct worker *w); // waits for the jobs under way

// Readable when jobs have ended.
int worker_fd(const struct worker *w);

// Hands over a job; it and its tensors stay the worker's until worker_finished returns it. Jobs run in turn.
void worker_submit(struct worker *w, struct worker_job *job);

// A job that has ended, or NULL: ask until there is none.
struct worker_job *worker_finished(struct worker *w);

// What its thread did so far: the time from taking each job to having handed it back (the wake-up
// of who waits for it comes after), and their processor time in between. Jobs that have ended count.
void worker_times(struct worker *w, int64_t *busy_ns, int64_t *cpu_ns);
