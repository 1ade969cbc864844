// SPDX-License-Identifier: BSD-3-Clause
// What the parts of a life share: life.c (its beginning, time and end), messages.c (what it is told),
// device.c (local parts) and actions.c (what it asks of its host).
#pragma once

#include "ue/life/life.h"

// Now is this moment; the radio's time until now is shared.
void life_be_at(struct life *l, struct ue_moment moment);

// There is room: looks for the next task.
void life_draw_arrival(struct life *l);

// A planned task waits for the device, or for its start alone when it needs no device.
void life_take_plan(struct life *l, struct task *t);

// Local parts that are through by now.
void life_compute(struct life *l);

// It leaves whatever line it is in; a local part under way goes on.
void life_leave_lines(struct life *l, struct task *t);

// The task's stages are complete: its accounts are closed, and its record waits for the host.
void life_end(struct life *l, struct task *t);

// It ends without a result. Of a task that is in no line, or when all lines are empty.
void life_abandon(struct life *l, struct task *t, enum task_outcome outcome);
