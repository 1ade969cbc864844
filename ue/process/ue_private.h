// SPDX-License-Identifier: BSD-3-Clause
// What the parts of the emulated UE share: open.c (what it is made of), follow.c (what its life asks for, and
// what the edge says to it) and ue.c (the loop).
#pragma once

#include "base/clock.h"
#include "base/lateness.h"
#include "base/lead.h"
#include "base/priority.h"
#include "dnn/samples.h"
#include "mac/counters.h"
#include "proto/stream.h"
#include "ue/life/life.h"
#include "ue/process/sender.h"
#include "ue/process/ue.h"

struct ue {
	const struct ue_config *config;
	int channel;
	struct network *network;
	struct task_network sizes;
	struct samples *samples;
	int *classes; // [samples_count] of the inputs; NULL = they have none
	struct counters *counters;
	struct stream *stream;
	struct sender *sender; // NULL = no UDP traffic
	struct life life;
	int64_t end_ns;	       // of the run; 0 = not started
	const uint8_t *values; // of the result that has just come
	int64_t written_ns;    // when the kernel last took a part of a tensor,
	int64_t busy_ns;       // and stream_busy_ns then
	bool stopping;
	struct lateness timer, read;
	struct priority_turns turns;
	struct lead lead; // how early it wakes for its timers
};

// Now, with what the modem counts.
struct ue_moment ue_now(const struct ue *u);

// Does what the life asks for.
int ue_follow(struct ue *u, struct err *err);

// Sends what is still to be sent.
int ue_flush(struct ue *u, struct err *err);

// Follows what the edge has said so far: plans and results.
int ue_read_messages(struct ue *u, struct err *err);
