// SPDX-License-Identifier: BSD-3-Clause
#include "mac/heap.h"

#include <errno.h>
#include <stdlib.h>

int heap_init(struct heap *heap, uint32_t capacity)
{
	*heap = (struct heap){.node = calloc(capacity, sizeof(*heap->node)),
			      .position = calloc(capacity, sizeof(*heap->position))};
	if (!heap->node || !heap->position) {
		heap_free(heap);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < capacity; i++)
		heap->position[i] = HEAP_ABSENT;
	return 0;
}

void heap_free(struct heap *heap)
{
	free(heap->node);
	free(heap->position);
	*heap = (struct heap){0};
}

void heap_remove(struct heap *heap, uint32_t id)
{
	uint32_t position = heap->position[id];
	if (position == HEAP_ABSENT)
		return;
	heap_key last = heap->node[--heap->n];
	heap->position[id] = HEAP_ABSENT;
	if (position < heap->n)
		heap_sift(heap, position, last);
}
