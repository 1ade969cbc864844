// SPDX-License-Identifier: BSD-3-Clause
// The policies of batching with early exits: who is served together, with which exit and how much of the
// band. The edge gets the raw input (cut 0) within T_u; the batch starts then, or in the first time after
// that in which the edge is free. Who is not served is not admitted, or, when told so, runs on its device
// where it is in time.
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "edge/policy/bsp/solvers.h"
#include "edge/policy/builtin.h"
#include "edge/policy/write.h"

// So many times in which the edge is free are tried, and the last, which has no end.
enum { MOST_GAPS = 8 };

// Solves the shelf in the time from start_s to end_s; better than `best`: it becomes that.
static int try_gap(struct shelf *shelf, shelf_solver *solve, const double value[], double start_s,
		   double end_s, struct shelf *best, struct err *err)
{
	shelf_place(shelf, start_s, end_s);
	int rc = solve(shelf, value, err);
	if (rc < 0)
		return rc;
	bool more = shelf->n_chosen > best->n_chosen;
	bool less_hz = shelf->n_chosen == best->n_chosen && shelf->chosen_hz < best->chosen_hz * (1 - 1e-12);
	if (!more && !less_hz)
		return 0;
	int *chosen = best->chosen;
	memcpy(chosen, shelf->chosen, (size_t)shelf->n_chosen * sizeof(*chosen));
	*best = *shelf;
	best->chosen = chosen;
	return 0;
}

// The best of the times in which the edge is free from T_u on.
static int try_gaps(struct shelf *shelf, shelf_solver *solve, const double value[], struct shelf *best,
		    struct err *err)
{
	const struct snapshot_server *edge = &shelf->snapshot->servers[0];
	double from_s = fmax(value[BSP_UPLOAD], edge->free_s);
	int rc = 0;
	for (int i = 0, tried = 0; i <= edge->n_busy && rc == 0; i++) {
		double end_s = i < edge->n_busy ? edge->busy[i].start_s : INFINITY;
		if (end_s > from_s && (tried < MOST_GAPS || i == edge->n_busy)) {
			rc = try_gap(shelf, solve, value, from_s, end_s, best, err);
			tried++;
		}
		from_s = i < edge->n_busy ? fmax(from_s, edge->busy[i].end_s) : from_s;
	}
	return rc;
}

static int by_job(const void *a, const void *b, void *context)
{
	const struct candidate *candidates = context;
	return candidates[*(const int *)a].job - candidates[*(const int *)b].job;
}

static int exit_of(const struct snapshot_network *net, int blocks)
{
	return blocks <= net->n_exits ? blocks : 0;
}

// How many sub-tasks run for a user who leaves after so many blocks.
static int subtasks_of(const struct snapshot_network *net, int blocks)
{
	return blocks <= net->n_exits ? net->exit_subtasks[blocks - 1] : net->n_subtasks;
}

static void write_served(const struct shelf *shelf, const struct candidate *c, int group, struct plan *plan)
{
	const struct snapshot_network *net = &shelf->snapshot->networks[plan->jobs[c->job].network];
	struct plan_job *out = &plan->jobs[c->job];
	out->cut = 0;
	out->freq_flops = 0;
	out->exit = exit_of(net, c->blocks);
	out->hertz = c->width_hz > 0 && shelf->share_hz > 0 ? shelf->share_hz : c->width_hz;
	out->group = group;
}

// Batches of users[n], block after block, from start_s on. When the last one ends.
static double write_batches(const struct shelf *shelf, const int users[], int n, int group, double start_s,
			    struct plan *plan)
{
	int network = shelf->snapshot->jobs[0].network;
	const struct snapshot_network *net = &shelf->snapshot->networks[network];
	int size[POLICY_MAX_SUBTASKS];
	shelf_sizes(shelf, users, n, size);
	for (int subtask = 0, block = 0; subtask < net->n_subtasks; subtask++) {
		struct plan_batch *batch = NULL;
		block += block < net->n_exits && subtask == net->exit_subtasks[block];
		for (int i = 0; i < n; i++) {
			const struct candidate *c = &shelf->candidates[users[i]];
			if (subtasks_of(net, c->blocks) <= subtask)
				continue;
			batch = batch ? batch : write_batch(plan, network, subtask, group, start_s);
			write_member(plan, c->job);
		}
		if (!batch)
			break;
		batch->expected = size[block] < batch->n_jobs ? size[block] : 0;
		start_s = batch_ends_s(plan, shelf->snapshot);
	}
	for (int i = 0; i < n; i++)
		write_served(shelf, &shelf->candidates[users[i]], group, plan);
	return start_s;
}

