// SPDX-License-Identifier: BSD-3-Clause
#include "edge/policy/queue.h"

#include <math.h>
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
	for (int m = 0; m < problem->snapshot->n_jobs; m++)
		order[m] = m;
	if (problem->snapshot->n_jobs > 1)
		qsort_r(order, (size_t)problem->snapshot->n_jobs, sizeof(*order), by_raw_arrival, problem);
}

// User m's best cut in one gap.
static struct run run_in(const struct problem *problem, int m, const struct gap *gap, double scale,
			 double free_s)
{
	const struct snapshot_network *net = problem_network(problem, m);
	struct run run = {.earliest_s = fmax(free_s, gap->start_s)};
	double start_s[POLICY_MAX_SUBTASKS];
	starts_before(net, 1, scale, fmin(problem->end_s[m], gap->end_s), start_s);
	int first = first_cut_after(net, start_s, run.earliest_s);
	run.choice = choose_best(problem, m, start_s, first, net->n_subtasks - 1);
	if (run.choice.cut < net->n_subtasks)
		run.latest_s = start_s[run.choice.cut];
	return run;
}

struct run queue_best_run(const struct problem *problem, int m, double scale, double free_s)
{
	struct run best = run_in(problem, m, &problem->gaps[0], scale, free_s);
	for (int g = 1; g < problem->n_gaps && problem->gaps[g].start_s < problem->end_s[m]; g++) {
		struct run run = run_in(problem, m, &problem->gaps[g], scale, free_s);
		if (cost_less(run.choice.cost, best.choice.cost))
			best = run;
	}
	return best;
}

double queue_earliest_s(const struct problem *problem, double from_s, double run_s)
{
	int g = 0;
	while (fmax(from_s, problem->gaps[g].start_s) + run_s > problem->gaps[g].end_s)
		g++; // the last gap has no end
	return fmax(from_s, problem->gaps[g].start_s);
}

int queue_plan(const struct snapshot *snapshot, struct plan *plan, queue_serve_fn serve, struct err *err)
{
	struct problem problem;
	int rc = problem_open(&problem, snapshot, err);
	if (rc < 0)
		return rc;
	queue_order(&problem, problem.everyone);
	double gpu_free_s = snapshot->servers[0].free_s;
	for (int i = 0; i < snapshot->n_jobs; i++)
		gpu_free_s = serve(plan, &problem, problem.everyone[i], i, gpu_free_s);
	problem_close(&problem);
	return 0;
}
