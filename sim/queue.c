// SPDX-License-Identifier: BSD-3-Clause
#include "sim/queue.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

static bool earlier(const struct event *a, const struct event *b)
{
	return a->at_ns < b->at_ns || (a->at_ns == b->at_ns && a->order < b->order);
}

void event_queue_free(struct event_queue *q)
{
	free(q->heap);
	*q = (struct event_queue){0};
}

static int grow(struct event_queue *q)
{
	size_t capacity = q->capacity ? 2 * q->capacity : 64;
	struct event *heap = realloc(q->heap, capacity * sizeof(*heap));
	if (!heap)
		return -ENOMEM;
	q->heap = heap;
	q->capacity = capacity;
	return 0;
}

int event_queue_push(struct event_queue *q, int64_t at_ns, uint32_t kind, uint32_t index)
{
	if (q->n == q->capacity && grow(q) < 0)
		return -ENOMEM;
	struct event event = {.at_ns = at_ns, .order = q->next_order++, .kind = kind, .index = index};
	size_t at = q->n++;
	for (; at > 0 && earlier(&event, &q->heap[(at - 1) / 2]); at = (at - 1) / 2)
		q->heap[at] = q->heap[(at - 1) / 2];
	q->heap[at] = event;
	return 0;
}

// Puts the event at the top and lets it sink.
static void sink(struct event_queue *q, struct event event)
{
	size_t at = 0;
	for (;;) {
		size_t child = 2 * at + 1;
		if (child >= q->n)
			break;
		if (child + 1 < q->n && earlier(&q->heap[child + 1], &q->heap[child]))
			child++;
		if (!earlier(&q->heap[child], &event))
			break;
		q->heap[at] = q->heap[child];
		at = child;
	}
	q->heap[at] = event;
}

struct event event_queue_pop(struct event_queue *q)
{
	struct event first = q->heap[0], last = q->heap[--q->n];
	if (q->n > 0)
		sink(q, last);
	return first;
}

void event_queue_postpone(struct event_queue *q, int64_t at_ns)
{
	struct event event = q->heap[0];
	event.at_ns = at_ns;
	event.order = q->next_order++;
	sink(q, event);
}
