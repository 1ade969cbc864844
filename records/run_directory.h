// SPDX-License-Identifier: BSD-3-Clause
// A run directory in memory: its summary and its tables.
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"
#include "records/csv.h"
#include "ue/life/record.h"

// A row of tasks.csv. Times in ms, energy in mJ.
struct task_row {
	uint32_t ue, task, cut, n_subtasks, promised, met;
	char outcome[CSV_WORD]; // task_outcome_name
	double arrival_ms, deadline_ms, latency_ms, plan_latency_ms;
	double stage_ms[STAGE_COUNT], plan_stage_ms[STAGE_COUNT];
	double compute_mj, plan_compute_mj, transmit_mj, plan_transmit_mj, receive_mj, idle_mj;
	double energy_mj, plan_energy_mj; // the four parts' sum; what a plan predicts, the first two
};

// A row of batches.csv.
struct batch_row {
	uint32_t subtask, members;
	char reason[CSV_WORD]; // batch_reason_name
	double start_ms, end_ms;
};

// A row of links.csv.
struct link_row {
	uint32_t ue; // from 1
	double time_ms, gain_db, up_bps, up_queue_bytes;
};

struct run_directory {
	char *path;
	size_t place; // in its sweep; 0 = in none
	json_t *summary;
	struct task_row *tasks;
	struct batch_row *batches;
	struct link_row *links;
	size_t n_tasks, n_batches, n_links;
	json_t *problems;  // array of sentences: what of the tables could not be read
	bool summary_only; // no table is there, as in a sweep that keeps summaries: no problem
};

// Reads a run directory. A missing or damaged table is a problem of the run (the rows
// before the damage are there); a missing or foreign summary.json is an error: negative errno with a
// sentence.
int run_directory_read(struct run_directory *r, const char *path, struct err *err);
void run_directory_free(struct run_directory *r);

// The task has its result.
bool task_row_done(const struct task_row *t);
