// SPDX-License-Identifier: BSD-3-Clause
// What is watched of a run: its tasks, batches and links in a form that both the records of a living run and
// the rows of a run directory's tables (records/watch/replay.h) are brought into. Times in seconds of model
// time.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "edge/desk/record.h"
#include "mac/link_record.h"
#include "ue/life/record.h"

struct watch_task {
	uint32_t ue; // from 0
	enum task_outcome outcome;
	bool met; // done within its deadline
	uint32_t cut;
	double finish_s, latency_s;
	double compute_j, transmit_j, energy_j; // energy: receiving and idling too
};

struct watch_link {
	uint32_t ue; // from 0
	double t_s, gain_db, rate_bps[LINK_DIRS], queue_bytes[LINK_DIRS];
	double airtime_s[LINK_DIRS]; // total so far
};

struct watch_batch {
	double start_s;
	uint32_t members;
};

struct watch_task watch_task_of(const struct task_record *r, int64_t epoch_ns);
struct watch_link watch_link_of(const struct link_record *r, int64_t epoch_ns);
struct watch_batch watch_batch_of(const struct batch_record *r, int64_t epoch_ns);
