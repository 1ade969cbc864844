// SPDX-License-Identifier: BSD-3-Clause
// Tasks that wait for a resource of their UE, in the order of their plans: by planned start, which is how a
// plan prescribes an order, then by the planned end of the upload (of tasks that do not need the device),
// then by arrival (a task's number). The order is the same on the device and on the uplink, as in a
// permutation schedule of a two-machine flow shop. A task stands in one line at a time; a line owns nothing.
#pragma once

#include "ue/life/task.h"

// All zero = empty.
struct task_line {
	struct task *first;
};

// Puts a task into its place. keep: this task (NULL = none) stays in front, whatever the order.
void line_enter(struct task_line *line, struct task *task, const struct task *keep);

// Takes the task out if it is there: whether it was.
bool line_leave(struct task_line *line, struct task *task);

// Takes the first out; NULL when nobody waits.
struct task *line_take(struct task_line *line);
