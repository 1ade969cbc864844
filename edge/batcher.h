// SPDX-License-Identifier: BSD-3-Clause
// Which batch runs next, and when. Pure: no clock, thread or tensor; the emulated edge and the simulated one share it.
//
// Batches run in the order of their planned slots, one at a time. A slot's batch starts at the planned instant when all
// its members' inputs are there; it waits up to `patience_ns` past it for a missing one, and then starts without. Who was
// left behind becomes a straggler: its remaining sub-tasks run when no slot is due within their expected duration, grouped
// with other stragglers at the same sub-task.
#pragma once

#include <stdbool.h>
#include "edge/record.h"

// A task at the edge, embedded in whatever the caller keeps of it.
struct batch_task {
	int network;
	int n_subtasks;
	int next;          // the sub-task whose input it has or awaits
	bool present;      // that input is here
	bool straggler;    // left behind: no slot waits for it any more
	bool running;      // in the batch under way
	int64_t present_ns;
	struct batch_task *next_straggler; // the batcher's own
};

struct batch {
	uint32_t id;
	int network, subtask, group;
	enum batch_reason reason;
	int planned_members, n_members;
	int64_t planned_start_ns, planned_duration_ns;
	struct batch_task **member; // [n_members], valid until batcher_done
};

struct batcher;

// Expected run time of a batch, in ns: what a gap between slots is measured against.
typedef int64_t (*batch_duration_fn)(int network, int subtask, int batch, void *user);

struct batcher *batcher_new(int64_t patience_ns, batch_duration_fn duration, void *user); // NULL with errno
void batcher_free(struct batcher *b);

// Adds a planned batch of `n` members for sub-task `subtask`; slots may be added in any order. *id gets its number, from 1.
int batcher_add_slot(struct batcher *b, int network, int subtask, int group, int64_t start_ns, int64_t duration_ns,
		     struct batch_task *const *members, int n, uint32_t *id);

// The task's input for task->next has arrived (from the UE).
void batcher_input(struct batcher *b, struct batch_task *task, int64_t now_ns);

// The task's UE is gone: it is taken out of every slot. Not while it is running (check task->running, and call then).
void batcher_forget(struct batcher *b, struct batch_task *task);

// The batch to start now, or NULL; then *wake_ns says when to ask again if nothing else happens (TIME_NEVER: not at all).
const struct batch *batcher_next(struct batcher *b, int64_t now_ns, int64_t *wake_ns);

// The batch under way has ended: every member's next sub-task has its input (or the task is through: next == n_subtasks).
void batcher_done(struct batcher *b, int64_t now_ns);

// When the last planned slot ends; 0 when there is none: what a policy sees as the GPU's free time.
int64_t batcher_planned_end_ns(const struct batcher *b);
bool batcher_idle(const struct batcher *b); // nothing runs, no slot and no present straggler is left
