// SPDX-License-Identifier: BSD-3-Clause
// How late this host makes the edge: what a stage of base/lateness.h is held against here. Pure: instants are
// handed in.
//
// A task's debt is how much later than its plan it is for this host's reasons. It begins with what its upload
// took beyond the time in which the link had it. A batch can start at its booking, when the last input is
// there and when the batch before has ended, whichever comes last, and inherits the debt of that one alone (a
// booking is the plan's own instant, and has none): what came late and was waited for anyway costs nothing.
// The batch adds what it starts later than it can and what it takes longer than planned.
#pragma once

#include <stdbool.h>
#include "base/lateness.h"
#include "edge/desk/record.h"

// The edge's own stages and the end of the batch that ran last.
struct punctual {
	struct lateness timer, read, planning, batch, replay;
	int64_t free_ns, free_debt_ns; // when the executor became free, and the debt of what it ran
};

// A round that its clock closed at due_ns was closed at now_ns.
void punctual_round(struct punctual *p, int64_t due_ns, int64_t now_ns);
// The policy's call took this long; how much longer than plans allow for is returned.
int64_t punctual_plan(struct punctual *p, int64_t took_ns);
// A message that the kernel had at arrived_ns (0: unknown) was read at now_ns.
void punctual_read(struct punctual *p, int64_t arrived_ns, int64_t now_ns);

// A batch has ended. booked_ns: from when its plan let it start, 0 = no plan foresaw it (it may wait for
// company); alone: no other shared the executor; input_debt_ns: the debt of the member whose input came last.
// Returns the batch's debt.
int64_t punctual_batch(struct punctual *p, const struct batch_record *batch, int64_t booked_ns, bool alone,
		       int64_t input_debt_ns);

// Sends the stages over the channel.
void punctual_send(const struct punctual *p, int channel);
