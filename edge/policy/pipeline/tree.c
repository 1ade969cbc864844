// SPDX-License-Identifier: BSD-3-Clause
#include "edge/policy/pipeline/tree.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

// Layers that follow each other, named by the first of them.
struct block {
	double device_s, upload_s, makespan_s; // of all of it
	int last;			       // layer
	int entry;			       // its valid one in the heap
	bool placed;			       // behind its parent in the answer
};

struct entry {
	bool late;   // a > b
	double key;  // a, or -b
	int layer;   // the block's name
	int version; // valid when it is the block's entry
};

struct forest {
	const int *parent;
	int n;
	struct block *blocks;
	int *head; // [n] union-find: towards the block of a layer
	int *next; // [n] the layer behind it in its block; -1 = none
	struct entry *heap;
	int n_heap, n_entries;
};

static int block_of(struct forest *f, int layer)
{
	while (f->head[layer] != layer) {
		f->head[layer] = f->head[f->head[layer]];
		layer = f->head[layer];
	}
	return layer;
}

static bool comes_before(const struct entry *a, const struct entry *b)
{
	if (a->late != b->late)
		return b->late;
	return a->key != b->key ? a->key < b->key : a->layer < b->layer;
}

static void heap_put(struct forest *f, const struct entry *entry)
{
	int i = f->n_heap++;
	for (; i > 0 && comes_before(entry, &f->heap[(i - 1) / 2]); i = (i - 1) / 2)
		f->heap[i] = f->heap[(i - 1) / 2];
	f->heap[i] = *entry;
}

static struct entry heap_take(struct forest *f)
{
	struct entry first = f->heap[0], last = f->heap[--f->n_heap];
	int i = 0;
	for (int child = 1; child < f->n_heap; child = 2 * i + 1) {
		if (child + 1 < f->n_heap && comes_before(&f->heap[child + 1], &f->heap[child]))
			child++;
		if (!comes_before(&f->heap[child], &last))
			break;
		f->heap[i] = f->heap[child];
		i = child;
	}
	f->heap[i] = last;
	return first;
}

static void offer_block(struct forest *f, int layer)
{
	struct block *block = &f->blocks[layer];
	double a = block->makespan_s - block->upload_s, b = block->makespan_s - block->device_s;
	struct entry entry = {
	    .late = a > b, .key = a > b ? -b : a, .layer = layer, .version = f->n_entries++};
	block->entry = entry.version;
	heap_put(f, &entry);
}

static void append(struct forest *f, int front, int back)
{
	struct block *a = &f->blocks[front], *b = &f->blocks[back];
	f->next[a->last] = back;
	a->last = b->last;
	a->makespan_s = fmax(a->makespan_s + b->upload_s, a->device_s + b->makespan_s);
	a->device_s += b->device_s;
	a->upload_s += b->upload_s;
	f->head[back] = front;
}

// The best block is placed, or joins its parent's block.
static void take_best(struct forest *f, int order[], int *n_ordered)
{
	struct entry best = heap_take(f);
	struct block *block = &f->blocks[best.layer];
	if (f->head[best.layer] != best.layer || block->entry != best.version)
		return;
	int parent = f->parent[best.layer], front = parent < 0 ? -1 : block_of(f, parent);
	if (front >= 0 && !f->blocks[front].placed) {
		append(f, front, best.layer);
		offer_block(f, front);
		return;
	}
	block->placed = true;
	for (int layer = best.layer; layer >= 0; layer = f->next[layer])
		order[(*n_ordered)++] = layer;
}

static int open_forest(struct forest *f, const double device_s[], const double upload_s[], struct err *err)
{
	size_t n = (size_t)f->n + 1;
	f->blocks = calloc(n, sizeof(*f->blocks));
	f->head = calloc(n, sizeof(*f->head));
	f->next = calloc(n, sizeof(*f->next));
	f->heap = calloc(2 * n, sizeof(*f->heap)); // each layer, and each joint once more
	if (!f->blocks || !f->head || !f->next || !f->heap)
		return err_set(err, ENOMEM, "no memory to order %d layers", f->n);
	for (int i = 0; i < f->n; i++) {
		f->blocks[i] = (struct block){.device_s = device_s[i],
					      .upload_s = upload_s[i],
					      .makespan_s = device_s[i] + upload_s[i],
					      .last = i};
		f->head[i] = i;
		f->next[i] = -1;
		offer_block(f, i);
	}
	return 0;
}

static int order_forest(const int parent[], const double device_s[], const double upload_s[], int n,
			int order[], struct err *err)
{
	struct forest f = {.parent = parent, .n = n};
	int n_ordered = 0, rc = open_forest(&f, device_s, upload_s, err);
	while (rc == 0 && f.n_heap > 0)
		take_best(&f, order, &n_ordered);
	free(f.blocks);
	free(f.head);
	free(f.next);
	free(f.heap);
	return rc;
}

static void reverse(int order[], int n)
{
	for (int i = 0; i < n / 2; i++) {
		int swap = order[i];
		order[i] = order[n - 1 - i];
		order[n - 1 - i] = swap;
	}
}

int tree_schedule(const int parent[], const double device_s[], const double upload_s[], int n,
		  enum tree_direction direction, int order[], double *makespan_s, struct err *err)
{
	int rc = tree_check(parent, n, err);
	if (rc == 0 && direction == TREE_OUT)
		rc = order_forest(parent, device_s, upload_s, n, order, err);
	else if (rc == 0)
		rc = order_forest(parent, upload_s, device_s, n, order, err);
	if (rc < 0)
		return rc;
	if (direction == TREE_IN)
		reverse(order, n);
	*makespan_s = tree_makespan_s(device_s, upload_s, order, n);
	return 0;
}

double tree_makespan_s(const double device_s[], const double upload_s[], const int order[], int n)
{
	double device_end_s = 0, upload_end_s = 0;
	for (int i = 0; i < n; i++) {
		device_end_s += device_s[order[i]];
		if (upload_s[order[i]] > 0)
			upload_end_s = fmax(upload_end_s, device_end_s) + upload_s[order[i]];
	}
	return fmax(device_end_s, upload_end_s);
}

// Walks towards the root as far as no walk has come before; who meets itself is on a cycle.
static int check_walk(const int parent[], int from, int seen[], struct err *err)
{
	int layer = from;
	while (layer >= 0 && seen[layer] == 0) {
		seen[layer] = from + 1;
		layer = parent[layer];
	}
	if (layer >= 0 && seen[layer] == from + 1)
		return err_set(err, EINVAL, "parent[%d] is %d: that is a cycle, a tree has none", layer,
			       parent[layer]);
	return 0;
}

int tree_check(const int parent[], int n, struct err *err)
{
	int rc = 0, *seen = calloc((size_t)n + 1, sizeof(*seen));
	if (!seen)
		return err_set(err, ENOMEM, "no memory to check %d layers", n);
	for (int i = 0; i < n && rc == 0; i++)
		if (parent[i] < -1 || parent[i] >= n)
			rc = err_set(err, EINVAL,
				     "parent[%d] is %d: must be a layer, 0 to %d, or null for the first", i,
				     parent[i], n - 1);
	for (int i = 0; i < n && rc == 0; i++)
		rc = check_walk(parent, i, seen, err);
	free(seen);
	return rc;
}
