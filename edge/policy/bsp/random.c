// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/rng.h"
#include "edge/policy/bsp/solvers.h"

struct drawn {
	double draw;
	int user;
};

static uint64_t bits_of(double x)
{
	uint64_t bits;
	memcpy(&bits, &x, sizeof(bits));
	return bits;
}

// Whatever place a user has in its round, its draw is the same.
static double draw_of(const struct candidate *c, double seed)
{
	uint64_t index = bits_of(c->width_hz) * 31 + bits_of(c->end_s);
	return rng_uniform_at(rng_key((uint64_t)seed, 0, RNG_DECISION, index), (uint64_t)c->blocks);
}

static int by_draw(const void *a, const void *b)
{
	const struct drawn *x = a, *y = b;
	if (x->draw != y->draw)
		return x->draw < y->draw ? -1 : 1;
	return x->user - y->user;
}

int shelf_random(struct shelf *shelf, const double value[], struct err *err)
{
	size_t n = (size_t)shelf->n + 1;
	struct drawn *drawn = calloc(n, sizeof(*drawn));
	int *users = calloc(n, sizeof(*users)), served = 0;
	if (!drawn || !users) {
		free(drawn);
		free(users);
		return err_set(err, ENOMEM, "no memory to plan for %d users", shelf->n);
	}
	for (int k = 0; k < shelf->n; k++)
		drawn[k] = (struct drawn){draw_of(&shelf->candidates[k], value[BSP_SEED]), k};
	qsort(drawn, (size_t)shelf->n, sizeof(*drawn), by_draw);
	for (int k = 0; k < shelf->n; k++) {
		users[served] = drawn[k].user;
		served += shelf_fits(shelf, users, served + 1);
	}
	shelf_choose(shelf, users, served);
	free(drawn);
	free(users);
	return 0;
}
