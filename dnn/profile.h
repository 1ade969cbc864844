// SPDX-License-Identifier: BSD-3-Clause
// F_n(b): how long a batch of b inputs of sub-task n takes. Measured (warm-up, repetitions, median and
// spread) or stated (an analytic model), kept as CSV: comment lines "# key: value" with the identity
// (network, description, source, kind, subtasks, max_batch), the header
// subtask,batch,runs,median_s,p95_s,min_s,max_s, then one row a pair. A sub-task's order number counts from 1
// in the CSV, as in papers; from 0 in memory.
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"
#include "dnn/executor.h"

enum { PROFILE_MAX_SUBTASKS = 64 };

// One (sub-task, batch): seconds of a whole run, copies in and out included. median_s and p95_s are made
// non-decreasing in b (profile_make_monotone), so median_s can leave [min_s, max_s] by a little.
struct profile_entry {
	int runs; // 0 = stated, not measured
	double median_s, p95_s, min_s, max_s;
};

struct profile {
	char network[32];
	uint64_t description_hash; // struct network's; 0 = the file does not say
	char source[320];	   // executor, processor, library versions; or the stated model
	char origin[256];	   // the file or the name it was loaded from, "" when measured now
	int origin_line;	   // of the file's network, 0 when there is no file
	char facts[2048];	   // further "# key: value" lines of a measurement: machine, rounds, residual
	double residual_max, residual_rms; // how far profile_make_monotone moved medians, relative
	bool modelled; // stated, or recorded from a model: not a measurement of this machine's work
	int n_subtasks, max_batch;
	double *median_s; // [n_subtasks][max_batch]: sub-task n (0-based), batch b at [n * max_batch + b - 1]
	double *p95_s;	  // likewise
	struct profile_entry *entries; // likewise: everything, the two above included
};

// An empty profile of a network, for filling in entries followed by profile_make_monotone. NULL with errno.
struct profile *profile_new(const struct network *net, int max_batch);
void profile_free(struct profile *p);

// Refuses a profile of another network; the error begins with the profile's origin.
int profile_check(const struct profile *p, const struct network *net, struct err *err);

// Replaces entries' medians and p95s by the nearest (least squares, weighted by runs) sequence that does not
// decrease in b: isotonic regression by pooling adjacent violators (Barlow et al. 1972). Fills median_s,
// p95_s, and the residual: the largest and the root mean square of |fit / median - 1|.
void profile_make_monotone(struct profile *p);

struct profile_options {
	int warm_up; // rounds that are not recorded; -1 = 2
	int rounds;  // recorded; 0 = until there are 15 and 3 s have passed (at most 40), or, when 15 take
		     // longer than 30 s, at least 5
	const volatile sig_atomic_t *stop; // once set, the measurement ends with -EINTR; NULL = never
};

// Measures sub-tasks x batches 1..max_batch on an executor, in rounds over all pairs, so that a slow spell of
// the machine does not fall on one pair. options may be NULL. progress (may be NULL) is told the share done,
// 0..1.
int profile_measure(struct profile **out, struct executor *e, const struct network *net, int max_batch,
		    const struct profile_options *options, void (*progress)(double share, void *user),
		    void *user, struct err *err);

// Loads a CSV (file and line in every error; refused when columns are missing, a value is not positive and
// finite, or a (sub-task, batch) is absent), or a stated model by name (profile_model_names).
// The CSV must fit the network it is used with: profile_check.
int profile_load(struct profile **out, const char *path_or_name, struct err *err);
int profile_save(const struct profile *p, const char *path, struct err *err);

// Names of the stated models, NULL-terminated.
const char *const *profile_model_names(void);

// The processor's profile for this network, this executor and this machine: from the cache, or measured now
// and cached. *measured_now (may be NULL) tells which. A modelled executor is refused: it replays one.
int profile_cached(struct profile **out, struct executor *e, const struct network *net, int max_batch,
		   bool *measured_now, void (*progress)(double share, void *user), void *user,
		   struct err *err);
