// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include "edge/policy/bsp/solvers.h"

// The n narrowest who need at most share_hz and whose budget bears blocks of n. How many, up to n.
static int pick(const struct shelf *shelf, int n, double share_hz, int picked[])
{
	int size[POLICY_MAX_SUBTASKS], found = 0;
	double end_s[POLICY_MAX_SUBTASKS];
	for (int i = 0; i < shelf->n_blocks; i++)
		size[i] = n;
	shelf_ends(shelf, size, end_s);
	for (int k = 0; k < shelf->n && found < n; k++) {
		const struct candidate *c = &shelf->candidates[k];
		if (c->width_hz <= share_hz && end_s[c->blocks - 1] <= c->budget_s)
			picked[found++] = k;
	}
	return found;
}

int shelf_equal_band(struct shelf *shelf, const double value[], struct err *err)
{
	(void)value;
	int *picked = calloc((size_t)shelf->n + 1, sizeof(*picked));
	if (!picked)
		return err_set(err, ENOMEM, "no memory to plan for %d users", shelf->n);
	for (int n = 1; n <= shelf->n && n <= shelf->most; n++) {
		double share_hz = shelf->band_hz / n;
		if (pick(shelf, n, share_hz, picked) < n)
			break;
		shelf_choose(shelf, picked, n);
		shelf->share_hz = isfinite(share_hz) ? shelf->snapshot->band_hertz / n : 0;
	}
	free(picked);
	return 0;
}
