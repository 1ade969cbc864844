// SPDX-License-Identifier: BSD-3-Clause
// By deadline: batches laid one behind the other, earliest deadline first, and started as late as they can
// be.
#include <stdint.h>

#include "edge/desk/batcher_private.h"

#define WAKE_SHARE 10 // a tenth of the reserve is for a clock that wakes us late

bool choice_is_late(const struct batcher *b, const struct batch_queue *q, const struct batch_task *t,
		    int64_t now_ns)
{
	return now_ns + queue_alone_ns(q, t) > t->due_ns + b->batching.patience_ns;
}

// The late ones of a queue come first: it is in the order of latest starts.
static struct batch_task *skip_late(const struct batcher *b, const struct batch_queue *q, int64_t now_ns,
				    int *n_late)
{
	struct batch_task *t = q->first;
	for (*n_late = 0; t && choice_is_late(b, q, t, now_ns); ++*n_late)
		t = t->next_waiting;
	return t;
}

// A batch of n tasks from `first` on that starts at start_ns and shrinks where they leave: when the last has
// left, and the least time that one of them has to spare then.
struct laid {
	int64_t end_ns, slack_ns;
};

static struct laid lay_shrinking(const struct batch_queue *q, const struct batch_task *first, int n,
				 int64_t start_ns)
{
	struct laid laid = {start_ns, INT64_MAX};
	for (int k = q->subtask, left = n; left > 0; k++) {
		laid.end_ns += queue_step_ns(q, k, left);
		const struct batch_task *t = first;
		for (int i = 0; i < n; i++, t = t->next_waiting) {
			if (t->n_subtasks != k + 1)
				continue;
			left--;
			if (t->due_ns - laid.end_ns < laid.slack_ns)
				laid.slack_ns = t->due_ns - laid.end_ns;
		}
	}
	return laid;
}

static struct laid lay_group(const struct batch_queue *q, const struct batch_task *first, int n,
			     int64_t start_ns)
{
	int64_t due_ns = first->due_ns;
	const struct batch_task *t = first;
	for (int i = 0; i < n; i++, t = t->next_waiting) {
		if (t->n_subtasks != first->n_subtasks)
			return lay_shrinking(q, first, n, start_ns);
		due_ns = t->due_ns < due_ns ? t->due_ns : due_ns;
	}
	int64_t end_ns = start_ns + queue_run_ns(q, first->n_subtasks, n);
	return (struct laid){end_ns, due_ns - end_ns};
}

// How many from the cursor on a batch that starts at start_ns can take without breaking a member's deadline
// (one at least). The cursor moves past them.
static int take_group(const struct batcher *b, const struct batch_queue *q, struct batch_task **cursor,
		      int64_t start_ns)
{
	const struct batch_task *first = *cursor;
	bool on_reserve = lay_group(q, first, 1, start_ns).slack_ns < 0; // it lives on that already
	int64_t least_ns = on_reserve ? -b->batching.patience_ns : 0;
	int n = 0;
	while (*cursor && n < b->batching.size &&
	       (n == 0 || lay_group(q, first, n + 1, start_ns).slack_ns >= least_ns)) {
		*cursor = (*cursor)->next_waiting;
		n++;
	}
	return n;
}

// The late ones of one sub-task.
static struct choice choose_late(const struct batcher *b, int64_t now_ns)
{
	struct choice best = {0};
	for (struct batch_queue *q = queues_step(b, NULL); q; q = queues_step(b, q)) {
		int n;
		skip_late(b, q, now_ns, &n);
		n = n < b->batching.size ? n : b->batching.size;
		if (n > 0 && (!best.queue || q->first->due_ns < best.queue->first->due_ns))
			best = (struct choice){q, n, BATCH_LATE, now_ns, INT64_MAX};
	}
	return best;
}

// What the batch would take now, its later sub-tasks apart.
static int64_t run_ns(const struct choice *c)
{
	return queue_step_ns(c->queue, c->queue->subtask, c->n);
}

// The queue whose cursor's task is due first.
static struct batch_queue *tightest_queue(const struct batcher *b)
{
	struct batch_queue *best = NULL;
	for (struct batch_queue *q = queues_step(b, NULL); q; q = queues_step(b, q))
		if (q->cursor && (!best || q->cursor->due_ns < best->cursor->due_ns))
			best = q;
	return best;
}

// Lays out what waits from now on, in the order of due times. *slack_ns: how much later all of it could start
// without breaking a deadline; 0 or less: not at all, or some are broken anyway. The first batch, and the
// first full one that begins with its queue's first task (a choice takes the first of its queue).
static struct choice lay_out(const struct batcher *b, int64_t now_ns, int64_t *slack_ns, struct choice *full)
{
	struct choice first = {0};
	struct batch_queue *q;
	int64_t at_ns = now_ns;
	*slack_ns = INT64_MAX;
	int n_late;
	for (q = queues_step(b, NULL); q; q = queues_step(b, q))
		q->cursor = skip_late(b, q, now_ns, &n_late);
	while (*slack_ns > 0 && (q = tightest_queue(b))) {
		const struct batch_task *tightest = q->cursor;
		int n = take_group(b, q, &q->cursor, at_ns);
		struct laid laid = lay_group(q, tightest, n, at_ns);
		at_ns = laid.end_ns;
		if (laid.slack_ns < *slack_ns)
			*slack_ns = laid.slack_ns;
		struct choice c = {q, n, BATCH_DEADLINE, now_ns, tightest->due_ns};
		if (!first.queue)
			first = c;
		if (n == b->batching.size && !full->queue && tightest == skip_late(b, q, now_ns, &n_late))
			*full = c;
	}
	return first;
}

static bool is_crowded(const struct batcher *b)
{
	for (const struct batch_queue *q = queues_step(b, NULL); q; q = queues_step(b, q))
		if (q->n >= b->batching.size)
			return true;
	return false;
}

struct choice choice_by_deadline(const struct batcher *b, int64_t now_ns, int64_t *wake_ns)
{
	int64_t slack_ns, early_ns = b->batching.patience_ns / WAKE_SHARE;
	struct choice full = {0}, first = lay_out(b, now_ns, &slack_ns, &full), late = choose_late(b, now_ns);
	if (full.queue) {
		full.reason = BATCH_FULL;
		full.since_ns = choice_complete_since_ns(full.queue, full.n);
	}
	if (!first.queue)
		return late;
	if (first.n == b->batching.size)
		return full; // the first is the full one
	if (slack_ns <= early_ns)
		return first;
	// These delay everybody else by no more than they have.
	if (full.queue && slack_ns >= run_ns(&full))
		return full;
	if (late.queue && slack_ns >= run_ns(&late))
		return late;
	if (is_crowded(b)) { // a batch is full, but for what deadlines allow: work begins
		first.reason = BATCH_FULL;
		return first;
	}
	*wake_ns = now_ns + slack_ns - early_ns;
	return (struct choice){0};
}
