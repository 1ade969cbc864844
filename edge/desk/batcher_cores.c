// SPDX-License-Identifier: BSD-3-Clause
// On cores: who waits, in the order of its input's arrival, and a place for a batch on each core.
#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "edge/desk/batcher_private.h"

int cores_open(struct batcher *b)
{
	for (int i = 0; i < b->batching.cores; i++) {
		struct booked_batch *s = malloc(sizeof(*s) + sizeof(s->member[0]));
		if (!s)
			return -ENOMEM;
		s->next = b->idle_cores;
		b->idle_cores = s;
	}
	return 0;
}

void cores_free(struct batcher *b)
{
	while (b->idle_cores) {
		struct booked_batch *s = b->idle_cores;
		b->idle_cores = s->next;
		free(s);
	}
}

// A task that has a core keeps it to its end.
static bool goes_before(const struct batch_task *a, const struct batch_task *b)
{
	if (a->has_core != b->has_core)
		return a->has_core;
	if (a->arrived_ns != b->arrived_ns)
		return a->arrived_ns < b->arrived_ns;
	return a->ue != b->ue ? a->ue < b->ue : a->id < b->id;
}

void cores_input(struct batcher *b, struct batch_task *task)
{
	struct batch_task **at = &b->line;
	while (*at && !goes_before(task, *at))
		at = &(*at)->next_waiting;
	task->next_waiting = *at;
	*at = task;
}

void cores_forget(struct batcher *b, const struct batch_task *task)
{
	for (struct batch_task **at = &b->line; *at; at = &(*at)->next_waiting)
		if (*at == task) {
			*at = task->next_waiting;
			return;
		}
}

bool cores_idle(const struct batcher *b)
{
	return !b->line;
}

const struct batch *cores_next(struct batcher *b, int64_t now_ns)
{
	struct batch_task *task = b->line;
	struct booked_batch *s = b->idle_cores;
	if (!task || !s)
		return NULL;
	b->line = task->next_waiting;
	b->idle_cores = s->next;
	task->has_core = true;
	s->member[0] = task;
	int64_t duration_ns = b->duration(task->network, task->next, 1, b->user);
	s->batch = (struct batch){.id = batcher_number(b),
				  .booking = {.network = task->network,
					      .subtask = task->next,
					      .group = -1,
					      .gpu_shares = 1,
					      .edge_freq = 1,
					      .start_ns = task->present_ns,
					      .duration_ns = duration_ns},
				  .reason = BATCH_TURN,
				  .planned_members = 1,
				  .n_members = 1,
				  .member = s->member};
	s->end_ns = now_ns + duration_ns;
	return batcher_run(b, s);
}

void cores_ended(struct batcher *b, struct booked_batch *s)
{
	s->next = b->idle_cores;
	b->idle_cores = s;
}
