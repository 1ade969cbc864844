// SPDX-License-Identifier: BSD-3-Clause
#include "edge/policy/block.h"

struct search {
	struct block *block;
	int last_cut; // the last cut that offloads
};

// Lays out batches of b; returns the first cut that the release allows.
static int guess(const struct block *block, int b)
{
	starts_before(block->net, b, 1, block->end_s, block->start_s);
	return first_cut_after(block->net, block->start_s, block->release_s);
}

// Do at most b users offload when the batches leave room for b?
static bool holds(const struct search *search, int b)
{
	const struct block *block = search->block;
	int first = guess(block, b), offloaders = 0;
	for (int i = 0; i < block->n_jobs && offloaders <= b; i++)
		offloaders +=
		    choose_best(block->problem, block->jobs[i], block->start_s, first, search->last_cut).cut <
		    block->net->n_subtasks;
	return offloaders <= b;
}

static void choose_all(const struct search *search, int b)
{
	const struct block *block = search->block;
	int first = guess(block, b);
	for (int i = 0; i < block->n_jobs; i++) {
		int m = block->jobs[i];
		block->problem->choice[m] =
		    choose_best(block->problem, m, block->start_s, first, search->last_cut);
	}
}

// So many fit into one batch.
static int most_together(const struct block *block)
{
	return block->n_jobs < block->net->max_batch ? block->n_jobs : block->net->max_batch;
}

// The largest batch where no guess holds.
static int least_guess(const struct search *search)
{
	int low = 1, high = most_together(search->block);
	while (low < high) {
		int middle = low + (high - low) / 2;
		if (holds(search, middle))
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

// Sends all but the b users who gain most back to local work. Returns what the others cost more than local
// work: a sum that those who stay local do not enter, so that it does not depend on their order.
static struct cost choose_and_keep(const struct search *search, int b)
{
	struct block *block = search->block;
	struct problem *problem = block->problem;
	choose_all(search, b);
	sort_by_gain(problem, block->jobs, block->n_jobs);
	struct cost more = {0};
	for (int i = 0; i < block->n_jobs; i++) {
		int m = block->jobs[i];
		if (i >= b)
			problem->choice[m] = problem->local[m];
		more = cost_add(more, cost_sub(problem->choice[m].cost, problem->local[m].cost));
	}
	return more;
}

// With all users of the least guess; where that is the largest batch and more would offload, with those who
// gain most.
static void keep_least(const struct search *search)
{
	int b = least_guess(search);
	if (b < search->block->n_jobs && b == search->block->net->max_batch)
		choose_and_keep(search, b);
	else
		choose_all(search, b);
}

static void keep_best(const struct search *search)
{
	int best_b = 1;
	struct cost best = choose_and_keep(search, 1);
	for (int b = 2; b <= most_together(search->block); b++) {
		struct cost cost = choose_and_keep(search, b);
		if (cost_less(cost, best)) {
			best = cost;
			best_b = b;
		}
	}
	choose_and_keep(search, best_b);
}

// Adds to size[n] the number of users with a cut <= n.
static void batch_sizes(const struct block *block, int size[])
{
	for (int i = 0; i < block->n_jobs; i++)
		for (int n = block->problem->choice[block->jobs[i]].cut; n < block->net->n_subtasks; n++)
			size[n]++;
}

static void tighten(const struct block *block)
{
	int size[POLICY_MAX_SUBTASKS] = {0};
	batch_sizes(block, size);
	double end_s = block->end_s;
	for (int n = block->net->n_subtasks - 1; n >= 0; n--) {
		if (size[n] > 0)
			end_s -= snapshot_batch_s(block->net, n, size[n]);
		block->start_s[n] = end_s;
	}
	for (int i = 0; i < block->n_jobs; i++) {
		struct choice *choice = &block->problem->choice[block->jobs[i]];
		if (choice->cut < block->net->n_subtasks)
			choose_at(block->problem, block->jobs[i], choice->cut, block->start_s[choice->cut],
				  choice);
	}
}

void block_solve(struct block *block, const struct group_rules *rules)
{
	struct search search = {.block = block, .last_cut = rules->raw_only ? 0 : block->net->n_subtasks - 1};
	if (rules->keep_best)
		keep_best(&search);
	else
		keep_least(&search);
	if (rules->tighten)
		tighten(block);
}

double block_begin_s(const struct block *block)
{
	int first = block->net->n_subtasks;
	for (int i = 0; i < block->n_jobs; i++)
		if (block->problem->choice[block->jobs[i]].cut < first)
			first = block->problem->choice[block->jobs[i]].cut;
	return first < block->net->n_subtasks ? block->start_s[first] : block->end_s;
}
