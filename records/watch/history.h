// SPDX-License-Identifier: BSD-3-Clause
// A run over time in bins of equal width, for charts: some 150 of them however long the run is.
#pragma once

#include <jansson.h>
#include "records/watch/watched.h"

struct history;

#define HISTORY_MOST_SINGLE 16 // UEs that get series of their own; of more, least, mean and largest

struct history *history_new(uint32_t n_ues, double duration_s); // NULL: no memory
void history_free(struct history *h);

// What happens before 0 is left out, what happens long after the end counts in the last bin.
void history_task(struct history *h, const struct watch_task *t); // at its finish
void history_link(struct history *h, const struct watch_link *l);
void history_batch(struct history *h, const struct watch_batch *b); // at its start

// {"width_s": w, "bins": n, "met": [...], "missed": [...] (late, failed or cut short), "compute_mj",
// "radio_mj" (a task), "latency_p50_ms", "latency_p95_ms", "batches", "batch_mean", "batch_max",
// "up_queue_bytes", "down_queue_bytes" (of all UEs), "up_busy", "down_busy" (means of their links'
// airtime shares), "gain_db" and "up_bps":
// {"min", "mean", "max", "ues": [[...], ...] (of at most HISTORY_MOST_SINGLE UEs, else [])}}. Bin i spans
// i w .. (i+1) w; null = nothing there. NULL: no memory.
json_t *history_to_json(const struct history *h);
