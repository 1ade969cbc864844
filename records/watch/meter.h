// SPDX-License-Identifier: BSD-3-Clause
// Keeps a snapshot up to date as records come in: constant time and memory a record.
#pragma once

#include "records/watch/watched.h"
#include "records/watch/run_snapshot.h"

struct meter;

struct meter *meter_new(uint32_t n_ues, const char *name, const char *policy,
			double duration_s); // NULL: no memory
void meter_free(struct meter *m);

// Records of UEs that the run does not have are ignored.
void meter_task(struct meter *m, const struct watch_task *t);
void meter_link(struct meter *m, const struct watch_link *l);
void meter_batch(struct meter *m, const struct watch_batch *b);
void meter_delay_error(struct meter *m, double p50_us, double p99_us, uint64_t overruns);

// The snapshot so far, the meter's own; time_s, left_s, state and simulated are the caller's to set. Valid
// until the next call.
struct run_snapshot *meter_read(struct meter *m);
