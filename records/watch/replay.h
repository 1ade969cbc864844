// SPDX-License-Identifier: BSD-3-Clause
// The tables of a run directory, finished or still being written, as a meter and a history.
#pragma once

#include "records/watch/history.h"
#include "records/watch/meter.h"

struct run_replay {
	struct meter *meter;
	struct history *history;
	struct follow *tasks, *links, *batches;
	double last_s; // the latest instant read
};

// The UEs, names and length are the run's; directory need not be complete. 0 or -ENOMEM.
int run_replay_open(struct run_replay *r, const char *directory, uint32_t n_ues, const char *name,
		    const char *policy, double duration_s, struct err *err);
void run_replay_close(struct run_replay *r);

// Reads what was written since the last call. 0; -EINVAL with file:line of what is damaged (the rows before
// it count).
int run_replay_update(struct run_replay *r, struct err *err);
