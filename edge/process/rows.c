// SPDX-License-Identifier: BSD-3-Clause
#include "edge/process/rows.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ALIGNMENT 64 // a cache line, and the widest vector

// Stands in front of its matrices.
struct rows {
	_Alignas(ALIGNMENT) struct block *block;
	struct rows *next; // in the block, by address
	size_t bytes;	   // with this
	const struct network *network;
	int first_cut, n, users; // users: tasks that still have their row
};

// A piece of memory whose pages are there, and what of it is in use.
struct block {
	struct block *next;
	char *data;
	size_t bytes;
	struct rows *used;
};

struct rows_pool {
	struct block *blocks;
};

struct rows_pool *rows_pool_new(void)
{
	return calloc(1, sizeof(struct rows_pool));
}

void rows_pool_free(struct rows_pool *pool)
{
	while (pool && pool->blocks) {
		struct block *b = pool->blocks;
		pool->blocks = b->next;
		free(b->data);
		free(b);
	}
	free(pool);
}

static size_t matrix_bytes(const struct network *net, int cut, int n)
{
	size_t bytes = (size_t)network_cut_values(net, cut) * (size_t)n * sizeof(float);
	return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static size_t offset_of(const struct network *net, int first_cut, int cut, int n)
{
	size_t offset = 0;
	for (int c = first_cut; c < cut; c++)
		offset += matrix_bytes(net, c, n);
	return offset;
}

static size_t bytes_of(const struct network *net, int first_cut, int n)
{
	return sizeof(struct rows) + offset_of(net, first_cut, net->n_subtasks + 1, n);
}

static struct block *add_block(struct rows_pool *pool, size_t bytes)
{
	struct block *b = calloc(1, sizeof(*b));
	char *data = aligned_alloc(ALIGNMENT, bytes);
	if (!b || !data) {
		free(data);
		free(b);
		return NULL;
	}
	memset(data, 0, bytes); // its pages are there from now on
	*b = (struct block){.next = pool->blocks, .data = data, .bytes = bytes};
	pool->blocks = b;
	return b;
}

// The first gap that is wide enough. NULL: none is.
static struct rows *place(struct block *b, size_t bytes)
{
	char *from = b->data;
	struct rows **at = &b->used;
	while (*at && (size_t)((char *)*at - from) < bytes) {
		from = (char *)*at + (*at)->bytes;
		at = &(*at)->next;
	}
	if (!*at && (size_t)(b->data + b->bytes - from) < bytes)
		return NULL;
	struct rows *r = (struct rows *)(void *)from;
	*r = (struct rows){.block = b, .next = *at, .bytes = bytes};
	*at = r;
	return r;
}

struct rows *rows_take(struct rows_pool *pool, const struct network *net, int first_cut, int n)
{
	size_t bytes = bytes_of(net, first_cut, n);
	struct rows *r = NULL;
	for (struct block *b = pool->blocks; b && !r; b = b->next)
		r = place(b, bytes);
	if (!r) {
		struct block *b = add_block(pool, bytes);
		if (!b)
			return NULL;
		r = place(b, bytes);
	}
	r->network = net;
	r->first_cut = first_cut;
	r->n = r->users = n;
	return r;
}

float *rows_tensor(const struct rows *r, int cut, int row)
{
	float *matrix = (float *)((char *)r + sizeof(*r) + offset_of(r->network, r->first_cut, cut, r->n));
	return matrix + (int64_t)row * network_cut_values(r->network, cut);
}

void rows_drop(struct rows *r)
{
	if (!r || --r->users > 0)
		return;
	struct rows **at = &r->block->used;
	while (*at != r)
		at = &(*at)->next;
	*at = r->next;
}

int rows_pool_reserve(struct rows_pool *pool, const struct network *const networks[], int n)
{
	size_t bytes = 0;
	for (int i = 0; i < n; i++)
		bytes += bytes_of(networks[i], 0, 1);
	return n == 0 || add_block(pool, bytes) ? 0 : -ENOMEM;
}
