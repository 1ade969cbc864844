// SPDX-License-Identifier: BSD-3-Clause
// By size and by timer: which queue becomes a batch.
#include <stdint.h>

#include "edge/desk/batcher_private.h"

int64_t choice_complete_since_ns(const struct batch_queue *q, int n)
{
	int64_t since = 0;
	const struct batch_task *t = q->first;
	for (int i = 0; i < n; i++, t = t->next_waiting)
		since = t->present_ns > since ? t->present_ns : since;
	return since;
}

static struct choice full_queue(const struct batcher *b, struct batch_queue *q)
{
	int n = b->batching.size;
	return (struct choice){.queue = q,
			       .n = n,
			       .reason = BATCH_FULL,
			       .since_ns = choice_complete_since_ns(q, n),
			       .due_ns = INT64_MAX};
}

// The first sub-task of a network that a known task may still come to: those who wait there have come.
static int next_to_come(const struct batcher *b, int network)
{
	int first = INT32_MAX;
	for (const struct batch_task *t = b->known; t; t = t->next_known) {
		int n = t->next + t->present; // it waits or runs at next: its next stop is the one after
		if (t->network == network && n < first)
			first = n;
	}
	return first;
}

static struct choice choose_by_size(const struct batcher *b, int64_t now_ns)
{
	struct choice best = {0};
	int network = -1, to_come = 0;
	for (struct batch_queue *q = queues_step(b, NULL); q; q = queues_step(b, q)) {
		if (q->network != network)
			to_come = next_to_come(b, network = q->network);
		bool full = q->n >= b->batching.size;
		if ((!full && to_come <= q->subtask) ||
		    (best.queue && best.queue->first->arrived_ns <= q->first->arrived_ns))
			continue;
		best = full ? full_queue(b, q) : (struct choice){q, q->n, BATCH_DRAINED, now_ns, INT64_MAX};
	}
	return best;
}

static struct choice choose_by_timer(const struct batcher *b, int64_t now_ns, int64_t *wake_ns)
{
	struct choice best = {0};
	for (struct batch_queue *q = queues_step(b, NULL); q; q = queues_step(b, q)) {
		int64_t expires_ns = q->first->arrived_ns + b->batching.timer_ns;
		bool full = q->n >= b->batching.size;
		if (!full && expires_ns > now_ns) {
			*wake_ns = expires_ns < *wake_ns ? expires_ns : *wake_ns;
			continue;
		}
		if (best.queue && best.queue->first->arrived_ns <= q->first->arrived_ns)
			continue;
		best = full ? full_queue(b, q) : (struct choice){q, q->n, BATCH_TIMER, expires_ns, INT64_MAX};
	}
	return best;
}

struct choice choice_make(const struct batcher *b, int64_t now_ns, int64_t *wake_ns)
{
	switch (b->batching.mode) {
	case BATCH_AS_PLANNED:
		break;
	case BATCH_BY_SIZE:
		return choose_by_size(b, now_ns);
	case BATCH_BY_TIMER:
		return choose_by_timer(b, now_ns, wake_ns);
	case BATCH_BY_DEADLINE:
		return choice_by_deadline(b, now_ns, wake_ns);
	}
	return (struct choice){0};
}
