// SPDX-License-Identifier: BSD-3-Clause
// As planned: planned batches, and the stragglers they left behind.
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "edge/desk/batcher_private.h"

void bookings_free(struct batcher *b)
{
	while (b->bookings) {
		struct booked_batch *s = b->bookings;
		b->bookings = s->next;
		free(s);
	}
}

int batcher_book(struct batcher *b, const struct booking *booking, struct batch_task *const *members, int n,
		 uint32_t *id)
{
	if (n < 1 || n > BATCH_MAX_MEMBERS || booking->gpu_shares < 1)
		return -EINVAL;
	struct booked_batch *s = malloc(sizeof(*s) + (size_t)n * sizeof(s->member[0]));
	if (!s)
		return -ENOMEM;
	s->batch = (struct batch){.id = batcher_number(b),
				  .booking = *booking,
				  .planned_members = n,
				  .n_members = n,
				  .member = s->member};
	s->end_ns = booking->start_ns + booking->duration_ns;
	memcpy(s->member, members, (size_t)n * sizeof(s->member[0]));
	struct booked_batch **at = &b->bookings;
	while (*at && (*at)->batch.booking.start_ns <= booking->start_ns)
		at = &(*at)->next;
	s->next = *at;
	*at = s;
	*id = s->batch.id;
	return 0;
}

static void forget_straggler(struct batcher *b, const struct batch_task *task)
{
	for (struct batch_task **at = &b->stragglers; *at; at = &(*at)->next_waiting)
		if (*at == task) {
			*at = task->next_waiting;
			return;
		}
}

static bool has_member(const struct booked_batch *s, const struct batch_task *task)
{
	for (int i = 0; i < s->batch.n_members; i++)
		if (s->member[i] == task)
			return true;
	return false;
}

static void remove_member(struct booked_batch *s, const struct batch_task *task)
{
	for (int i = 0; i < s->batch.n_members; i++)
		if (s->member[i] == task) {
			s->member[i] = s->member[--s->batch.n_members];
			return;
		}
}

static void remove_from_bookings(struct batcher *b, const struct batch_task *task)
{
	for (struct booked_batch **at = &b->bookings; *at;) {
		struct booked_batch *s = *at;
		remove_member(s, task);
		if (s->batch.n_members > 0) {
			at = &s->next;
			continue;
		}
		*at = s->next;
		free(s);
	}
}

void bookings_forget(struct batcher *b, const struct batch_task *task)
{
	remove_from_bookings(b, task);
	forget_straggler(b, task);
}

static int64_t duration_ns(const struct batcher *b, const struct booked_batch *s)
{
	const struct booking *booking = &s->batch.booking;
	return batch_slowed_ns(&s->batch,
			       b->duration(booking->network, booking->subtask, s->batch.n_members, b->user));
}

void bookings_leave(struct batcher *b, const struct batch_task *task)
{
	for (struct booked_batch *s = b->bookings; s; s = s->next)
		s->batch.n_gone += has_member(s, task);
	remove_from_bookings(b, task);
	for (struct booked_batch *s = b->bookings; s; s = s->next)
		if (s->batch.n_gone > 0 && s->batch.booking.expected == 0) {
			s->batch.booking.duration_ns = duration_ns(b, s);
			s->end_ns = s->batch.booking.start_ns + s->batch.booking.duration_ns;
		}
}

static void leave_behind(struct batcher *b, struct batch_task *task)
{
	struct batch_task **end = b->batching.drops_stragglers ? &b->dropped : &b->stragglers;
	while (*end)
		end = &(*end)->next_waiting;
	task->next_waiting = NULL;
	task->straggler = true;
	*end = task;
	remove_from_bookings(b, task);
}

static bool is_ready(const struct booked_batch *s, const struct batch_task *t)
{
	return t->present && !t->running && t->next == s->batch.booking.subtask;
}

// Whether a sub-task of the task runs or is still to run in a booking before s.
static bool comes_later(const struct batcher *b, const struct booked_batch *s, const struct batch_task *task)
{
	bool later = task->running;
	for (const struct booked_batch *before = b->bookings; !later && before != s; before = before->next)
		later = has_member(before, task);
	return later;
}

enum readiness { READY, AWAITS_INPUT, AWAITS_BATCH };

static enum readiness readiness_of(const struct batcher *b, const struct booked_batch *s)
{
	enum readiness readiness = READY;
	for (int i = 0; i < s->batch.n_members; i++) {
		if (is_ready(s, s->member[i]))
			continue;
		if (comes_later(b, s, s->member[i]))
			return AWAITS_BATCH;
		readiness = AWAITS_INPUT;
	}
	return readiness;
}

static enum batch_reason reason_of(const struct batcher *b, const struct batch *batch, int64_t now)
{
	int64_t last_input = 0, start = batch->booking.start_ns;
	if (now < start)
		return BATCH_READY;
	for (int i = 0; i < batch->n_members; i++)
		if (batch->member[i]->present_ns > last_input)
			last_input = batch->member[i]->present_ns;
	if (batch->n_members + batch->n_gone < batch->planned_members)
		return BATCH_LEFT;
	if (b->free_since_ns > start && b->free_since_ns >= last_input)
		return BATCH_BUSY;
	return last_input > start ? BATCH_WAITED : BATCH_PLANNED;
}

