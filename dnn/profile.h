// SPDX-License-Identifier: BSD-3-Clause
// F_n(b): how long a batch of b inputs of sub-task n takes. Measured (warm-up, repetitions, median and spread) or
// stated (an analytic model), kept as CSV: comment lines with identity, then subtask,batch,runs,median_s,p95_s,min_s,max_s.
#pragma once

#include <stdbool.h>
#include "base/err.h"
#include "dnn/executor.h"

struct profile {
	char network[32];
	char source[160];  // executor, processor, library versions; or the stated model
	bool modelled;     // stated, not measured
	int n_subtasks, max_batch;
	double *median_s;  // [n_subtasks][max_batch]: sub-task n (0-based), batch b at [n * max_batch + b - 1]
	double *p95_s;     // likewise; made non-decreasing in b by isotonic regression, as median_s is
};

// Measures sub-tasks x batches 1..max_batch on an executor. progress (may be NULL) is told the share done, 0..1.
int profile_measure(struct profile **out, struct executor *e, const struct network *net, int max_batch,
		    void (*progress)(double share, void *user), void *user, struct err *err);

// Loads a CSV (file and line in every error; refused when columns are missing, a value is not positive and finite, or a
// (sub-task, batch) is absent), or a built-in stated model by name: "mobilenet-v2-gpu-model" (specs' analytic F_n(b)).
int profile_load(struct profile **out, const char *path_or_name, struct err *err);
int profile_save(const struct profile *p, const char *path, struct err *err);
void profile_free(struct profile *p);

// The processor's profile for this network, this executor and this machine: from the cache, or measured now and cached.
// *measured_now tells which.
int profile_cached(struct profile **out, struct executor *e, const struct network *net, int max_batch, bool *measured_now,
		   void (*progress)(double share, void *user), void *user, struct err *err);