static void write_answer(const struct shelf *shelf, struct plan *plan)
{
	double start_s = shelf->start_s;
	if (!shelf->alone && shelf->n_chosen > 0) {
		qsort_r(shelf->chosen, (size_t)shelf->n_chosen, sizeof(*shelf->chosen), by_job,
			shelf->candidates);
		write_batches(shelf, shelf->chosen, shelf->n_chosen, 0, start_s, plan);
	}
	for (int i = 0; shelf->alone && i < shelf->n_chosen; i++)
		start_s = write_batches(shelf, &shelf->chosen[i], 1, i, start_s, plan);
}

// The slowest frequency at which the job's own device does its work in time; negative when none does.
static double slowest_freq(const struct snapshot *snapshot, const struct snapshot_job *user, int subtasks)
{
	double work_flop = 0, left_s = user->deadline_s - user->release_s;
	for (int n = 0; n < subtasks; n++)
		work_flop += snapshot->networks[user->network].work_flop[n];
	if (user->device_s)
		return user->device_s[user->network][subtasks] <= left_s ? 0 : -1;
	if (left_s <= 0 || work_flop > user->device.f_max_flops * left_s)
		return -1;
	return work_flop > 0
		   ? fmin(fmax(work_flop / left_s, user->device.f_min_flops), user->device.f_max_flops)
		   : 0;
}

// The job runs on its device, with the exit that it needs; false when it would be late there.
static bool write_local_run(const struct snapshot *snapshot, int m, bool exits, struct plan_job *out)
{
	const struct snapshot_job *user = &snapshot->jobs[m];
	const struct snapshot_network *net = &snapshot->networks[user->network];
	int blocks = shelf_blocks_needed(net, user->least_accuracy, exits);
	if (blocks == 0 || user->device_id > 0)
		return false;
	int subtasks = subtasks_of(net, blocks);
	double freq_flops = slowest_freq(snapshot, user, subtasks);
	if (freq_flops < 0)
		return false;
	out->exit = exit_of(net, blocks);
	out->cut = subtasks;
	out->freq_flops = freq_flops;
	out->why[0] = '\0';
	return true;
}

// Everyone who is in no group.
static void write_others(const struct shelf *shelf, const struct snapshot *snapshot, bool exits, bool local,
			 struct plan *plan)
{
	for (int m = 0; m < snapshot->n_jobs; m++) {
		struct plan_job *out = &plan->jobs[m];
		out->order = snapshot->jobs[m].device_id > 0 ? m : 0;
		if (out->group >= 0 || (local && write_local_run(snapshot, m, exits, out)))
			continue;
		out->admitted = false;
		if (!out->why[0])
			snprintf(out->why, sizeof(out->why),
				 "band or time do not bear it beside the %d who are served", shelf->n_chosen);
	}
}

static int plan_shelf(const struct policy *self, const struct snapshot *snapshot, bool exits,
		      shelf_solver *solve, struct plan *plan, struct err *err)
{
	struct shelf shelf;
	int rc = shelf_open(&shelf, snapshot, exits, self->value[BSP_UPLOAD], plan, err);
	if (rc < 0)
		return rc;
	if (self->value[BSP_EXPECTED] != 0)
		shelf.spread = self->value[BSP_SPREAD];
	struct shelf best = shelf;
	best.chosen = calloc((size_t)shelf.n + 1, sizeof(*best.chosen));
	if (!best.chosen) {
		shelf_close(&shelf);
		return err_set(err, ENOMEM, "no memory to plan for %d users", snapshot->n_jobs);
	}
	rc = shelf.n > 0 ? try_gaps(&shelf, solve, self->value, &best, err) : 0;
	if (rc == 0) {
		write_answer(&best, plan);
		write_others(&best, snapshot, exits, self->value[BSP_LOCAL] != 0, plan);
	}
	free(best.chosen);
	shelf_close(&shelf);
	return rc;
}

