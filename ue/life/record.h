// SPDX-License-Identifier: BSD-3-Clause
// One task's record: every stage stamped with CLOCK_MONOTONIC, the plan's prediction beside it.
//
// The stages of a task follow each other without a gap, so they add up to its latency:
//   plan    arrival .. compute_start  (request, admission, policy, answer, waiting for the planned start)
//   local   .. compute_end            (sub-tasks 0..cut-1 on the modelled device)
//   upload  .. upload_end             (waiting for the uplink while another task's tensor has it, then first
//                                      byte into the UE's socket .. last byte out of its server's: of a
//                                      further one the way over the WAN is in it, and in the result's, too)
//   wait    .. batch_start            (for its first batch to start)
//   batch   .. batch_end              (first batch starts .. last batch ends)
//   result  .. finish                 (edge .. UE)
// A task that runs locally ends with compute_end; its later stages are empty. So are all stages of a task
// that is refused, from its answer on, and those of a dropped one from when it is told.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include "base/column.h"

enum task_stage { STAGE_PLAN, STAGE_LOCAL, STAGE_UPLOAD, STAGE_WAIT, STAGE_BATCH, STAGE_RESULT, STAGE_COUNT };

enum task_outcome {
	TASK_DONE,	// its result is at the UE
	TASK_FAILED,	// connection lost or the edge answered with an error
	TASK_CUT_SHORT, // the run ended first
	TASK_REFUSED,	// the policy did not admit it, and it was to end there
	TASK_DROPPED,	// its tensor came too late for its batch
	TASK_OUTCOMES,
};

enum task_check { CHECK_NONE, CHECK_EQUAL, CHECK_DIFFERS };

// Whether its result names the class of its input; unknown where nothing was computed, or inputs have no
// class.
enum task_class { CLASS_UNKNOWN, CLASS_RIGHT, CLASS_WRONG };

struct task_record {
	uint32_t ue, task, sample;
	uint32_t outcome; // enum task_outcome
	uint32_t n_subtasks, cut, group,
	    largest_batch;	  // n_subtasks: that it runs: all, or those before its exit
	uint32_t admission, exit; // enum admission; 0 = at the network's end
	uint32_t server;	  // that ran the rest, if there was one; 0 = the edge
	uint32_t variant;	  // of its network that it ran; 0 = its own
	double hertz, accuracy;	  // granted; of its result: 0 = not told
	uint32_t promised;	  // the plan met the deadline
	uint32_t features;	  // enum features: how its tensor travels
	// enum task_check: the result against what must come of the tensor as it was sent
	// (samples_split_result), within the executor's tolerance
	uint32_t checked;
	double check_error;
	double features_error; // of the result against the reference's, without any encoding
	uint32_t classified;   // enum task_class
	int64_t arrival_ns, deadline_ns;
	int64_t end_ns[STAGE_COUNT];	  // when each stage ended; the last is the finish
	int64_t plan_end_ns[STAGE_COUNT]; // as planned
	int64_t batch_run_ns;		  // run time of its batches within STAGE_BATCH
	double work_flop, freq_flops;	  // local work and the frequency used
	double upload_bits;		  // tensor bits
	int64_t send_start_ns;		  // its tensor had the uplink from then on; 0 = none was sent
	int64_t airtime_ns; // uplink airtime from upload start to finish, as the shaper measured it; its part
			    // of it where uploads share it (ue/life/radio.h)
	double compute_j, plan_compute_j;   // modelled device
	double transmit_j, plan_transmit_j; // transmit power x airtime
	// What the host added to each stage (records/results/attribution.h), and the whole of it on the
	// task's way.
	int64_t host_ns[STAGE_COUNT], host_total_ns;
	int64_t host_answer_ns;	  // of it, what the answer waited on its way and in the UE's socket
	uint32_t dropped_by_host; // it was dropped, and would have been in time without that
	// The UE's counters (mac/counters.h): uplink when the upload began, downlink when the result was here
	// (until then: when the request went).
	int64_t up_present_ns, down_present_ns;
	uint64_t up_lost, down_lost; // packets lost or dropped by the model
	// The radio's other states from when the UE takes the task up (its wait for that is other tasks')
	// until it ends; tasks that are open together share them evenly. No plan predicts them.
	double receive_j, idle_j;
};

static inline int64_t task_stage_ns(const struct task_record *r, enum task_stage stage)
{
	return r->end_ns[stage] - (stage == STAGE_PLAN ? r->arrival_ns : r->end_ns[stage - 1]);
}

static inline int64_t task_latency_ns(const struct task_record *r)
{
	return r->end_ns[STAGE_RESULT] - r->arrival_ns;
}

static inline int64_t task_plan_latency_ns(const struct task_record *r)
{
	return r->plan_end_ns[STAGE_RESULT] - r->arrival_ns;
}

static inline bool task_met_deadline(const struct task_record *r)
{
	return r->outcome == TASK_DONE && r->end_ns[STAGE_RESULT] <= r->deadline_ns;
}

// A promise was broken: the result came late, or the tensor too late for its batch.
static inline bool task_broke_promise(const struct task_record *r)
{
	return r->promised &&
	       (r->outcome == TASK_DROPPED || (r->outcome == TASK_DONE && !task_met_deadline(r)));
}

// .. and without what the host added it would have been kept.
static inline bool task_missed_by_host(const struct task_record *r)
{
	bool without = r->outcome == TASK_DROPPED
			   ? r->dropped_by_host
			   : r->end_ns[STAGE_RESULT] - r->host_total_ns <= r->deadline_ns;
	return task_broke_promise(r) && without;
}

static inline double task_energy_j(const struct task_record *r)
{
	return r->compute_j + r->transmit_j + r->receive_j + r->idle_j;
}

// Those parts of it that a plan predicts.
static inline double task_planned_parts_j(const struct task_record *r)
{
	return r->compute_j + r->transmit_j;
}

static inline double task_plan_energy_j(const struct task_record *r)
{
	return r->plan_compute_j + r->plan_transmit_j;
}

// Where what its device did not run was run: 0 = the edge; -1 = nowhere, all of it ran on the device.
static inline int task_server(const struct task_record *r)
{
	return r->cut < r->n_subtasks ? (int)r->server : -1;
}

const char *task_stage_name(enum task_stage stage);
const char *task_outcome_name(enum task_outcome outcome);

extern const struct column task_columns[]; // of tasks.csv

// tasks.csv: the header row, and one row; times in ms after epoch_ns, durations in ms, energy in mJ. Negative
// on a write error.
int task_csv_header(FILE *f);
int task_csv_row(FILE *f, const struct task_record *r, int64_t epoch_ns);
