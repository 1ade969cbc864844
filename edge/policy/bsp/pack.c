// SPDX-License-Identifier: BSD-3-Clause
// Best-shelf packing, and what iterates it.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "edge/policy/bsp/solvers.h"

// The n narrowest of those whose budget bears blocks of these sizes. How many there are, up to n.
static int pick(const struct shelf *shelf, const int size[], int n, int picked[])
{
	double end_s[POLICY_MAX_SUBTASKS];
	int found = 0;
	shelf_ends(shelf, size, end_s);
	for (int k = 0; k < shelf->n && found < n; k++)
		if (end_s[shelf->candidates[k].blocks - 1] <= shelf->candidates[k].budget_s)
			picked[found++] = k;
	return found;
}

static void all_of_size(const struct shelf *shelf, int n, int size[])
{
	for (int i = 0; i < shelf->n_blocks; i++)
		size[i] = n;
}

// Picks n, starting with the sizes in hand; those of who was picked are tried next, at most `rounds` times.
// True when picked[n] fit.
static bool iterate(const struct shelf *shelf, int n, int rounds, int size[], int picked[])
{
	int next[POLICY_MAX_SUBTASKS];
	size_t bytes = (size_t)shelf->n_blocks * sizeof(*size);
	for (int round = 0; round < rounds; round++) {
		if (pick(shelf, size, n, picked) < n)
			return false;
		if (shelf_fits(shelf, picked, n))
			return true;
		shelf_sizes(shelf, picked, n, next);
		if (memcmp(next, size, bytes) == 0)
			return false;
		memcpy(size, next, bytes);
	}
	return false;
}

enum { ROUNDS = 20 };

// The largest n that is found, one by one.
static int search(struct shelf *shelf, int rounds, bool grow, struct err *err)
{
	int size[POLICY_MAX_SUBTASKS];
	int *picked = calloc((size_t)shelf->n + 1, sizeof(*picked));
	if (!picked)
		return err_set(err, ENOMEM, "no memory to plan for %d users", shelf->n);
	for (int n = 1; n <= shelf->n && n <= shelf->most; n++) {
		all_of_size(shelf, n, size);
		bool found = iterate(shelf, n, rounds, size, picked);
		if (!found && grow) {
			shelf_sizes(shelf, shelf->chosen, shelf->n_chosen, size);
			size[0] = n;
			found = iterate(shelf, n, rounds, size, picked);
		}
		if (!found)
			break;
		shelf_choose(shelf, picked, n);
	}
	free(picked);
	return 0;
}

int shelf_pack(struct shelf *shelf, const double value[], struct err *err)
{
	bool grow = value[BSP_GROW] != 0 || value[BSP_EXPECTED] != 0,
	     iterated = grow || value[BSP_REFINE] != 0;
	return search(shelf, iterated ? ROUNDS : 1, grow, err);
}
