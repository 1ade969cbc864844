// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include <stdlib.h>
#include "edge/policy/bsp/solvers.h"

static double alone_s(const struct shelf *shelf, int user)
{
	double s = 0;
	for (int i = 0; i < shelf->candidates[user].blocks; i++)
		s += shelf_block_s(shelf, i, 1);
	return s;
}

// Earliest budget first; the narrower of equals.
static int by_budget(const void *a, const void *b, void *context)
{
	const struct shelf *shelf = context;
	int x = *(const int *)a, y = *(const int *)b;
	double left_x = shelf->candidates[x].budget_s, left_y = shelf->candidates[y].budget_s;
	if (left_x != left_y)
		return left_x < left_y ? -1 : 1;
	return x - y;
}

// How many of the narrowest the band bears.
static int within_band(const struct shelf *shelf)
{
	int n = 0;
	double sum_hz = 0;
	while (n < shelf->n && sum_hz + shelf->candidates[n].width_hz <= shelf->band_hz)
		sum_hz += shelf->candidates[n++].width_hz;
	return n;
}

// The place of the longest of users[n]; of equals the widest.
static int longest(const struct shelf *shelf, const int users[], int n)
{
	int place = 0;
	for (int i = 1; i < n; i++) {
		double s = alone_s(shelf, users[i]), most_s = alone_s(shelf, users[place]);
		if (s > most_s || (s >= most_s && users[i] > users[place]))
			place = i;
	}
	return place;
}

// Moore and Hodgson: the most of users[n] (in the order of their deadlines) who are in time, kept in front.
static int drop_late(const struct shelf *shelf, int users[], int n)
{
	int kept = 0;
	double sum_s = 0;
	for (int i = 0; i < n; i++) {
		users[kept++] = users[i];
		sum_s += alone_s(shelf, users[kept - 1]);
		if (sum_s <= shelf->candidates[users[kept - 1]].budget_s)
			continue;
		int place = longest(shelf, users, kept);
		sum_s -= alone_s(shelf, users[place]);
		for (kept--; place < kept; place++)
			users[place] = users[place + 1];
	}
	return kept;
}

int shelf_one_by_one(struct shelf *shelf, const double value[], struct err *err)
{
	(void)value;
	int *users = calloc((size_t)shelf->n + 1, sizeof(*users)), n = within_band(shelf);
	if (!users)
		return err_set(err, ENOMEM, "no memory to plan for %d users", shelf->n);
	for (int k = 0; k < n; k++)
		users[k] = k;
	qsort_r(users, (size_t)n, sizeof(*users), by_budget, shelf);
	n = drop_late(shelf, users, n);
	shelf_choose(shelf, users, n);
	shelf->alone = true;
	free(users);
	return 0;
}
