// SPDX-License-Identifier: BSD-3-Clause
// When a UE's tasks arise, and how long each may take. Pure: the emulated UE, the simulated one and the
// training environment draw from the same code.
//
// A UE has so many tasks open at a time (life_config.max_open, mostly one); it is idle while there is room
// for another. Arrivals at fixed instants (burst, periodic, poisson, trace) do not ask whether the UE is
// idle: a task that arises while it is not waits in the UE, in order of arrival, and its deadline runs from
// its arrival. Arrivals of an idle UE (immediate, bernoulli) never wait.
//
// The same seed gives the same arrivals under every policy and in both clocks. Where a policy decides when
// the UE is idle again, that means: whether slot n brings an idle UE a task, and with which deadline, is
// drawn by the slot's number; the deadline of task k (of any other kind) by its number (rng_uniform_at).
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/rng.h"

#define ARRIVALS_MOST_OPEN 1000 // tasks of a UE at a time, in what a topology may say

enum arrivals_kind {
	ARRIVALS_BURST,	    // `count` tasks (1 when 0) at time 0
	ARRIVALS_PERIODIC,  // at 0, T, 2T, ... plus a uniform jitter in [0, jitter)
	ARRIVALS_POISSON,   // exponential gaps of mean 1 / rate
	ARRIVALS_IMMEDIATE, // at 0, then whenever the task before has ended
	ARRIVALS_BERNOULLI, // at each multiple of the slot an idle UE gets a task with a probability
	ARRIVALS_TRACE,	    // as listed
	ARRIVALS_NONE,	    // no tasks: a UE that has traffic only, or none at all
};

struct arrival {
	int64_t at_ns;	     // after the run's epoch
	int64_t deadline_ns; // after at_ns
};

struct arrivals {
	enum arrivals_kind kind;
	double period_s, jitter_s, rate_hz;
	double probability, slot_s;		// bernoulli: (0, 1], > 0
	int burst;				// periodic, poisson: so many at each instant; 0 counts as 1
	int count;				// at most this many tasks; 0 = no limit (burst: one)
	double deadline_low_s, deadline_high_s; // each task's is drawn uniformly; a trace has its own
	const struct arrival *trace;		// [n_trace] ascending; not owned
	size_t n_trace;
};

struct arrival_source {
	struct arrivals arrivals;
	struct rng *rng; // owned; NULL when the kind draws nothing in turn
	struct rng_key slots, deadlines;
	int drawn;
	int64_t next_slot; // bernoulli: the first that has not been asked
	double last_s;	   // poisson: the arrival before
	int64_t burst_ns;  // periodic, poisson: of the burst in hand
};

// ue: from 1. 0 or -ENOMEM; bernoulli, immediate, burst and trace allocate nothing. arrival_source_close
// frees it.
int arrival_source_open(struct arrival_source *s, const struct arrivals *arrivals, uint64_t seed,
			uint64_t run, uint32_t ue);
void arrival_source_close(struct arrival_source *s);

// The next arrival of a UE that is idle since idle_ns (0 at the start): call it when the task before has
// ended. False when there is none left. Arrivals ascend (periodic: for jitter <= period); those at fixed
// instants may lie before idle_ns.
bool arrival_source_next(struct arrival_source *s, int64_t idle_ns, struct arrival *out);

// The longest deadline that a task can have, in ns.
int64_t arrivals_longest_deadline_ns(const struct arrivals *a);

// "burst", "periodic", ..., and NULL: in the order of the enum.
extern const char *const arrivals_kind_names[];
const char *arrivals_kind_name(enum arrivals_kind kind);
