// SPDX-License-Identifier: BSD-3-Clause
// J-DOB, joint DVFS, offloading and batching: least energy of devices and edge together. Inside a group one
// common cut p, one edge frequency x and exactly b offloaders, the b who gain most; all (p, x, b) are tried.
// Groups by deadline as in OG (grouping.h). With G = sum_{n >= p} F_n(b) / x the uploads must be in by D - G,
// which must not be before the release; a batch costs F_n(b) (static / x + dynamic x^2).
//
// For fixed i and (p, x, b) the gains do not depend on the release, so one pass over j with a heap of the b
// largest gives E(i, j) for every j and every release that D - G respects: O(M^2 N X log M) for each i with X
// frequencies.
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include "edge/policy/builtin.h"
#include "edge/policy/gains.h"
#include "edge/policy/grouping.h"
#include "edge/policy/write.h"

struct jdob_options {
	bool no_edge_dvfs; // the edge stays at its highest frequency
	bool binary;	   // cut 0 or local
};

struct setting {
	int cut, b;
	double edge_freq;
	double start_s[POLICY_MAX_SUBTASKS];
	double edge_j; // the batches' energy
};

static int n_cuts(const struct snapshot *snapshot, const struct jdob_options *options)
{
	return options->binary ? 1 : snapshot->networks[0].n_subtasks;
}

static int n_freqs(const struct snapshot *snapshot, const struct jdob_options *options)
{
	bool has_choice = !options->no_edge_dvfs && snapshot->servers[0].n_freq > 0;
	return has_choice ? snapshot->servers[0].n_freq : 1;
}

static double edge_freq(const struct snapshot *snapshot, const struct jdob_options *options, int x)
{
	bool has_choice = !options->no_edge_dvfs && snapshot->servers[0].n_freq > 0;
	return has_choice ? snapshot->servers[0].freq[x] : 1;
}

// Lays out batches of b that end at end_s and adds up their energy.
static void lay_out(const struct snapshot *snapshot, struct setting *setting, double end_s)
{
	const struct snapshot_network *net = &snapshot->networks[0];
	double x = setting->edge_freq, busy_s = 0;
	starts_before(net, setting->b, 1 / x, end_s, setting->start_s);
	for (int n = setting->cut; n < net->n_subtasks; n++)
		busy_s += snapshot_batch_s(net, n, setting->b);
	const struct snapshot_server *edge = &snapshot->servers[0];
	setting->edge_j = edge_busy_j(edge->static_w, edge->dynamic_w, busy_s, x);
}

// What user m saves at this setting; false when it cannot be in time.
static bool gain_of(const struct problem *problem, int m, const struct setting *setting,
		    struct choice *choice, struct cost *gain)
{
	if (!choose_at(problem, m, setting->cut, setting->start_s[setting->cut], choice))
		return false;
	*gain = cost_sub(problem->local[m].cost, choice->cost);
	return true;
}

// E(first, j; release) for all j and releases; reach[j][r]: the best of the settings that respect release r
// and no later one.
struct evaluation {
	const struct grouping *grouping;
	int first;
	double end_s;
	const double *release_s;
	int n_releases;
	struct cost *reach; // [n - first][n_releases]
	struct cost *heap;  // [n - first]
};

static int releases_respected(const struct evaluation *e, double begin_s)
{
	int r = e->n_releases;
	while (r > 0 && e->release_s[r - 1] > begin_s)
		r--;
	return r;
}

// One setting, all j. Returns the number of users it could take in; 0 when it begins before every release.
static int try_setting(struct evaluation *e, struct setting *setting)
{
	const struct problem *problem = e->grouping->problem;
	lay_out(problem->snapshot, setting, e->end_s);
	int respected = releases_respected(e, setting->start_s[setting->cut]), fitting = 0;
	if (respected == 0)
		return 0;
	struct gains gains = {.heap = e->heap, .room = setting->b};
	struct cost local = {0};
	for (int j = e->first; j < e->grouping->n; j++) {
		struct choice choice;
		struct cost gain;
		local = cost_add(local, problem->local[e->grouping->order[j]].cost);
		if (gain_of(problem, e->grouping->order[j], setting, &choice, &gain)) {
			gains_add(&gains, gain);
			fitting++;
		}
		if (gains.n < setting->b)
			continue;
		struct cost cost = cost_sub(cost_add(local, (struct cost){0, setting->edge_j}), gains.sum);
		struct cost *best = &e->reach[(ptrdiff_t)(j - e->first) * e->n_releases + respected - 1];
		if (cost_less(cost, *best))
			*best = cost;
	}
	return fitting;
}

// A larger b begins earlier and fits fewer users: past the first b that too few can join there is nothing.
static void try_sizes(struct evaluation *e, struct setting *setting)
{
	int users = e->grouping->n - e->first, most = e->grouping->problem->snapshot->networks[0].max_batch;
	int room = users < most ? users : most;
	for (setting->b = 1; setting->b <= room; setting->b++)
		if (try_setting(e, setting) < setting->b)
			return;
}

// A setting that respects a late release respects the earlier ones, too; nobody needs to offload.
static void close_rows(struct evaluation *e)
{
	struct cost local = {0};
	for (int j = e->first; j < e->grouping->n; j++) {
		struct cost *row = &e->reach[(ptrdiff_t)(j - e->first) * e->n_releases];
		local = cost_add(local, e->grouping->problem->local[e->grouping->order[j]].cost);
		struct cost best = local;
		for (int r = e->n_releases - 1; r >= 0; r--) {
			if (cost_less(row[r], best))
				best = row[r];
			row[r] = best;
		}
	}
}

