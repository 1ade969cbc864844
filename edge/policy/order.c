// SPDX-License-Identifier: BSD-3-Clause
#include "edge/policy/order.h"

#include <stdlib.h>

static int compare(double a, double b)
{
	return (a > b) - (a < b);
}

int order_jobs(const struct snapshot *snapshot, int x, int y)
{
#define NUMBER(field) offsetof(struct snapshot_job, field)
	static const size_t numbers[] = {
	    NUMBER(rate_bps),		NUMBER(deadline_s),	    NUMBER(release_s),
	    NUMBER(tx_power_w),		NUMBER(uplink_delay_s),	    NUMBER(downlink_s),
	    NUMBER(device.f_min_flops), NUMBER(device.f_max_flops), NUMBER(device.kappa)};
#undef NUMBER
	const char *u = (const char *)&snapshot->jobs[x];
	const char *v = (const char *)&snapshot->jobs[y];
	int order = snapshot->jobs[x].network - snapshot->jobs[y].network;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]) && order == 0; i++)
		order = compare(*(const double *)(const void *)(u + numbers[i]),
				*(const double *)(const void *)(v + numbers[i]));
	const double *bits_x = snapshot_upload_bits(snapshot, x);
	const double *bits_y = snapshot_upload_bits(snapshot, y);
	for (int p = 0; p < snapshot->networks[snapshot->jobs[x].network].n_subtasks && order == 0; p++)
		order = compare(bits_x[p], bits_y[p]);
	return order ? order : x - y;
}

int order_users(const struct problem *problem, int x, int y)
{
	return order_jobs(problem->snapshot, x, y);
}

static struct cost gain_alone(const struct problem *problem, int m)
{
	return cost_sub(problem->local[m].cost, problem_alone(problem, m).cost);
}

static int by_deadline(const void *a, const void *b, void *context)
{
	const struct problem *problem = context;
	int x = *(const int *)a, y = *(const int *)b;
	if (problem->end_s[x] != problem->end_s[y])
		return problem->end_s[x] < problem->end_s[y] ? -1 : 1;
	struct cost gain_x = gain_alone(problem, x), gain_y = gain_alone(problem, y);
	if (cost_less(gain_x, gain_y) || cost_less(gain_y, gain_x))
		return cost_less(gain_y, gain_x) ? -1 : 1;
	return order_users(problem, x, y);
}

int order_by_deadline(struct problem *problem, int order[])
{
	int n = 0;
	for (int m = 0; m < problem->snapshot->n_jobs; m++)
		if (!problem->hopeless[m])
			order[n++] = m;
	if (n > 1)
		qsort_r(order, (size_t)n, sizeof(*order), by_deadline, problem);
	return n;
}
