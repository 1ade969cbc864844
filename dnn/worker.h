// SPDX-License-Identifier: BSD-3-Clause
// The processor or GPU that batches run on, in the edge and where F_n(b) is measured: a thread that runs one
// batch at a time. It goes before normal tasks while it idles much (PRIORITY_WORK): a batch starts when it is
// handed over and takes what it takes, whatever else the machine does.
#pragma once

#include "dnn/executor.h"

struct worker;

struct worker_job {
	struct executor *executor;
	int subtask, batch;
	const float *const *in; // [batch], as executor_run_block takes them
	float *const *out;
	struct executor_leavers leavers; // whom the head of the exit there answers
	int64_t start_ns;		 // the caller's: when it handed the job over
	int64_t end_ns, run_ns;		 // filled in by the worker
	int result;			 // 0 or a negative errno
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

// What its thread did so far, jobs that have ended: the time from taking each to having handed it back (the
// wake-up of who waits for it comes after), its processor time in between, and how often another thread took
// the processor from it.
struct worker_times {
	int64_t busy_ns, cpu_ns, preempted;
};
struct worker_times worker_times(struct worker *w);
