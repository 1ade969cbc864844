// SPDX-License-Identifier: BSD-3-Clause
#include "edge/policy/check.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

struct replay {
	const struct snapshot *snapshot;
	const struct plan *plan;
	struct err *err;
	int *next;	// [n_users] the sub-task the edge runs next for the user
	double *done_s; // [n_users] when the user's data is ready for it
};

#define BROKEN(replay, ...) err_set((replay)->err, EPROTO, __VA_ARGS__)

static double slack_s(double t)
{
	return 1e-9 * fmax(1, fabs(t));
}

static bool same_s(double a, double b)
{
	return fabs(a - b) <= slack_s(b); // false for NaN
}

static bool same_j(double a, double b)
{
	return fabs(a - b) <= 1e-9 * fmax(fabs(b), 1e-12);
}

static const struct snapshot_network *network_of(const struct replay *r, int m)
{
	return &r->snapshot->networks[r->snapshot->users[m].network];
}

static double local_work_flop(const struct replay *r, int m)
{
	double work = 0;
	for (int n = 0; n < r->plan->users[m].cut; n++)
		work += network_of(r, m)->work_flop[n];
	return work;
}

static int check_frequency(const struct replay *r, int m, double work_flop)
{
	const struct device *device = &r->snapshot->users[m].device;
	double f = r->plan->users[m].freq_flops;
	if (work_flop <= 0)
		return f == 0 ? 0
			      : BROKEN(r, "users[%d].freq_flops is %g with nothing to run locally: must be 0",
				       m, f);
	if (f >= device->f_min_flops * (1 - 1e-9) && f <= device->f_max_flops * (1 + 1e-9))
		return 0;
	return BROKEN(r, "users[%d].freq_flops is %g: the device runs at %g to %g", m, f, device->f_min_flops,
		      device->f_max_flops);
}

static int check_device_part(const struct replay *r, int m, double work_flop)
{
	const struct snapshot_user *user = &r->snapshot->users[m];
	const struct plan_user *u = &r->plan->users[m];
	if (u->compute_start_s < user->release_s - slack_s(user->release_s))
		return BROKEN(r, "users[%d] starts at %g s, before its release at %g s", m,
			      u->compute_start_s, user->release_s);
	double end_s = u->compute_start_s + (work_flop > 0 ? work_flop / u->freq_flops : 0);
	if (!same_s(u->compute_end_s, end_s))
		return BROKEN(r, "users[%d].compute_end_s is %.9g: its work ends at %.9g", m,
			      u->compute_end_s, end_s);
	double j = user->device.kappa * work_flop * u->freq_flops * u->freq_flops;
	if (!same_j(u->compute_j, j))
		return BROKEN(r, "users[%d].compute_j is %.9g: the model gives %.9g", m, u->compute_j, j);
	return 0;
}

static int check_upload(const struct replay *r, int m)
{
	const struct snapshot_user *user = &r->snapshot->users[m];
	const struct plan_user *u = &r->plan->users[m];
	bool local = u->cut == network_of(r, m)->n_subtasks;
	if (!local && user->rate_bps <= 0)
		return BROKEN(r, "users[%d] offloads without coverage", m);
	if (local != (u->group < 0))
		return BROKEN(r, "users[%d].group is %d with cut %d: -1 means local, and only that", m,
			      u->group, u->cut);
	double air_s = local ? 0 : snapshot_upload_bits(r->snapshot, m)[u->cut] / user->rate_bps;
	double end_s = u->compute_end_s + (local ? 0 : air_s + user->uplink_delay_s);
	if (!same_s(u->upload_end_s, end_s))
		return BROKEN(r, "users[%d].upload_end_s is %.9g: the model gives %.9g", m, u->upload_end_s,
			      end_s);
	if (!same_j(u->transmit_j, user->tx_power_w * air_s))
		return BROKEN(r, "users[%d].transmit_j is %.9g: the model gives %.9g", m, u->transmit_j,
			      user->tx_power_w * air_s);
	return 0;
}

static int check_user(const struct replay *r, int m)
{
	int n_subtasks = network_of(r, m)->n_subtasks, cut = r->plan->users[m].cut;
	if (cut < 0 || cut > n_subtasks)
		return BROKEN(r, "users[%d].cut is %d: must be 0 to %d", m, cut, n_subtasks);
	double work_flop = local_work_flop(r, m);
	int rc = check_frequency(r, m, work_flop);
	rc = rc ? rc : check_device_part(r, m, work_flop);
	rc = rc ? rc : check_upload(r, m);
	r->next[m] = cut;
	r->done_s[m] = r->plan->users[m].upload_end_s;
	return rc;
}

