// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include "edge/policy/check.h"
#include "edge/policy/predict.h"

struct decisions {
	const struct snapshot *snapshot;
	const struct plan *plan;
	struct err *err;
};

#define BROKEN(d, ...) err_set((d)->err, EPROTO, __VA_ARGS__)

static bool is_allowed(const struct snapshot_job *user, int network)
{
	bool allowed = network == user->network;
	for (int i = 0; i < user->n_variants; i++)
		allowed = allowed || network == user->variants[i];
	return allowed;
}

static int check_choice(const struct decisions *d, int m)
{
	const struct plan_job *u = &d->plan->jobs[m];
	if (!is_allowed(&d->snapshot->jobs[m], u->network))
		return BROKEN(d, "users[%d].network is %d: neither its own nor one of its variants", m,
			      u->network);
	const struct snapshot_network *net = &d->snapshot->networks[u->network];
	if (u->exit < 0 || u->exit > net->n_exits)
		return BROKEN(d, "users[%d].exit is %d: its network has %d, from 1; 0 = none", m, u->exit,
			      net->n_exits);
	int n_subtasks = plan_subtasks(d->snapshot, u);
	if (u->cut < 0 || u->cut > n_subtasks)
		return BROKEN(d, "users[%d].cut is %d: must be 0 to %d", m, u->cut, n_subtasks);
	if (u->server < 0 || u->server >= d->snapshot->n_servers)
		return BROKEN(d, "users[%d].server is %d: must be 0 to %d", m, u->server,
			      d->snapshot->n_servers - 1);
	if (!u->admitted && u->group >= 0)
		return BROKEN(d, "users[%d].group is %d: who is not admitted is in none, -1", m, u->group);
	if (u->admitted && (u->cut == n_subtasks) != (u->group < 0))
		return BROKEN(d, "users[%d].group is %d with cut %d: -1 means local, and only that", m,
			      u->group, u->cut);
	return 0;
}

static int check_frequency(const struct decisions *d, int m)
{
	const struct snapshot_job *user = &d->snapshot->jobs[m];
	const struct plan_job *u = &d->plan->jobs[m];
	double f = u->freq_flops, work_flop = 0;
	for (int n = 0; n < u->cut; n++)
		work_flop += d->snapshot->networks[u->network].work_flop[n];
	if (user->device_s && f != 0)
		return BROKEN(d, "users[%d].freq_flops is %g: its device has one frequency, so 0 is right", m,
			      f);
	if (work_flop <= 0 && f != 0)
		return BROKEN(d, "users[%d].freq_flops is %g with nothing to run locally: must be 0", m, f);
	if (user->device_s || work_flop <= 0 || !u->admitted)
		return 0;
	if (f >= user->device.f_min_flops * (1 - 1e-9) && f <= user->device.f_max_flops * (1 + 1e-9))
		return 0;
	return BROKEN(d, "users[%d].freq_flops is %g: the device runs at %g to %g", m, f,
		      user->device.f_min_flops, user->device.f_max_flops);
}

static int check_grant(const struct decisions *d, int m)
{
	const struct plan_job *u = &d->plan->jobs[m];
	if (!(isfinite(u->hertz) && u->hertz >= 0))
		return BROKEN(d, "users[%d].hertz is %g: must be finite and >= 0", m, u->hertz);
	if (u->hertz > 0 && d->snapshot->band_hertz <= 0)
		return BROKEN(d, "users[%d].hertz is %g: the band is not granted, so 0 is right", m,
			      u->hertz);
	if (u->group >= 0 && !(predict_rate_bps(d->snapshot, m, u->hertz) > 0))
		return BROKEN(d, "users[%d] offloads without coverage", m);
	return 0;
}

static int by_place(const void *a, const void *b, void *decisions)
{
	const struct decisions *d = decisions;
	int x = *(const int *)a, y = *(const int *)b;
	int id_x = d->snapshot->jobs[x].device_id, id_y = d->snapshot->jobs[y].device_id;
	int order_x = d->plan->jobs[x].order, order_y = d->plan->jobs[y].order;
	if (id_x != id_y)
		return id_x < id_y ? -1 : 1;
	if (order_x != order_y)
		return order_x < order_y ? -1 : 1;
	return x < y ? -1 : x > y;
}

static int check_place(const struct decisions *d, int before, int m)
{
	if (d->snapshot->jobs[before].device_id != d->snapshot->jobs[m].device_id ||
	    d->plan->jobs[before].order != d->plan->jobs[m].order)
		return 0;
	return BROKEN(
	    d, "users[%d].order is %d, as users[%d].order on the same device: each needs a place of its own",
	    m, d->plan->jobs[m].order, before);
}

static double granted_hz(const struct decisions *d, int m)
{
	return d->plan->jobs[m].admitted ? d->plan->jobs[m].hertz : 0;
}

// Jobs of a device upload one after another: the largest of their grants counts. order[n]: by device.
static int check_band(const struct decisions *d, const int order[], int n)
{
	double sum = 0, band = d->snapshot->band_hertz;
	for (int i = 0, to; i < n; i = to) {
		double most = granted_hz(d, order[i]);
		int id = d->snapshot->jobs[order[i]].device_id;
		for (to = i + 1; id > 0 && to < n && d->snapshot->jobs[order[to]].device_id == id; to++)
			most = fmax(most, granted_hz(d, order[to]));
		sum += most;
	}
	if (sum <= band * (1 + 1e-9))
		return 0;
	return BROKEN(d, "the grants add up to %.9g Hz: the band has %.9g", sum, band);
}

