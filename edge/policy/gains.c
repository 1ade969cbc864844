// SPDX-License-Identifier: BSD-3-Clause
#include "edge/policy/gains.h"

static void swap(struct cost *a, struct cost *b)
{
	struct cost t = *a;
	*a = *b;
	*b = t;
}

static void sift_up(struct gains *gains)
{
	struct cost *heap = gains->heap;
	for (int i = gains->n - 1; i > 0 && cost_less(heap[i], heap[(i - 1) / 2]); i = (i - 1) / 2)
		swap(&heap[i], &heap[(i - 1) / 2]);
}

static void sift_down(struct gains *gains)
{
	struct cost *heap = gains->heap;
	for (int i = 0, least; 2 * i + 1 < gains->n; i = least) {
		least = 2 * i + 1;
		if (least + 1 < gains->n && cost_less(heap[least + 1], heap[least]))
			least++;
		if (!cost_less(heap[least], heap[i]))
			return;
		swap(&heap[least], &heap[i]);
	}
}

void gains_add(struct gains *gains, struct cost gain)
{
	if (gains->n < gains->room) {
		gains->heap[gains->n++] = gain;
		gains->sum = cost_add(gains->sum, gain);
		sift_up(gains);
	} else if (cost_less(gains->heap[0], gain)) {
		gains->sum = cost_add(gains->sum, cost_sub(gain, gains->heap[0]));
		gains->heap[0] = gain;
		sift_down(gains);
	}
}
