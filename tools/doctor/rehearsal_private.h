// SPDX-License-Identifier: BSD-3-Clause
// What would become of a run's promises here and now: for two seconds four threads do what the shaper, a UE,
// the edge and its worker do (wake at instants and compute, at the priorities that they would have), and are
// measured as a run measures itself (base/lateness.h). Private to this room.
#pragma once

#include "base/disturbance.h"
#include "base/err.h"
#include "base/lateness.h"

struct rehearsal {
	struct lateness stages[HOST_STAGES]; // those that were rehearsed have events
	struct disturbance before, after;
	bool realtime, raised; // the shaper's priorities: SCHED_FIFO, nice -20
};

// Rehearsed at the first call, once. NULL with a sentence when it cannot be.
const struct rehearsal *rehearsal(struct err *err);

// The stage whose promise would be broken; HOST_STAGES: none.
enum host_stage rehearsal_breaks(const struct rehearsal *r);