static const struct batch *run_booked(struct batcher *b, struct booked_batch *s, int64_t now)
{
	struct booked_batch **at = &b->bookings;
	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	s->batch.reason = reason_of(b, &s->batch, now);
	if (s->batch.booking.expected > 0)
		s->batch.booking.duration_ns = duration_ns(b, s);
	if (now != s->batch.booking.start_ns || s->batch.booking.expected > 0)
		s->end_ns = now + s->batch.booking.duration_ns;
	return batcher_run(b, s);
}

// Everybody whose input for the booking is missing leaves all bookings (those where nobody is left vanish).
static void leave_missing(struct batcher *b, const struct booked_batch *s)
{
	struct batch_task *missing[BATCH_MAX_MEMBERS];
	int n = 0;
	for (int i = 0; i < s->batch.n_members; i++)
		if (!is_ready(s, s->member[i]))
			missing[n++] = s->member[i];
	for (int i = 0; i < n; i++)
		leave_behind(b, missing[i]);
}

static struct batch_task *present_straggler(const struct batcher *b)
{
	struct batch_task *t = b->stragglers;
	while (t && !t->present)
		t = t->next_waiting;
	return t;
}

// The oldest straggler's next sub-task, with every other straggler at the same one; NULL when the gap before
// the next booking is too short for it.
static const struct batch *run_stragglers(struct batcher *b, int64_t now)
{
	const struct batch_task *first = present_straggler(b);
	if (!first)
		return NULL;
	struct booked_batch *s = b->single;
	int n = 0;
	for (struct batch_task *t = b->stragglers; t && n < b->batching.size; t = t->next_waiting)
		if (t->present && t->network == first->network && t->next == first->next)
			s->member[n++] = t;
	int64_t duration = b->duration(first->network, first->next, n, b->user);
	if (b->bookings && b->bookings->batch.booking.start_ns - now < duration)
		return NULL;
	s->batch = (struct batch){.id = batcher_number(b),
				  .booking = {.network = first->network,
					      .subtask = first->next,
					      .group = -1,
					      .gpu_shares = 1,
					      .edge_freq = 1,
					      .start_ns = now,
					      .duration_ns = duration},
				  .reason = BATCH_STRAGGLER,
				  .n_members = n,
				  .member = s->member};
	s->end_ns = now + duration;
	return batcher_run(b, s);
}

// Who has the GPU: the batches that run, and the bookings that hold a share while they wait for an input.
struct occupation {
	int shares; // taken
	int most;   // that those who have one allow
};

static void occupy(struct occupation *o, const struct booked_batch *s)
{
	o->shares++;
	if (s->batch.booking.gpu_shares < o->most)
		o->most = s->batch.booking.gpu_shares;
}

static bool has_share_for(const struct occupation *o, const struct booked_batch *s)
{
	return o->shares < o->most && o->shares < s->batch.booking.gpu_shares;
}

static struct occupation occupation_of(const struct batcher *b)
{
	struct occupation o = {.most = INT_MAX};
	for (const struct booked_batch *s = b->running; s; s = s->next)
		occupy(&o, s);
	return o;
}

static int64_t patience_ns(const struct batcher *b)
{
	return b->batching.drops_stragglers ? 0 : b->batching.patience_ns;
}

// It has its booking before all others: that it runs before its time delays nobody.
static bool starts_ahead(const struct batcher *b, const struct booked_batch *s)
{
	return b->batching.starts_when_ready && s && s == b->bookings && readiness_of(b, s) == READY;
}

const struct batch *bookings_next(struct batcher *b, int64_t now_ns, int64_t *wake_ns)
{
	struct occupation gpu = occupation_of(b);
	struct booked_batch *s = b->bookings;
	while (s && now_ns >= s->batch.booking.start_ns) {
		if (!has_share_for(&gpu, s))
			return NULL;
		enum readiness readiness = readiness_of(b, s);
		if (readiness == READY)
			return run_booked(b, s, now_ns);
		int64_t patient_until = s->batch.booking.start_ns + patience_ns(b);
		if (readiness == AWAITS_INPUT && now_ns >= patient_until) {
			leave_missing(b, s);
			gpu = occupation_of(b);
			s = b->bookings; // others may have vanished
			continue;
		}
		if (readiness == AWAITS_INPUT) {
			occupy(&gpu, s);
			*wake_ns = patient_until < *wake_ns ? patient_until : *wake_ns;
		}
		s = s->next;
	}
	if (gpu.shares == 0 && starts_ahead(b, s))
		return run_booked(b, s, now_ns);
	const struct batch *stragglers = gpu.shares == 0 ? run_stragglers(b, now_ns) : NULL;
	if (!stragglers && s && has_share_for(&gpu, s) && s->batch.booking.start_ns < *wake_ns)
		*wake_ns = s->batch.booking.start_ns;
	return stragglers;
}

void bookings_member_done(struct batcher *b, struct batch_task *task)
{
	if (task->straggler && task->next == task->n_subtasks)
		forget_straggler(b, task);
}

bool bookings_idle(const struct batcher *b)
{
	return !b->bookings && !present_straggler(b);
}
