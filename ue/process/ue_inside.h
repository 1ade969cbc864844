// SPDX-License-Identifier: BSD-3-Clause
// What the parts of the emulated UE share: ue_open.c (what it is made of), ue_task.c (its task and what it
// says to the edge) and ue.c (the loop).
#pragma once

#include "base/clock.h"
#include "base/lateness.h"
#include "base/lead.h"
#include "base/priority.h"
#include "dnn/samples.h"
#include "mac/counters.h"
#include "proto/stream.h"
#include "ue/process/sender.h"
#include "ue/life/task.h"
#include "ue/process/ue.h"

struct ue {
	const struct ue_config *config;
	int channel;
	struct network *network;
	struct task_network sizes;
	struct samples *samples;
	struct counters *counters;
	struct stream *stream;
	struct arrival_source source;
	struct sender *sender; // NULL = no UDP traffic
	struct task task;
	int64_t epoch_ns, end_ns;
	struct arrival next;	 // of the task that has not begun
	int64_t next_arrival_ns; // its instant on the clock
	uint32_t drawn;
	bool stopping;
	int64_t idle_since_ns;	 // when the task before ended
	int64_t down_present_ns; // of the downlink when the task was requested
	struct lateness timer, read;
	struct priority_turns turns;
	struct lead lead; // how early it wakes for its timers
};

// The next arrival, when the UE is idle from idle_ns on. One after the run's end does not happen.
void ue_draw_arrival(struct ue *u, int64_t idle_ns);

// Takes up the arrival that is due: asks the edge for a plan.
int ue_begin_task(struct ue *u, struct err *err);

// The task's local part is done: its tensor goes to the edge; or it is closed, when it was all of it.
int ue_computed(struct ue *u, int64_t now_ns, struct err *err);

// Follows what the edge has said so far: plans and results.
int ue_read_messages(struct ue *u, struct err *err);

// Ends an open task that has no result.
void ue_abandon_task(struct ue *u, enum task_outcome outcome);
