// SPDX-License-Identifier: BSD-3-Clause
// F_n(b): how long a batch of b inputs of sub-task n takes, from being handed over to when the next can be.
// Measured (whole chains as the edge runs them, median and spread) or stated (an analytic model), kept as
// CSV: comment lines "# key: value" with the identity (network, description, source, kind, disturbed,
// subtasks, max_batch), the header subtask,batch,runs,median_s,p95_s,min_s,max_s and, of a measurement,
// ,runs_as,discarded; then one row a pair. A sub-task's order number counts from 1 in the CSV, as in papers;
// from 0 in memory.
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"
#include "dnn/executor.h"

enum { PROFILE_MAX_SUBTASKS = 64 };

// One (sub-task, batch): seconds. median_s and p95_s do not decrease in b (profile_make_monotone).
struct profile_entry {
	int runs; // that count; 0 = stated, not measured
	double median_s, p95_s, min_s, max_s;
	int runs_as;   // the batch that is run for it, padded: where b + 1 is faster than b; else b, or 0
	int discarded; // runs that were disturbed and do not count
};

struct profile {
	char network[32];
	uint64_t description_hash; // struct network's; 0 = the file does not say
	char source[320];	   // executor, processor, library versions; or the stated model
	char origin[256];	   // the file or the name it was loaded from, "" when measured now
	int origin_line;	   // of the file's network, 0 when there is no file
	char facts[2048];	   // further "# key: value" lines of a measurement: machine, rounds, residual
	double residual_max, residual_rms; // how far profile_make_monotone moved medians, relative
	bool modelled;	// stated, or recorded from a model: not a measurement of this machine's work
	bool padded;	// measured with runs_as and discarded
	bool disturbed; // others took the machine while it was measured: not to be relied on
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

// Raises medians and 95th percentiles to the largest of any smaller b: policies need what does not decrease,
// and nothing comes below what was measured. Fills median_s, p95_s, and the residual: the largest and the
// root mean square of fit / median - 1.
void profile_make_monotone(struct profile *p);

// The batch that is run for b members of sub-task n: b, or more where that is faster (padded).
int profile_runs_as(const struct profile *p, int n, int b);

// The largest of these: what an executor must be prepared for.
int profile_largest_run(const struct profile *p);

// Of a measurement, the usual distance of a batch from the median: the median over all pairs of
// p95_s / median_s - 1.
double profile_spread(const struct profile *p);

// A copy of the first max_batch batches; NULL with errno.
struct profile *profile_first(const struct profile *p, int max_batch);

struct profile_options {
	int warm_up; // rounds that are not recorded; -1 = 2
	int rounds;  // recorded; 0 = until there are 15 undisturbed ones of each batch and 3 s have passed,
		     // but no more than 40, after 5 s than 15, and after 30 s than 5
	int first_batch;		   // measures batches from here on; 0 = 1
	const volatile sig_atomic_t *stop; // once set, the measurement ends with -EINTR; NULL = never
};

// Measures on an executor whole chains (dnn/profile_chain_private.h) of first_batch..max_batch users, in
// rounds over all sizes in random order, an idle moment before each as between the batches of a run. Chains
// that others disturbed do not count; where too few were left, all do and the profile is `disturbed`. Where a
// sub-task is slower at b than at a larger batch, the larger one is measured in its place (runs_as). options
// may be NULL. progress (may be NULL) is told the share done, 0..1, by another thread.
int profile_measure(struct profile **out, struct executor *e, const struct network *net, int max_batch,
		    const struct profile_options *options, void (*progress)(double share, void *user),
		    void *user, struct err *err);

// Loads a CSV (file and line in every error; refused when columns are missing, a value is not positive and
// finite, or a (sub-task, batch) is absent), or a stated model by name (profile_model_names).
// The CSV must fit the network it is used with: profile_check.
int profile_load(struct profile **out, const char *path_or_name, struct err *err);
int profile_save(const struct profile *p, const char *path, struct err *err);
#define PROFILE_MARK "# network: " // a profile's CSV begins with it

// Names of the stated models, NULL-terminated.
const char *const *profile_model_names(void);

// How profile_cached came to its profile.
enum profile_cached { PROFILE_FOUND, PROFILE_GROWN, PROFILE_MEASURED };

// The profile of this network, executor and machine, of which the cache has one file: from there, when it was
// measured undisturbed and reaches max_batch; grown to max_batch; or measured now (refresh: in any case, and
// in its whole former size). Returns its batches 1..max_batch. A modelled executor is refused: it replays
// one. *how may be NULL.
struct profile_cache_options {
	bool refresh;
	const volatile sig_atomic_t *stop;
	void (*progress)(double share, void *user);
	void *user;
};
int profile_cached(struct profile **out, struct executor *e, const struct network *net, int max_batch,
		   const struct profile_cache_options *options, enum profile_cached *how, struct err *err);

// The command that measures a run's profile anew.
void profile_refresh_command(char *buf, size_t size, const char *network, const char *backend, int threads);

// Calls back with every profile in the cache, ordered by file. What cannot be read is passed over.
int profile_cache_list(void (*tell)(const struct profile *p, void *user), void *user, struct err *err);

// "oneDNN 2.6.3, 1 thread, AVX512_CORE; AMD EPYC, 2 processors": what is measured, where. A profile whose
// source differs is another machine's.
void profile_describe_source(const struct executor *e, char *buf, size_t size);

// Whether it was measured, and elsewhere: here[size] gets what this machine is.
bool profile_is_foreign(const struct profile *p, char *here, size_t size);
