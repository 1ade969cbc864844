// SPDX-License-Identifier: BSD-3-Clause
#include "edge/policy/bsp/shelf.h"

#include <math.h>
#include <string.h>

// Budgets and bands bear roundings of this relative size, as plan_predict and plan_check allow.
static const double ROUNDING = 1e-12;

void shelf_choose(struct shelf *shelf, const int users[], int n)
{
	memmove(shelf->chosen, users, (size_t)n * sizeof(*users));
	shelf->n_chosen = n;
	shelf->chosen_hz = 0;
	for (int i = 0; i < n; i++)
		shelf->chosen_hz += shelf->candidates[users[i]].width_hz;
}

void shelf_ends(const struct shelf *shelf, const int size[], double end_s[])
{
	double s = 0;
	for (int i = 0; i < shelf->n_blocks; i++) {
		s += shelf_block_s(shelf, i, size[i]);
		end_s[i] = s;
	}
}

// Of independent inputs, each of which is there with its share: mean and deviation, rounded up.
static int expected_size(const struct shelf *shelf, const int users[], int n, int i, int all)
{
	double mean = 0, variance = 0;
	for (int k = 0; k < n; k++) {
		const struct candidate *c = &shelf->candidates[users[k]];
		double there = c->blocks <= i ? 0 : i > 0 && c->goes_on ? c->goes_on[i - 1] : 1;
		mean += there;
		variance += there * (1 - there);
	}
	int size = (int)ceil(mean + shelf->spread * sqrt(variance) - 1e-9);
	return size < 1 ? 1 : size < all ? size : all;
}

void shelf_sizes(const struct shelf *shelf, const int users[], int n, int size[])
{
	memset(size, 0, (size_t)shelf->n_blocks * sizeof(*size));
	for (int i = 0; i < n; i++)
		size[shelf->candidates[users[i]].blocks - 1]++;
	for (int i = shelf->n_blocks - 2; i >= 0; i--)
		size[i] += size[i + 1];
	for (int i = 1; shelf->spread >= 0 && i < shelf->n_blocks; i++)
		if (size[i] > 0)
			size[i] = expected_size(shelf, users, n, i, size[i]);
}

bool shelf_fits(const struct shelf *shelf, const int users[], int n)
{
	int size[POLICY_MAX_SUBTASKS];
	double end_s[POLICY_MAX_SUBTASKS], sum_hz = 0;
	if (n > shelf->most)
		return false;
	shelf_sizes(shelf, users, n, size);
	shelf_ends(shelf, size, end_s);
	for (int i = 0; i < n; i++) {
		const struct candidate *c = &shelf->candidates[users[i]];
		sum_hz += c->width_hz;
		if (!(end_s[c->blocks - 1] <= c->budget_s))
			return false;
	}
	return sum_hz <= shelf->band_hz;
}

void shelf_place(struct shelf *shelf, double start_s, double end_s)
{
	shelf->start_s = start_s;
	shelf->n_chosen = 0;
	shelf->chosen_hz = shelf->share_hz = 0;
	for (int i = 0; i < shelf->n; i++) {
		double last_s = fmin(shelf->candidates[i].end_s, end_s);
		shelf->candidates[i].budget_s = last_s - start_s + ROUNDING;
	}
}
