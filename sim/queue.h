// SPDX-License-Identifier: BSD-3-Clause
// The queue of a discrete-event engine: what happens next in virtual time. A binary heap; events of one
// instant come out in the order in which they were put in, so that equal inputs give equal runs.
#pragma once

#include <stddef.h>
#include <stdint.h>

struct event {
	int64_t at_ns;
	uint64_t order;	      // of putting in
	uint32_t kind, index; // the caller's
};

// All zero = empty.
struct event_queue {
	struct event *heap;
	size_t n, capacity;
	uint64_t next_order;
};

void event_queue_free(struct event_queue *q);

// 0 or -ENOMEM.
int event_queue_push(struct event_queue *q, int64_t at_ns, uint32_t kind, uint32_t index);

// The earliest event, NULL when there is none; valid until the next call that changes the queue.
static inline const struct event *event_queue_first(const struct event_queue *q)
{
	return q->n > 0 ? &q->heap[0] : NULL;
}

// Takes the earliest event out; the queue must not be empty.
struct event event_queue_pop(struct event_queue *q);

// The earliest event happens again at at_ns: as pop and push, at the price of one of them.
void event_queue_postpone(struct event_queue *q, int64_t at_ns);