// On devices that several jobs share.
static int check_devices(struct decisions d)
{
	int n = d.plan->n_jobs, rc = 0, *order = calloc((size_t)n + 1, sizeof(*order));
	if (!order)
		return err_set(d.err, ENOMEM, "no memory to check the plan");
	for (int m = 0; m < n; m++)
		order[m] = m;
	if (n > 1)
		qsort_r(order, (size_t)n, sizeof(*order), by_place, &d);
	for (int i = 1; i < n && rc == 0; i++)
		if (d.snapshot->jobs[order[i]].device_id > 0)
			rc = check_place(&d, order[i - 1], order[i]);
	rc = rc ? rc : check_band(&d, order, n);
	free(order);
	return rc;
}

static int check_member(const struct decisions *d, int i, int m)
{
	const struct plan_batch *batch = &d->plan->batches[i];
	if (m < 0 || m >= d->plan->n_jobs)
		return BROKEN(d, "batches[%d] has a member %d: there are %d users", i, m, d->plan->n_jobs);
	const struct plan_job *u = &d->plan->jobs[m];
	if (!u->admitted)
		return BROKEN(d, "batches[%d] has the member users[%d], who is not admitted", i, m);
	if (u->server != batch->server || u->network != batch->network || u->group != batch->group)
		return BROKEN(d,
			      "batches[%d] is of server %d, network %d and group %d, its member users[%d] is "
			      "not",
			      i, batch->server, batch->network, batch->group, m);
	return 0;
}

static int check_batch(const struct decisions *d, int i)
{
	const struct plan_batch *batch = &d->plan->batches[i];
	if (batch->server < 0 || batch->server >= d->snapshot->n_servers)
		return BROKEN(d, "batches[%d].server is %d: must be 0 to %d", i, batch->server,
			      d->snapshot->n_servers - 1);
	if (batch->network < 0 || batch->network >= d->snapshot->n_networks || batch->subtask < 0 ||
	    batch->subtask >= d->snapshot->networks[batch->network].n_subtasks)
		return BROKEN(d, "batches[%d] is of network %d, sub-task %d: there is none", i,
			      batch->network, batch->subtask);
	if (batch->n_jobs < 1 || batch->first < 0 || batch->n_jobs > d->plan->n_members - batch->first)
		return BROKEN(d, "batches[%d] has %d users from members[%d]: there are %d members", i,
			      batch->n_jobs, batch->first, d->plan->n_members);
	int most = d->snapshot->networks[batch->network].max_batch;
	if (batch->n_jobs > most)
		return BROKEN(d, "batches[%d] has %d users: network %d runs at most %d together", i,
			      batch->n_jobs, batch->network, most);
	if (batch->expected < 0 || batch->expected > batch->n_jobs)
		return BROKEN(d, "batches[%d].expected is %d: must be 0, or 1 to its %d users", i,
			      batch->expected, batch->n_jobs);
	if (!isfinite(batch->start_s))
		return BROKEN(d, "batches[%d].start_s is %g: must be finite", i, batch->start_s);
	if (!(batch->edge_freq > 0 && batch->edge_freq <= 1) || (batch->server > 0 && batch->edge_freq < 1))
		return BROKEN(d,
			      "batches[%d].edge_freq is %g: must be above 0 and at most 1, and 1 at servers "
			      "other than 0",
			      i, batch->edge_freq);
	int rc = 0;
	for (int k = 0; k < batch->n_jobs && rc == 0; k++)
		rc = check_member(d, i, d->plan->members[batch->first + k]);
	return rc;
}

static int check_storage(const struct decisions *d)
{
	const struct plan *plan = d->plan;
	if (plan->n_jobs != d->snapshot->n_jobs)
		return BROKEN(d, "the plan has %d users, the snapshot %d", plan->n_jobs, d->snapshot->n_jobs);
	if (plan->gpu_shares < 1)
		return BROKEN(d, "gpu_shares is %d: must be >= 1", plan->gpu_shares);
	if (plan->n_batches < 0 || plan->n_batches > plan->capacity_batches || plan->n_members < 0 ||
	    plan->n_members > plan->capacity_members)
		return BROKEN(d, "n_batches is %d and n_members %d: outside the plan's storage",
			      plan->n_batches, plan->n_members);
	return 0;
}

int plan_check_decisions(const struct snapshot *snapshot, const struct plan *plan, struct err *err)
{
	const struct decisions d = {snapshot, plan, err};
	int rc = check_storage(&d);
	for (int m = 0; rc == 0 && m < plan->n_jobs; m++) {
		rc = check_choice(&d, m);
		rc = rc ? rc : check_frequency(&d, m);
		rc = rc ? rc : check_grant(&d, m);
	}
	rc = rc ? rc : check_devices(d);
	for (int i = 0; rc == 0 && i < plan->n_batches; i++)
		rc = check_batch(&d, i);
	return rc;
}
