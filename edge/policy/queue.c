// SPDX-License-Identifier: BSD-3-Clause
#include "edge/policy/queue.h"

#include <stdlib.h>

static double raw_arrival_s(const struct problem *problem, int m)
{
	return problem->lead_s[m] + problem->upload_s[(ptrdiff_t)m * problem->stride];
}

static int by_raw_arrival(const void *a, const void *b, void *problem)
{
	int x = *(const int *)a, y = *(const int *)b;
	double arrival_x = raw_arrival_s(problem, x), arrival_y = raw_arrival_s(problem, y);
	if (arrival_x != arrival_y)
		return arrival_x < arrival_y ? -1 : 1;
	return x - y;
}

void queue_order(struct problem *problem, int order[])
{
	for (int m = 0; m < problem->snapshot->n_users; m++)
		order[m] = m;
	if (problem->snapshot->n_users > 1)
		qsort_r(order, (size_t)problem->snapshot->n_users, sizeof(*order), by_raw_arrival, problem);
}
