// SPDX-License-Identifier: BSD-3-Clause
#include "edge/batcher.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

struct slot {
	struct slot *next;
	uint32_t id;
	int network, subtask, group, planned, n;
	int64_t start_ns, duration_ns;
	struct batch_task *member[];
};

struct batcher {
	int64_t patience_ns;
	batch_duration_fn duration;
	void *user;
	uint32_t last_id;
	struct slot *slots; // ascending start
	bool busy;
	int64_t free_since_ns; // when the last batch ended
	int64_t planned_end_ns;
	struct batch running;
	struct batch_task *stragglers; // all left-behind tasks that are not through, oldest first
	struct batch_task *member[BATCH_MAX_MEMBERS];
};

struct batcher *batcher_new(int64_t patience_ns, batch_duration_fn duration, void *user)
{
	struct batcher *b = calloc(1, sizeof(*b));
	if (!b)
		return NULL;
	b->patience_ns = patience_ns;
	b->duration = duration;
	b->user = user;
	return b;
}

static void drop_first_slot(struct batcher *b)
{
	struct slot *s = b->slots;
	b->slots = s->next;
	free(s);
}

void batcher_free(struct batcher *b)
{
	if (!b)
		return;
	while (b->slots)
		drop_first_slot(b);
	free(b);
}

int batcher_add_slot(struct batcher *b, int network, int subtask, int group, int64_t start_ns, int64_t duration_ns,
		     struct batch_task *const *members, int n, uint32_t *id)
{
	if (n < 1 || n > BATCH_MAX_MEMBERS)
		return -EINVAL;
	struct slot *s = malloc(sizeof(*s) + (size_t)n * sizeof(s->member[0]));
	if (!s)
		return -ENOMEM;
	*s = (struct slot){.id = ++b->last_id,
			   .network = network,
			   .subtask = subtask,
			   .group = group,
			   .planned = n,
			   .n = n,
			   .start_ns = start_ns,
			   .duration_ns = duration_ns};
	memcpy(s->member, members, (size_t)n * sizeof(s->member[0]));
	struct slot **at = &b->slots;
	while (*at && (*at)->start_ns <= start_ns)
		at = &(*at)->next;
	s->next = *at;
	*at = s;
	if (start_ns + duration_ns > b->planned_end_ns)
		b->planned_end_ns = start_ns + duration_ns;
	*id = s->id;
	return 0;
}

void batcher_input(struct batcher *b, struct batch_task *task, int64_t now_ns)
{
	(void)b;
	task->present = true;
	task->present_ns = now_ns;
}

static void forget_straggler(struct batcher *b, const struct batch_task *task)
{
	for (struct batch_task **at = &b->stragglers; *at; at = &(*at)->next_straggler)
		if (*at == task) {
			*at = task->next_straggler;
			return;
		}
}

static void remove_member(struct slot *s, const struct batch_task *task)
{
	for (int i = 0; i < s->n; i++)
		if (s->member[i] == task) {
			s->member[i] = s->member[--s->n];
			return;
		}
}

static void remove_from_slots(struct batcher *b, const struct batch_task *task)
{
	for (struct slot **at = &b->slots; *at;) {
		struct slot *s = *at;
		remove_member(s, task);
		if (s->n > 0) {
			at = &s->next;
			continue;
		}
		*at = s->next;
		free(s);
	}
}

void batcher_forget(struct batcher *b, struct batch_task *task)
{
	remove_from_slots(b, task);
	forget_straggler(b, task);
}

static void leave_behind(struct batcher *b, struct batch_task *task)
{
	struct batch_task **end = &b->stragglers;
	while (*end)
		end = &(*end)->next_straggler;
	task->next_straggler = NULL;
	task->straggler = true;
	*end = task;
	remove_from_slots(b, task);
}

static bool is_ready(const struct slot *s, const struct batch_task *t)
{
	return t->present && t->next == s->subtask;
}

static int count_ready(const struct slot *s)
{
	int ready = 0;
	for (int i = 0; i < s->n; i++)
		ready += is_ready(s, s->member[i]);
	return ready;
}

static const struct batch *run(struct batcher *b, const struct batch *batch)
{
	b->running = *batch;
	b->running.member = b->member;
	for (int i = 0; i < batch->n_members; i++)
		b->member[i]->running = true;
	b->busy = true;
	return &b->running;
}