static int check_member(const struct replay *r, int i, int m)
{
	const struct plan_batch *batch = &r->plan->batches[i];
	if (m < 0 || m >= r->plan->n_users)
		return BROKEN(r, "batches[%d] has a member %d: there are %d users", i, m, r->plan->n_users);
	const struct plan_user *u = &r->plan->users[m];
	if (r->snapshot->users[m].network != batch->network || u->group != batch->group)
		return BROKEN(r, "batches[%d] is of network %d and group %d, its member users[%d] is not", i,
			      batch->network, batch->group, m);
	if (r->next[m] != batch->subtask)
		return BROKEN(r, "batches[%d] runs sub-task %d of users[%d], whose next one is %d", i,
			      batch->subtask, m, r->next[m]);
	double guard_s = batch->subtask == u->cut ? r->snapshot->guard_s : 0;
	if (!(r->done_s[m] + guard_s <= batch->start_s + slack_s(batch->start_s)))
		return BROKEN(
		    r, "batches[%d] starts at %.9g s, the data of users[%d] is there at %.9g s (guard %g s)",
		    i, batch->start_s, m, r->done_s[m], guard_s);
	r->next[m]++;
	r->done_s[m] = batch->start_s + batch->duration_s;
	return 0;
}

// F_n(b) at the batch's frequency and share of the GPU.
static int check_duration(const struct replay *r, int i)
{
	const struct plan_batch *batch = &r->plan->batches[i];
	if (!(batch->edge_freq > 0 && batch->edge_freq <= 1))
		return BROKEN(r, "batches[%d].edge_freq is %g: must be above 0 and at most 1", i,
			      batch->edge_freq);
	const struct snapshot_network *net = &r->snapshot->networks[batch->network];
	double s =
	    snapshot_batch_s(net, batch->subtask, batch->n_users) * r->plan->gpu_shares / batch->edge_freq;
	if (!same_s(batch->duration_s, s))
		return BROKEN(r, "batches[%d].duration_s is %.9g: a batch of %d takes %.9g", i,
			      batch->duration_s, batch->n_users, s);
	return 0;
}

// The time at which the GPU is taken that the batch runs into.
static const struct busy *overlapped(const struct snapshot *snapshot, const struct plan_batch *batch)
{
	double end_s = batch->start_s + batch->duration_s;
	for (const struct busy *b = snapshot->busy; b < snapshot->busy + snapshot->n_busy; b++)
		if (batch->start_s < b->end_s - slack_s(b->end_s) && end_s > b->start_s + slack_s(b->start_s))
			return b;
	return NULL;
}

static int check_batch(const struct replay *r, int i)
{
	const struct plan_batch *batch = &r->plan->batches[i];
	if (batch->network < 0 || batch->network >= r->snapshot->n_networks || batch->subtask < 0 ||
	    batch->subtask >= r->snapshot->networks[batch->network].n_subtasks)
		return BROKEN(r, "batches[%d] is of network %d, sub-task %d: there is none", i,
			      batch->network, batch->subtask);
	if (batch->n_users < 1 || batch->first < 0 || batch->n_users > r->plan->n_members - batch->first)
		return BROKEN(r, "batches[%d] has %d users from members[%d]: there are %d members", i,
			      batch->n_users, batch->first, r->plan->n_members);
	if (!(batch->start_s >= r->snapshot->gpu_free_s - slack_s(r->snapshot->gpu_free_s)))
		return BROKEN(r, "batches[%d] starts at %.9g s, the GPU is busy until %.9g s", i,
			      batch->start_s, r->snapshot->gpu_free_s);
	const struct busy *busy = overlapped(r->snapshot, batch);
	if (busy)
		return BROKEN(r, "batches[%d] runs from %.9g to %.9g s, the GPU is busy from %.9g to %.9g s",
			      i, batch->start_s, batch->start_s + batch->duration_s, busy->start_s,
			      busy->end_s);
	if (i > 0 && !(batch->start_s >= batch[-1].start_s))
		return BROKEN(r, "batches[%d] starts before batches[%d]: must ascend", i, i - 1);
	int rc = check_duration(r, i);
	for (int k = 0; k < batch->n_users && rc == 0; k++)
		rc = check_member(r, i, r->plan->members[batch->first + k]);
	return rc;
}

// One batch at a time; on a shared GPU at most gpu_shares. Batches are in order of start.
static int check_gpu(const struct replay *r, int i)
{
	const struct plan_batch *batches = r->plan->batches;
	int running = 1;
	for (int k = i - 1; k >= 0; k--) {
		double end_s = batches[k].start_s + batches[k].duration_s;
		running += end_s > batches[i].start_s + slack_s(end_s);
		if (running > r->plan->gpu_shares)
			return BROKEN(r, "batches[%d] starts at %.9g s while batches[%d] runs until %.9g s",
				      i, batches[i].start_s, k, end_s);
		if (r->plan->gpu_shares == 1)
			break; // the one before was checked against all earlier ones
	}
	return 0;
}

