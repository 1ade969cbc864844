// SPDX-License-Identifier: BSD-3-Clause
#include "mac/deadlines.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/clock.h"

struct node {
	int64_t at_ns;
	uint32_t item;
};

struct deadlines {
	uint32_t n;
	uint32_t *position; // of each item in heap
	struct node heap[];
};

struct deadlines *deadlines_new(uint32_t n)
{
	struct deadlines *d = malloc(sizeof(*d) + n * sizeof(struct node));
	uint32_t *position = malloc(n * sizeof(*position));
	if (!d || !position) {
		free(d);
		free(position);
		return NULL;
	}
	d->n = n;
	d->position = position;
	for (uint32_t i = 0; i < n; i++) {
		d->heap[i] = (struct node){TIME_NEVER, i};
		position[i] = i;
	}
	return d;
}

void deadlines_free(struct deadlines *deadlines)
{
	if (!deadlines)
		return;
	free(deadlines->position);
	free(deadlines);
}

static bool earlier(struct node a, struct node b)
{
	return a.at_ns < b.at_ns || (a.at_ns == b.at_ns && a.item < b.item);
}

static void place(struct deadlines *d, uint32_t position, struct node node)
{
	d->heap[position] = node;
	d->position[node.item] = position;
}

static void sift(struct deadlines *d, uint32_t position, struct node node)
{
	while (position > 0 && earlier(node, d->heap[(position - 1) / 2])) {
		place(d, position, d->heap[(position - 1) / 2]);
		position = (position - 1) / 2;
	}
	for (;;) {
		uint32_t child = 2 * position + 1;
		if (child >= d->n)
			break;
		if (child + 1 < d->n && earlier(d->heap[child + 1], d->heap[child]))
			child++;
		if (!earlier(d->heap[child], node))
			break;
		place(d, position, d->heap[child]);
		position = child;
	}
	place(d, position, node);
}

void deadlines_set(struct deadlines *deadlines, uint32_t item, int64_t at_ns)
{
	uint32_t position = deadlines->position[item];
	if (deadlines->heap[position].at_ns != at_ns)
		sift(deadlines, position, (struct node){at_ns, item});
}

int64_t deadlines_first(const struct deadlines *deadlines, uint32_t *item)
{
	if (item)
		*item = deadlines->heap[0].item;
	return deadlines->heap[0].at_ns;
}