#define UPLOAD                                                                                               \
	{                                                                                                    \
		"upload", "s", BSP_UPLOAD_S, 1e-6, 1000,                                                     \
		    "T_u: uploads take so long, and the batch starts then, or when the edge is free after "  \
		    "that"                                                                                   \
	}
#define LOCAL                                                                                                \
	{                                                                                                    \
		"local", "switch", 0, 0, 1, "who is not served runs on its device where it is in time there" \
	}
#define EFFORT                                                                                               \
	{                                                                                                    \
		"effort", "", BSP_STEPS, 1, 1e12, "steps after which the search keeps the best it has found" \
	}

const struct policy_parameter bsp_parameters[] = {UPLOAD, LOCAL, {0}};
const struct policy_parameter bsp_exit_parameters[] = {
    UPLOAD,
    LOCAL,
    {"refine", "switch", 0, 0, 1, "iterates the sizes of the blocks with whoever was picked"},
    {"grow", "switch", 0, 0, 1, "then adds users with the sizes of those who are served (extension)"},
    {"expected", "switch", 0, 0, 1,
     "grows with the users whom it expects in each block still, where they leave by confidence (extension)"},
    {"spread", "", BSP_SPREAD_STANDARD, 0, 10, "of expected: so many standard deviations more"},
    {0}};
const struct policy_parameter bsp_exact_parameters[] = {UPLOAD, LOCAL, EFFORT, {0}};
const struct policy_parameter bsp_random_parameters[] = {
    UPLOAD, LOCAL, {"seed", "", 1, 0, 1e9, "names the order that is drawn"}, {0}};

int plan_bsp(const struct policy *self, const struct snapshot *snapshot, struct plan *plan, struct err *err)
{
	// Places from 2 on of its values are not declared, and so 0.
	return plan_shelf(self, snapshot, false, shelf_pack, plan, err);
}

int plan_batch_only(const struct policy *self, const struct snapshot *snapshot, struct plan *plan,
		    struct err *err)
{
	return plan_shelf(self, snapshot, false, shelf_pack, plan, err);
}

int plan_bsp_exit(const struct policy *self, const struct snapshot *snapshot, struct plan *plan,
		  struct err *err)
{
	return plan_shelf(self, snapshot, true, shelf_pack, plan, err);
}

int plan_bsp_exit_optimal(const struct policy *self, const struct snapshot *snapshot, struct plan *plan,
			  struct err *err)
{
	return plan_shelf(self, snapshot, true, shelf_tree, plan, err);
}

int plan_bsp_exit_classes(const struct policy *self, const struct snapshot *snapshot, struct plan *plan,
			  struct err *err)
{
	return plan_shelf(self, snapshot, true, shelf_classes, plan, err);
}

int plan_one_by_one(const struct policy *self, const struct snapshot *snapshot, struct plan *plan,
		    struct err *err)
{
	return plan_shelf(self, snapshot, false, shelf_one_by_one, plan, err);
}

int plan_one_by_one_exit(const struct policy *self, const struct snapshot *snapshot, struct plan *plan,
			 struct err *err)
{
	return plan_shelf(self, snapshot, true, shelf_one_by_one, plan, err);
}

int plan_equal_band(const struct policy *self, const struct snapshot *snapshot, struct plan *plan,
		    struct err *err)
{
	return plan_shelf(self, snapshot, true, shelf_equal_band, plan, err);
}

int plan_random_admission(const struct policy *self, const struct snapshot *snapshot, struct plan *plan,
			  struct err *err)
{
	return plan_shelf(self, snapshot, true, shelf_random, plan, err);
}
