// SPDX-License-Identifier: BSD-3-Clause
#include "edge/policy/group.h"

#include <math.h>
#include "edge/policy/block.h"
#include "edge/policy/write.h"

// The tightest deadline of one network's users; -1 when it has none that can be served.
static double network_end_s(const struct problem *problem, const struct group *group, int network)
{
	double end_s = INFINITY;
	for (int i = 0; i < group->n_jobs; i++) {
		int m = group->jobs[i];
		if (problem->snapshot->jobs[m].network == network && !group->hopeless[m])
			end_s = fmin(end_s, problem->end_s[m]);
	}
	return isinf(end_s) ? -1 : end_s;
}

// Steps through the networks by descending deadline: *end_s and *network are the last one's. False at the
// end.
static bool next_network(const struct problem *problem, const struct group *group, double *end_s,
			 int *network)
{
	int found = -1;
	double found_end_s = -1;
	for (int i = 0; i < problem->snapshot->n_networks; i++) {
		double end = network_end_s(problem, group, i);
		bool follows = end < *end_s || (end == *end_s && i > *network);
		if (follows && end > found_end_s) {
			found = i;
			found_end_s = end;
		}
	}
	*end_s = found_end_s;
	*network = found;
	return found >= 0;
}

// The users of one network that can be served.
static int collect(const struct problem *problem, const struct group *group, int network, int list[])
{
	int n = 0;
	for (int i = 0; i < group->n_jobs; i++) {
		int m = group->jobs[i];
		if (problem->snapshot->jobs[m].network == network && !group->hopeless[m])
			list[n++] = m;
	}
	return n;
}

struct cost group_solve(struct problem *problem, const struct group *group, const struct group_rules *rules)
{
	for (int i = 0; i < group->n_jobs; i++)
		problem->choice[group->jobs[i]] = problem->local[group->jobs[i]];
	double limit_s = group->end_s, end_s = INFINITY;
	int network = -1;
	while (next_network(problem, group, &end_s, &network)) {
		struct block block = {.problem = problem,
				      .net = &problem->snapshot->networks[network],
				      .jobs = problem->list,
				      .n_jobs = collect(problem, group, network, problem->list),
				      .release_s = group->release_s,
				      .end_s = fmin(end_s, limit_s),
				      .start_s = problem_starts(problem, network)};
		block_solve(&block, rules);
		limit_s = block_begin_s(&block);
	}
	struct cost total = {0};
	for (int i = 0; i < group->n_jobs; i++)
		total = cost_add(total, problem->choice[group->jobs[i]].cost);
	return total;
}

static struct group in_gap(const struct problem *problem, const struct gap *gap)
{
	return (struct group){problem->everyone, problem->snapshot->n_jobs, gap->start_s, gap->end_s,
			      gap->hopeless};
}

struct cost group_of_everyone(struct problem *problem, const struct group_rules *rules, struct group *best)
{
	for (int m = 0; m < problem->snapshot->n_jobs; m++)
		problem->everyone[m] = m;
	int last = problem->n_gaps - 1, solved = last;
	*best = in_gap(problem, &problem->gaps[last]);
	struct cost least = group_solve(problem, best, rules);
	for (int g = last - 1; g >= 0; g--) {
		struct group group = in_gap(problem, &problem->gaps[g]);
		struct cost cost = group_solve(problem, &group, rules);
		solved = g;
		if (cost_less(cost, least)) {
			least = cost;
			*best = group;
		}
	}
	return solved == last ? least : group_solve(problem, best, rules);
}

// Batch n of one network, if anybody is in it.
static void write_subtask(struct plan *plan, const struct problem *problem, const struct group *group,
			  int index, struct plan_batch layout)
{
	struct plan_batch *batch = write_batch(plan, layout.network, layout.subtask, index,
					       problem_starts(problem, layout.network)[layout.subtask]);
	batch->edge_freq = layout.edge_freq;
	for (int i = 0; i < group->n_jobs; i++) {
		int m = group->jobs[i];
		if (problem->snapshot->jobs[m].network == layout.network &&
		    problem->choice[m].cut <= layout.subtask)
			write_member(plan, m);
	}
	plan->n_batches -= batch->n_jobs == 0;
}

static void write_block(struct plan *plan, const struct problem *problem, const struct group *group,
			int index, struct plan_batch layout)
{
	int n_subtasks = problem->snapshot->networks[layout.network].n_subtasks;
	for (layout.subtask = 0; layout.subtask < n_subtasks; layout.subtask++)
		write_subtask(plan, problem, group, index, layout);
	for (int i = 0; i < group->n_jobs; i++) {
		int m = group->jobs[i];
		if (problem->snapshot->jobs[m].network != layout.network)
			continue;
		if (problem->choice[m].cut < n_subtasks)
			write_offloader(plan, m, &problem->choice[m], index);
		else
			write_local(plan, problem, m);
	}
}

void group_write(struct plan *plan, const struct problem *problem, const struct group *group, int index,
		 double edge_freq)
{
	for (int i = 0; i < problem->snapshot->n_networks; i++)
		write_block(plan, problem, group, index,
			    (struct plan_batch){.network = i, .edge_freq = edge_freq});
}
