// SPDX-License-Identifier: BSD-3-Clause
#include "edge/desk/batcher_private.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"

const char *const batch_mode_names[] = {"slot", "size", "timer", "deadline", NULL};

static bool by_slot(const struct batcher *b)
{
	return b->batching.mode == BATCH_BY_SLOT;
}

struct batcher *batcher_new(const struct batching *batching, batch_duration_fn duration, void *user)
{
	if (batching->mode != BATCH_BY_SLOT && (batching->size < 1 || batching->size > BATCH_MAX_MEMBERS)) {
		errno = EINVAL;
		return NULL;
	}
	struct batcher *b = calloc(1, sizeof(*b));
	struct slot *single = malloc(sizeof(*single) + BATCH_MAX_MEMBERS * sizeof(single->member[0]));
	if (!b || !single) {
		free(single);
		free(b);
		return NULL;
	}
	b->single = single;
	b->batching = *batching;
	b->duration = duration;
	b->user = user;
	return b;
}

static void free_batches(const struct batcher *b, struct slot **list)
{
	while (*list) {
		struct slot *s = *list;
		*list = s->next;
		if (s != b->single)
			free(s);
	}
}

void batcher_free(struct batcher *b)
{
	if (!b)
		return;
	free_batches(b, &b->running);
	free_batches(b, &b->ended);
	slots_free(b);
	queues_free(b);
	free(b->single);
	free(b);
}

int batcher_expect(struct batcher *b, struct batch_task *task)
{
	return by_slot(b) ? 0 : queues_expect(b, task);
}

void batcher_input(struct batcher *b, struct batch_task *task, int64_t now_ns)
{
	task->present = true;
	task->present_ns = task->arrived_ns = now_ns;
	if (!by_slot(b))
		queues_input(b, task);
}

void batcher_forget(struct batcher *b, struct batch_task *task)
{
	if (by_slot(b))
		slots_forget(b, task);
	else
		queues_forget(b, task);
}

const struct batch *batcher_run(struct batcher *b, struct slot *s)
{
	for (int i = 0; i < s->batch.n_members; i++)
		s->member[i]->running = true;
	s->next = b->running;
	b->running = s;
	return &s->batch;
}

const struct batch *batcher_next(struct batcher *b, int64_t now_ns, int64_t *wake_ns)
{
	*wake_ns = TIME_NEVER;
	free_batches(b, &b->ended);
	return by_slot(b) ? slots_next(b, now_ns, wake_ns) : queues_next(b, now_ns, wake_ns);
}

struct batch_task *batcher_dropped(struct batcher *b)
{
	struct batch_task *task = b->dropped;
	if (task) {
		b->dropped = task->next_waiting;
		task->next_waiting = NULL;
	}
	return task;
}

static void end_member(struct batcher *b, struct batch_task *t, int64_t now_ns)
{
	t->running = false;
	t->next++;
	t->present_ns = now_ns;
	t->present = t->next < t->n_subtasks;
	if (by_slot(b))
		slots_member_done(b, t);
	else if (t->present)
		queues_input(b, t);
	else
		queues_forget(b, t);
}

void batcher_done(struct batcher *b, const struct batch *batch, int64_t now_ns)
{
	for (int i = 0; i < batch->n_members; i++)
		end_member(b, batch->member[i], now_ns);
	struct slot *s = (struct slot *)batch, **at = &b->running;
	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	s->next = b->ended;
	b->ended = s;
	b->free_since_ns = now_ns;
}

static int64_t last_end_ns(const struct slot *list)
{
	int64_t last = 0;
	for (const struct slot *s = list; s; s = s->next)
		last = s->end_ns > last ? s->end_ns : last;
	return last;
}

int64_t batcher_planned_end_ns(const struct batcher *b)
{
	int64_t running = last_end_ns(b->running), planned = last_end_ns(b->slots);
	return running > planned ? running : planned;
}

static int length(const struct slot *list)
{
	int n = 0;
	for (; list; list = list->next)
		n++;
	return n;
}

int batcher_planned(const struct batcher *b)
{
	return length(b->running) + length(b->slots);
}

int batcher_busy(const struct batcher *b, int64_t now_ns, struct batcher_busy busy[], int room)
{
	int n = 0;
	struct batcher_busy last = {now_ns, last_end_ns(b->running)};
	for (const struct slot *s = b->slots; s; s = s->next) { // by ascending start
		if (s->batch.slot.start_ns > last.end_ns && last.end_ns > last.start_ns) {
			if (n < room)
				busy[n] = last;
			n++;
		}
		if (s->batch.slot.start_ns > last.end_ns)
			last.start_ns = s->batch.slot.start_ns > now_ns ? s->batch.slot.start_ns : now_ns;
		last.end_ns = s->end_ns > last.end_ns ? s->end_ns : last.end_ns;
	}
	if (last.end_ns > last.start_ns && n < room)
		busy[n] = last;
	return n + (last.end_ns > last.start_ns);
}

bool batcher_idle(const struct batcher *b)
{
	return !b->running && (by_slot(b) ? slots_idle(b) : queues_idle(b));
}
