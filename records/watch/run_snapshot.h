// SPDX-License-Identifier: BSD-3-Clause
// One instant of a run, as every live view shows it: the block of `airbatch run`, `airbatch top`, the web
// page of `airbatch serve`, and the control socket's {"get": "progress"}, whose JSON this is.
#pragma once

#include <jansson.h>
#include <stdint.h>
#include "base/err.h"
#include "mac/link_record.h"

enum run_snapshot_state {
	SNAPSHOT_RUNNING,
	SNAPSHOT_ENDING, // no more arrivals; the last tasks are under way
	SNAPSHOT_DONE,
	SNAPSHOT_FAILED,
	SNAPSHOT_INTERRUPTED,
};

// Counts of closed tasks: done = met + missed.
struct run_snapshot_tasks {
	uint64_t done, met, missed, failed, cut_short, refused, dropped;
};

struct run_snapshot_ue {
	struct run_snapshot_tasks tasks;
	double energy_j;
	// Of its last task that was done; NaN and -1 = none yet.
	double latency_s;
	int cut;
	// Its link at the last record; NaN = none yet. busy: airtime over time between the last two records.
	double gain_db, rate_bps[LINK_DIRS], queue_bytes[LINK_DIRS], busy[LINK_DIRS];
};

struct run_snapshot {
	char name[64], policy[64];
	enum run_snapshot_state state;
	bool simulated;
	double time_s, duration_s; // model time
	double left_s;		   // real time, about; NaN = not known
	struct run_snapshot_tasks tasks;
	double energy_j, compute_j, transmit_j; // of all closed tasks
	double latency_p50_s, latency_p95_s;	// of those done, within 0.8 %; NaN = none
	uint64_t batches, batch_members;
	double delay_p50_us, delay_p99_us; // the shaper's own error; NaN = not measured
	uint64_t overruns;
	uint32_t n_ues;
	struct run_snapshot_ue *ue; // [n_ues]
};

const char *run_snapshot_state_name(enum run_snapshot_state state);

static inline uint64_t run_snapshot_closed(const struct run_snapshot_tasks *t)
{
	return t->done + t->failed + t->cut_short + t->refused + t->dropped;
}

// 0 or -ENOMEM: nothing closed yet, nothing known of the links.
int run_snapshot_init(struct run_snapshot *s, uint32_t n_ues);
void run_snapshot_free(struct run_snapshot *s);

// A new object; numbers that are not known are null. NULL: no memory.
json_t *run_snapshot_to_json(const struct run_snapshot *s);

// The other way; *s is initialised by it, and to be freed when it returns 0. -EPROTO with a sentence.
int run_snapshot_from_json(struct run_snapshot *s, const json_t *o, struct err *err);
