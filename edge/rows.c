// SPDX-License-Identifier: BSD-3-Clause
#include "edge/rows.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ALIGNMENT 64 // a cache line, and the widest vector

struct rows {
	struct rows_pool *pool;
	struct rows *next; // while it is spare
	char *data;
	size_t capacity; // bytes
	const struct network *network;
	int first_cut, n, users; // users: tasks that still have their row
};

struct rows_pool {
	struct rows *spare;
};

struct rows_pool *rows_pool_new(void)
{
	return calloc(1, sizeof(struct rows_pool));
}

static void free_rows(struct rows *r)
{
	free(r->data);
	free(r);
}

void rows_pool_free(struct rows_pool *pool)
{
	while (pool && pool->spare) {
		struct rows *r = pool->spare;
		pool->spare = r->next;
		free_rows(r);
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

// The smallest spare piece that is large enough; or the largest of all, to make room for a new one.
static struct rows *take_spare(struct rows_pool *pool, size_t bytes)
{
	struct rows **best = NULL;
	for (struct rows **at = &pool->spare; *at; at = &(*at)->next) {
		size_t have = (*at)->capacity, best_has = best ? (*best)->capacity : 0;
		bool fits = have >= bytes, best_fits = best_has >= bytes;
		if (!best || (fits && (!best_fits || have < best_has)) || (!best_fits && have > best_has))
			best = at;
	}
	struct rows *r = best ? *best : NULL;
	if (r)
		*best = r->next;
	return r;
}

struct rows *rows_take(struct rows_pool *pool, const struct network *net, int first_cut, int n)
{
	size_t bytes = offset_of(net, first_cut, net->n_subtasks + 1, n);
	struct rows *r = take_spare(pool, bytes);
	if (r && r->capacity < bytes) {
		free_rows(r);
		r = NULL;
	}
	if (!r) {
		r = calloc(1, sizeof(*r));
		char *data = aligned_alloc(ALIGNMENT, bytes);
		if (!r || !data) {
			free(data);
			free(r);
			return NULL;
		}
		memset(data, 0, bytes); // its pages are there from now on
		r->data = data;
		r->capacity = bytes;
		r->pool = pool;
	}
	r->network = net;
	r->first_cut = first_cut;
	r->n = r->users = n;
	return r;
}

float *rows_tensor(const struct rows *r, int cut, int row)
{
	float *matrix = (float *)(void *)(r->data + offset_of(r->network, r->first_cut, cut, r->n));
	return matrix + (int64_t)row * network_cut_values(r->network, cut);
}

void rows_drop(struct rows *r)
{
	if (!r || --r->users > 0)
		return;
	r->next = r->pool->spare;
	r->pool->spare = r;
}

int rows_pool_reserve(struct rows_pool *pool, struct network *const networks[], int n_networks, int n)
{
	struct rows **taken = calloc((size_t)n_networks, sizeof(struct rows *));
	int r = taken ? 0 : -ENOMEM;
	for (int i = 0; r == 0 && i < n_networks; i++) {
		taken[i] = rows_take(pool, networks[i], 0, n);
		r = taken[i] ? 0 : -ENOMEM;
	}
	for (int i = 0; taken && i < n_networks && taken[i]; i++)
		for (int row = 0; row < n; row++)
			rows_drop(taken[i]);
	free(taken);
	return r;
}
