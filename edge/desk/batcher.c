// SPDX-License-Identifier: BSD-3-Clause
#include "edge/desk/batcher_private.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"

const char *const batch_mode_names[] = {"planned", "size", "timer", "deadline", "cores", NULL};

static bool as_planned(const struct batcher *b)
{
	return b->batching.mode == BATCH_AS_PLANNED;
}

static bool on_cores(const struct batcher *b)
{
	return b->batching.mode == BATCH_ON_CORES;
}

static bool is_unbound(const struct batching *batching)
{
	return batching->mode == BATCH_AS_PLANNED && batching->size == 0;
}

static bool is_possible(const struct batching *batching)
{
	if (batching->mode == BATCH_ON_CORES)
		return batching->cores >= 1 && batching->cores <= BATCH_MOST_CORES;
	return is_unbound(batching) || (batching->size >= 1 && batching->size <= BATCH_MAX_MEMBERS);
}

struct batcher *batcher_new(const struct batching *batching, batch_duration_fn duration, void *user)
{
	if (!is_possible(batching)) {
		errno = EINVAL;
		return NULL;
	}
	struct batcher *b = calloc(1, sizeof(*b));
	struct booked_batch *single = malloc(sizeof(*single) + BATCH_MAX_MEMBERS * sizeof(single->member[0]));
	if (!b || !single) {
		free(single);
		free(b);
		return NULL;
	}
	b->single = single;
	b->batching = *batching;
	if (is_unbound(batching))
		b->batching.size = BATCH_MAX_MEMBERS;
	b->duration = duration;
	b->user = user;
	if (on_cores(b) && cores_open(b) < 0) {
		batcher_free(b);
		errno = ENOMEM;
		return NULL;
	}
	return b;
}

static void free_batches(struct batcher *b, struct booked_batch **list)
{
	while (*list) {
		struct booked_batch *s = *list;
		*list = s->next;
		if (on_cores(b))
			cores_ended(b, s);
		else if (s != b->single)
			free(s);
	}
}

void batcher_free(struct batcher *b)
{
	if (!b)
		return;
	free_batches(b, &b->running);
	free_batches(b, &b->ended);
	bookings_free(b);
	queues_free(b);
	cores_free(b);
	free(b->single);
	free(b);
}

int batcher_expect(struct batcher *b, struct batch_task *task)
{
	return as_planned(b) || on_cores(b) ? 0 : queues_expect(b, task);
}

void batcher_input(struct batcher *b, struct batch_task *task, int64_t now_ns)
{
	task->present = true;
	task->present_ns = task->arrived_ns = now_ns;
	if (on_cores(b))
		cores_input(b, task);
	else if (!as_planned(b))
		queues_input(b, task);
}

void batcher_forget(struct batcher *b, struct batch_task *task)
{
	if (as_planned(b))
		bookings_forget(b, task);
	else if (on_cores(b))
		cores_forget(b, task);
	else
		queues_forget(b, task);
}

uint32_t batcher_number(struct batcher *b)
{
	uint32_t step = b->batching.id_step > 0 ? b->batching.id_step : 1;
	b->last_id = b->last_id > 0 ? b->last_id + step : b->batching.id_first + 1;
	return b->last_id;
}

const struct batch *batcher_run(struct batcher *b, struct booked_batch *s)
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
	if (on_cores(b))
		return cores_next(b, now_ns);
	return as_planned(b) ? bookings_next(b, now_ns, wake_ns) : queues_next(b, now_ns, wake_ns);
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

void batcher_leave(struct batcher *b, struct batch_task *task, int exit)
{
	task->n_subtasks = task->next + 1;
	task->exit = exit;
	if (as_planned(b))
		bookings_leave(b, task);
}

static void end_member(struct batcher *b, struct batch_task *t, int64_t now_ns)
{
	t->running = false;
	t->next++;
	t->present_ns = now_ns;
	t->present = t->next < t->n_subtasks;
	if (as_planned(b))
		bookings_member_done(b, t);
	else if (on_cores(b) && t->present)
		cores_input(b, t);
	else if (on_cores(b))
		t->has_core = false;
	else if (t->present)
		queues_input(b, t);
	else
		queues_forget(b, t);
}

void batcher_done(struct batcher *b, const struct batch *batch, int64_t now_ns)
{
	for (int i = 0; i < batch->n_members; i++)
		end_member(b, batch->member[i], now_ns);
	struct booked_batch *s = (struct booked_batch *)batch, **at = &b->running;
	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	s->next = b->ended;
	b->ended = s;
	b->free_since_ns = now_ns;
}

static int64_t last_end_ns(const struct booked_batch *list)
{
	int64_t last = 0;
	for (const struct booked_batch *s = list; s; s = s->next)
		last = s->end_ns > last ? s->end_ns : last;
	return last;
}

int64_t batcher_planned_end_ns(const struct batcher *b)
{
	int64_t running = last_end_ns(b->running), planned = last_end_ns(b->bookings);
	return running > planned ? running : planned;
}

static int length(const struct booked_batch *list)
{
	int n = 0;
	for (; list; list = list->next)
		n++;
	return n;
}

int batcher_planned(const struct batcher *b)
{
	return length(b->running) + length(b->bookings);
}

int batcher_busy(const struct batcher *b, int64_t now_ns, struct batcher_busy busy[], int room)
{
	int n = 0;
	struct batcher_busy last = {now_ns, last_end_ns(b->running)};
	for (const struct booked_batch *s = b->bookings; s; s = s->next) { // by ascending start
		if (s->batch.booking.start_ns > last.end_ns && last.end_ns > last.start_ns) {
			if (n < room)
				busy[n] = last;
			n++;
		}
		if (s->batch.booking.start_ns > last.end_ns)
			last.start_ns =
			    s->batch.booking.start_ns > now_ns ? s->batch.booking.start_ns : now_ns;
		last.end_ns = s->end_ns > last.end_ns ? s->end_ns : last.end_ns;
	}
	if (last.end_ns > last.start_ns && n < room)
		busy[n] = last;
	return n + (last.end_ns > last.start_ns);
}

bool batcher_idle(const struct batcher *b)
{
	bool idle = as_planned(b) ? bookings_idle(b) : on_cores(b) ? cores_idle(b) : queues_idle(b);
	return !b->running && idle;
}