static const struct batch *run_slot(struct batcher *b)
{
	struct slot *s = b->slots;
	int n = 0;
	int64_t last_input = 0;
	for (int i = 0; i < s->n; i++) {
		if (!is_ready(s, s->member[i]))
			continue;
		b->member[n++] = s->member[i];
		if (s->member[i]->present_ns > last_input)
			last_input = s->member[i]->present_ns;
	}
	enum batch_reason reason = s->n < s->planned                    ? BATCH_LEFT
				   : b->free_since_ns > s->start_ns && b->free_since_ns >= last_input ? BATCH_BUSY
				   : last_input > s->start_ns           ? BATCH_WAITED
									: BATCH_SLOT;
	struct batch batch = {.id = s->id,
			      .network = s->network,
			      .subtask = s->subtask,
			      .group = s->group,
			      .reason = reason,
			      .planned_members = s->planned,
			      .n_members = n,
			      .planned_start_ns = s->start_ns,
			      .planned_duration_ns = s->duration_ns};
	drop_first_slot(b);
	return run(b, &batch);
}

// Everybody whose input for the first slot is missing leaves all slots (the first one vanishes when nobody is left in it).
static void leave_missing(struct batcher *b)
{
	struct batch_task *missing[BATCH_MAX_MEMBERS];
	int n = 0;
	for (int i = 0; i < b->slots->n; i++)
		if (!is_ready(b->slots, b->slots->member[i]))
			missing[n++] = b->slots->member[i];
	for (int i = 0; i < n; i++)
		leave_behind(b, missing[i]);
}

static struct batch_task *present_straggler(const struct batcher *b)
{
	struct batch_task *t = b->stragglers;
	while (t && !t->present)
		t = t->next_straggler;
	return t;
}

// The oldest straggler's next sub-task, with every other straggler at the same one; NULL when the gap before the next
// slot is too short for it.
static const struct batch *run_stragglers(struct batcher *b, int64_t now)
{
	const struct batch_task *first = present_straggler(b);
	if (!first)
		return NULL;
	int n = 0;
	for (struct batch_task *t = b->stragglers; t && n < BATCH_MAX_MEMBERS; t = t->next_straggler)
		if (t->present && t->network == first->network && t->next == first->next)
			b->member[n++] = t;
	int64_t duration = b->duration(first->network, first->next, n, b->user);
	if (b->slots && b->slots->start_ns - now < duration)
		return NULL;
	struct batch batch = {.id = ++b->last_id,
			      .network = first->network,
			      .subtask = first->next,
			      .group = -1,
			      .reason = BATCH_STRAGGLER,
			      .n_members = n,
			      .planned_start_ns = now,
			      .planned_duration_ns = duration};
	return run(b, &batch);
}

const struct batch *batcher_next(struct batcher *b, int64_t now_ns, int64_t *wake_ns)
{
	*wake_ns = TIME_NEVER;
	if (b->busy)
		return NULL;
	while (b->slots && now_ns >= b->slots->start_ns) {
		struct slot *s = b->slots;
		int ready = count_ready(s);
		if (ready == s->n)
			return run_slot(b);
		if (now_ns < s->start_ns + b->patience_ns) {
			*wake_ns = s->start_ns + b->patience_ns;
			return NULL;
		}
		leave_missing(b);
		if (ready > 0)
			return run_slot(b);
	}
	const struct batch *stragglers = run_stragglers(b, now_ns);
	if (!stragglers && b->slots)
		*wake_ns = b->slots->start_ns;
	return stragglers;
}

void batcher_done(struct batcher *b, int64_t now_ns)
{
	for (int i = 0; i < b->running.n_members; i++) {
		struct batch_task *t = b->running.member[i];
		t->running = false;
		t->next++;
		t->present_ns = now_ns;
		t->present = t->next < t->n_subtasks;
		if (t->straggler && t->next == t->n_subtasks)
			forget_straggler(b, t);
	}
	b->busy = false;
	b->free_since_ns = now_ns;
}

int64_t batcher_planned_end_ns(const struct batcher *b)
{
	return b->planned_end_ns;
}

bool batcher_idle(const struct batcher *b)
{
	return !b->busy && !b->slots && !present_straggler(b);
}