static int check_result(const struct replay *r, int m)
{
	const struct plan_user *u = &r->plan->users[m];
	int n_subtasks = network_of(r, m)->n_subtasks;
	if (r->next[m] != n_subtasks)
		return BROKEN(r, "users[%d] offloads from sub-task %d, and no batch runs its sub-task %d", m,
			      u->cut, r->next[m]);
	double finish_s =
	    u->cut == n_subtasks ? u->compute_end_s : r->done_s[m] + r->snapshot->users[m].downlink_s;
	if (!same_s(u->finish_s, finish_s))
		return BROKEN(r, "users[%d].finish_s is %.9g: the plan gives %.9g", m, u->finish_s, finish_s);
	double bound_s = r->snapshot->edge_deadline_s;
	if (u->feasible && u->cut < n_subtasks && bound_s > 0 && finish_s > bound_s + slack_s(finish_s))
		return BROKEN(
		    r, "users[%d] offloads and finishes at %.9g s, after the edge's deadline of %.9g s", m,
		    finish_s, bound_s);
	double late_s = finish_s - r->snapshot->users[m].deadline_s;
	if (u->feasible && late_s > slack_s(finish_s))
		return BROKEN(r, "users[%d] is said to be feasible and finishes %.9g s after its deadline", m,
			      late_s);
	if (!u->feasible && late_s < -slack_s(finish_s))
		return BROKEN(r, "users[%d] is said to be infeasible and finishes %.9g s before its deadline",
			      m, -late_s);
	if (!u->feasible && !u->why[0])
		return BROKEN(r, "users[%d] is infeasible without a reason", m);
	return 0;
}

static double edge_energy_j(const struct replay *r)
{
	double total = 0;
	for (int i = 0; r->snapshot->has_edge_dvfs && i < r->plan->n_batches; i++) {
		const struct plan_batch *batch = &r->plan->batches[i];
		double x = batch->edge_freq;
		double alone_s = batch->duration_s * x / r->plan->gpu_shares;
		total += alone_s * (r->snapshot->edge_static_w / x + r->snapshot->edge_dynamic_w * x * x);
	}
	return total;
}

static int check_totals(const struct replay *r)
{
	const struct plan *plan = r->plan;
	double gpu_end_s = r->snapshot->gpu_free_s, edge_j = edge_energy_j(r),
	       energy_j = plan->edge_charged ? edge_j : 0;
	bool feasible = true;
	for (int i = 0; i < plan->n_batches; i++)
		gpu_end_s = fmax(gpu_end_s, plan->batches[i].start_s + plan->batches[i].duration_s);
	for (int m = 0; m < plan->n_users; m++) {
		feasible = feasible && plan->users[m].feasible;
		energy_j += plan->users[m].compute_j + plan->users[m].transmit_j;
	}
	if (plan->feasible != feasible)
		return BROKEN(r, "the plan is said to be %s, its users say otherwise",
			      plan->feasible ? "feasible" : "infeasible");
	if (!same_s(plan->gpu_end_s, gpu_end_s))
		return BROKEN(r, "gpu_end_s is %.9g: the batches end at %.9g", plan->gpu_end_s, gpu_end_s);
	if (!same_j(plan->energy_j, energy_j) || !same_j(plan->edge_j, edge_j))
		return BROKEN(r, "energy_j is %.9g and edge_j %.9g: they add up to %.9g and %.9g",
			      plan->energy_j, plan->edge_j, energy_j, edge_j);
	return 0;
}

static int replay(const struct replay *r)
{
	const struct plan *plan = r->plan;
	if (plan->n_users != r->snapshot->n_users)
		return BROKEN(r, "the plan has %d users, the snapshot %d", plan->n_users,
			      r->snapshot->n_users);
	if (plan->gpu_shares < 1)
		return BROKEN(r, "gpu_shares is %d: must be >= 1", plan->gpu_shares);
	if (plan->n_batches < 0 || plan->n_batches > plan->capacity_batches || plan->n_members < 0 ||
	    plan->n_members > plan->capacity_members)
		return BROKEN(r, "n_batches is %d and n_members %d: outside the plan's storage",
			      plan->n_batches, plan->n_members);
	int rc = 0;
	for (int m = 0; m < plan->n_users && rc == 0; m++)
		rc = check_user(r, m);
	for (int i = 0; i < plan->n_batches && rc == 0; i++)
		rc = check_batch(r, i);
	for (int i = 1; i < plan->n_batches && rc == 0; i++)
		rc = check_gpu(r, i);
	for (int m = 0; m < plan->n_users && rc == 0; m++)
		rc = check_result(r, m);
	return rc ? rc : check_totals(r);
}

int plan_check(const struct snapshot *snapshot, const struct plan *plan, struct err *err)
{
	size_t n = (size_t)snapshot->n_users + 1;
	struct replay r = {snapshot, plan, err, calloc(n, sizeof(int)), calloc(n, sizeof(double))};
	int rc = r.next && r.done_s ? replay(&r) : err_set(err, ENOMEM, "no memory to check the plan");
	free(r.next);
	free(r.done_s);
	return rc;
}