static int evaluate(const struct grouping *grouping, int first, const struct group *group,
		    const double release_s[], int n_releases, struct cost cost[], const void *options)
{
	const struct snapshot *snapshot = grouping->problem->snapshot;
	size_t rows = (size_t)(grouping->n - first);
	struct evaluation e = {.grouping = grouping,
			       .first = first,
			       .end_s = group->end_s,
			       .release_s = release_s,
			       .n_releases = n_releases,
			       .reach = cost,
			       .heap = malloc(rows * sizeof(struct cost))};
	if (!e.heap)
		return -ENOMEM;
	for (size_t i = 0; i < rows * (size_t)n_releases; i++)
		cost[i] = (struct cost){INT_MAX / 2, 0};
	for (int p = 0; p < n_cuts(snapshot, options); p++)
		for (int x = 0; x < n_freqs(snapshot, options); x++) {
			struct setting setting = {.cut = p, .edge_freq = edge_freq(snapshot, options, x)};
			try_sizes(&e, &setting);
		}
	close_rows(&e);
	free(e.heap);
	return 0;
}

// Fills problem->choice for one setting of one group. False when fewer than b users fit or the release is not
// respected.
static bool choose_group(struct problem *problem, const struct group *group, struct setting *setting,
			 struct cost *total)
{
	lay_out(problem->snapshot, setting, group->end_s);
	int fitting = 0;
	*total = (struct cost){0, setting->edge_j};
	for (int i = 0; i < group->n_jobs; i++) {
		int m = group->jobs[i];
		struct cost gain;
		if (gain_of(problem, m, setting, &problem->choice[m], &gain))
			problem->list[fitting++] = m;
		else
			problem->choice[m] = problem->local[m];
	}
	if (fitting < setting->b || setting->start_s[setting->cut] < group->release_s)
		return false;
	sort_by_gain(problem, problem->list, fitting);
	for (int i = setting->b; i < fitting; i++)
		problem->choice[problem->list[i]] = problem->local[problem->list[i]];
	for (int i = 0; i < group->n_jobs; i++)
		*total = cost_add(*total, problem->choice[group->jobs[i]].cost);
	return true;
}

// The best setting of one group; b = 0 when everyone stays local.
static struct setting best_setting(struct problem *problem, const struct group *group,
				   const struct jdob_options *options)
{
	struct setting best = {.edge_freq = 1}, setting;
	struct cost best_cost = {0}, cost;
	int most = problem->snapshot->networks[0].max_batch;
	for (int i = 0; i < group->n_jobs; i++)
		best_cost = cost_add(best_cost, problem->local[group->jobs[i]].cost);
	for (setting.cut = 0; setting.cut < n_cuts(problem->snapshot, options); setting.cut++)
		for (int x = 0; x < n_freqs(problem->snapshot, options); x++) {
			setting.edge_freq = edge_freq(problem->snapshot, options, x);
			for (setting.b = 1;
			     setting.b <= most && choose_group(problem, group, &setting, &cost); setting.b++)
				if (cost_less(cost, best_cost)) {
					best_cost = cost;
					best = setting;
				}
		}
	return best;
}

static void write_group(struct plan *plan, struct problem *problem, const struct group *group, int index,
			const void *options)
{
	struct setting best = best_setting(problem, group, options);
	struct cost cost;
	for (int i = 0; i < group->n_jobs; i++)
		problem->choice[group->jobs[i]] = problem->local[group->jobs[i]];
	if (best.b > 0)
		choose_group(problem, group, &best, &cost);
	for (int n = 0; n < problem->snapshot->networks[0].n_subtasks; n++)
		problem_starts(problem, 0)[n] = best.start_s[n];
	group_write(plan, problem, group, index, best.edge_freq);
}

static void find_hopeless(struct problem *problem, const struct jdob_options *options)
{
	double fastest = 0;
	for (int x = 0; x < n_freqs(problem->snapshot, options); x++)
		fastest = fmax(fastest, edge_freq(problem->snapshot, options, x));
	problem_find_hopeless(problem, n_cuts(problem->snapshot, options) - 1, 1 / fastest);
}

static int plan_with(const struct snapshot *snapshot, const struct jdob_options *options, struct plan *plan,
		     struct err *err)
{
	if (!snapshot->servers[0].has_power)
		return err_set(
		    err, EINVAL,
		    "J-DOB needs the edge's frequencies and power: the snapshot does not tell them");
	if (snapshot->n_networks > 1)
		return err_set(err, EOPNOTSUPP,
			       "J-DOB plans one network, whose users share a cut: the snapshot has %d",
			       snapshot->n_networks);
	struct group_method method = {evaluate, write_group, options};
	struct problem problem;
	int rc = problem_open(&problem, snapshot, err);
	if (rc < 0)
		return rc;
	if (snapshot->n_jobs > 0)
		find_hopeless(&problem, options);
	plan->edge_charged = true;
	rc = grouping_plan(&problem, &method, plan, err);
	problem_close(&problem);
	return rc;
}

const struct policy_parameter j_dob_parameters[] = {
    [J_DOB_EDGE_DVFS] = {"edge-dvfs", "switch", 1, 0, 1, "the edge may lower its frequency"},
    [J_DOB_BINARY] = {"binary", "switch", 0, 0, 1, "offload the input or nothing"},
    {0},
};

int plan_j_dob(const struct policy *self, const struct snapshot *snapshot, struct plan *plan, struct err *err)
{
	const struct jdob_options options = {.no_edge_dvfs = self->value[J_DOB_EDGE_DVFS] == 0,
					     .binary = self->value[J_DOB_BINARY] != 0};
	return plan_with(snapshot, &options, plan, err);
}
