// SPDX-License-Identifier: BSD-3-Clause
#include "edge/policy/queue.h"

#include <stdlib.h>
#include "edge/policy/order.h"
#include "edge/policy/write.h"

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
	return order_users(problem, x, y);
}

void queue_order(struct problem *problem, int order[])
{
	for (int m = 0; m < problem->snapshot->n_users; m++)
		order[m] = m;
	if (problem->snapshot->n_users > 1)
		qsort_r(order, (size_t)problem->snapshot->n_users, sizeof(*order), by_raw_arrival, problem);
}

int queue_plan(const struct snapshot *snapshot, struct plan *plan, queue_serve_fn serve, struct err *err)
{
	struct problem problem;
	int rc = problem_open(&problem, snapshot, err);
	if (rc < 0)
		return rc;
	queue_order(&problem, problem.everyone);
	double gpu_free_s = snapshot->gpu_free_s;
	for (int i = 0; i < snapshot->n_users; i++)
		gpu_free_s = serve(plan, &problem, problem.everyone[i], i, gpu_free_s);
	write_totals(plan, snapshot);
	problem_close(&problem);
	return 0;
}
