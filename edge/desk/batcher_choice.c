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

// Whether a known task may still come to the queue: it is on its way there, and does not leave before.
static bool somebody_comes(const struct batcher *b, const struct batch_queue *q)
{
	for (const struct batch_task *t = b->known; t; t = t->next_known) {
		int next = t->next + t->present; // it waits or runs at next: its next stop is the one after
		if (t->network == q->network && next <= q->subtask && q->subtask < t->n_subtasks)
			return true;
	}
	return false;
}

static struct choice choose_by_size(const struct batcher *b, int64_t now_ns)
{
	struct choice best = {0};
	for (struct batch_queue *q = queues_step(b, NULL); q; q = queues_step(b, q)) {
		bool full = q->n >= b->batching.size;
		if ((!full && somebody_comes(b, q)) ||
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
	case BATCH_ON_CORES:
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
