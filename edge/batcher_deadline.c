// SPDX-License-Identifier: BSD-3-Clause
// By deadline: batches laid one behind the other, earliest deadline first, and started as late as they can
// be.
#include <stdint.h>

#include "edge/batcher_private.h"

bool choice_is_late(const struct batch_queue *q, const struct batch_task *t, int64_t now_ns)
{
	return now_ns + q->rest_ns[0] > t->due_ns;
}

static struct batch_task *skip_late(const struct batch_queue *q, struct batch_task *t, int64_t now_ns)
{
	while (t && choice_is_late(q, t, now_ns))
		t = t->next_waiting;
	return t;
}

// How many from the cursor on, late ones apart, a batch that starts at start_ns can take without breaking its
// first member's deadline (one at least). The cursor moves past them.
static int take_group(const struct batcher *b, const struct batch_queue *q, struct batch_task **cursor,
		      int64_t now_ns, int64_t start_ns)
{
	int n = 0;
	int64_t due_ns = (*cursor)->due_ns;
	while (*cursor && n < b->batching.size && (n == 0 || start_ns + q->rest_ns[n] <= due_ns)) {
		*cursor = skip_late(q, (*cursor)->next_waiting, now_ns);
		n++;
	}
	return n;
}

// Every waiting task is late: nothing is gained by waiting on.
static struct choice choose_late(const struct batcher *b, int64_t now_ns)
{
	struct choice best = {0};
	for (struct batch_queue *q = queues_step(b, NULL); q; q = queues_step(b, q)) {
		int n = q->n < b->batching.size ? q->n : b->batching.size;
		if (!best.queue || q->first->due_ns < best.queue->first->due_ns)
			best = (struct choice){q, n, BATCH_LATE, now_ns, INT64_MAX};
	}
	return best;
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
// without breaking a deadline that it keeps. The first batch, and the first full one behind it.
static struct choice lay_out(const struct batcher *b, int64_t now_ns, int64_t *slack_ns, struct choice *full)
{
	struct choice first = {0};
	struct batch_queue *q;
	int64_t at_ns = now_ns;
	*slack_ns = INT64_MAX;
	for (q = queues_step(b, NULL); q; q = queues_step(b, q))
		q->cursor = skip_late(q, q->first, now_ns);
	while (*slack_ns > 0 && (q = tightest_queue(b))) {
		int64_t due_ns = q->cursor->due_ns;
		int n = take_group(b, q, &q->cursor, now_ns, at_ns);
		at_ns += q->rest_ns[n - 1];
		if (at_ns <= due_ns && due_ns - at_ns < *slack_ns)
			*slack_ns = due_ns - at_ns;
		struct choice c = {q, n, BATCH_DEADLINE, now_ns, due_ns};
		if (!first.queue)
			first = c;
		if (n == b->batching.size && !full->queue)
			*full = c;
	}
	return first;
}

struct choice choice_by_deadline(const struct batcher *b, int64_t now_ns, int64_t *wake_ns)
{
	int64_t slack_ns;
	struct choice full = {0}, first = lay_out(b, now_ns, &slack_ns, &full);
	if (!first.queue)
		return choose_late(b, now_ns);
	if (full.queue) {
		full.reason = BATCH_FULL;
		full.since_ns = choice_complete_since_ns(full.queue, full.n);
	}
	if (first.n == b->batching.size)
		return full; // the first is the full one
	if (slack_ns <= 0)
		return first;
	int last = b->batching.size - 1;
	if (full.queue && slack_ns >= full.queue->rest_ns[last] - full.queue->rest_after_ns[last])
		return full; // it delays everybody else by no more than they have
	*wake_ns = now_ns + slack_ns;
	return (struct choice){0};
}
