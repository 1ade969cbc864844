// SPDX-License-Identifier: BSD-3-Clause
// A binary heap of numbered things, the least key on top; a thing's key can change and a thing can leave,
// each in O(log n). A key is 128 bits of which the lowest HEAP_ID_BITS hold the thing's number, so that equal
// keys stand in the order of their numbers.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define HEAP_ID_BITS 24
#define HEAP_ABSENT UINT32_MAX

typedef unsigned __int128 heap_key;

struct heap {
	heap_key *node;
	uint32_t *position; // of each number in node; HEAP_ABSENT = not in the heap
	uint32_t n;
};

// An empty heap for the numbers 0 .. capacity - 1, capacity at most 2^HEAP_ID_BITS. 0 or -ENOMEM; freed with
// heap_free, which also takes a zeroed heap.
int heap_init(struct heap *heap, uint32_t capacity);
void heap_free(struct heap *heap);
void heap_remove(struct heap *heap, uint32_t id); // nothing happens when it is absent

static inline heap_key heap_key_of(heap_key key, uint32_t id)
{
	return (key >> HEAP_ID_BITS << HEAP_ID_BITS) | id;
}

static inline uint32_t heap_top(const struct heap *heap) // n must not be 0
{
	return (uint32_t)heap->node[0] & ((1u << HEAP_ID_BITS) - 1);
}

static inline bool heap_has(const struct heap *heap, uint32_t id)
{
	return heap->position[id] != HEAP_ABSENT;
}

static inline void heap_place(struct heap *heap, uint32_t position, heap_key node)
{
	heap->node[position] = node;
	heap->position[(uint32_t)node & ((1u << HEAP_ID_BITS) - 1)] = position;
}

static inline void heap_sift(struct heap *heap, uint32_t position, heap_key node)
{
	while (position > 0 && node < heap->node[(position - 1) / 2]) {
		heap_place(heap, position, heap->node[(position - 1) / 2]);
		position = (position - 1) / 2;
	}
	for (;;) {
		uint32_t child = 2 * position + 1;
		if (child >= heap->n)
			break;
		if (child + 1 < heap->n && heap->node[child + 1] < heap->node[child])
			child++;
		if (heap->node[child] >= node)
			break;
		heap_place(heap, position, heap->node[child]);
		position = child;
	}
	heap_place(heap, position, node);
}

// Puts the thing in, or moves it to its new place. The lowest HEAP_ID_BITS of key do not count.
static inline void heap_set(struct heap *heap, uint32_t id, heap_key key)
{
	heap_key node = heap_key_of(key, id);
	uint32_t position = heap->position[id];
	if (position == HEAP_ABSENT)
		position = heap->n++;
	else if (heap->node[position] == node)
		return;
	heap_sift(heap, position, node);
}
