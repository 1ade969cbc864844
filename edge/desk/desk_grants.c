// SPDX-License-Identifier: BSD-3-Clause
// Which part of the uplink's band each UE has, where the cell obeys grants (DESK_CELL).
#include <errno.h>
#include <math.h>

#include "edge/desk/desk_private.h"

#define ROUNDING 1e-9 // of the band

static double rest_hz(const struct desk *d)
{
	return fmax(DESK_REST_SHARE * d->cell.band_hz / d->config.n_ues, d->cell.least_hz);
}

// The greatest grant of the UE's jobs whose tensors are to come, or what it has at rest: as much of the band
// is its own until then.
static double reserved_hz(const struct desk *d, int ue)
{
	double hertz = rest_hz(d);
	for (const struct desk_job *job = d->ues[ue].jobs; job; job = job->next)
		hertz = fmax(hertz, job->hertz);
	return hertz;
}

double desk_grantable_hz(const struct desk *d)
{
	double left_hz = d->cell.is_granted ? d->cell.band_hz : 0;
	for (int ue = 0; left_hz > 0 && ue < d->config.n_ues; ue++)
		left_hz -= reserved_hz(d, ue);
	return left_hz > ROUNDING * d->cell.band_hz ? left_hz : 0;
}

static double granted_hz(const struct desk *d, int i)
{
	bool is_local = d->asked[i]->batch.next == d->asked[i]->batch.n_subtasks;
	return is_local ? 0 : d->plan->jobs[i].hertz;
}

int desk_check_grants(const struct desk *d, const struct round *round, struct err *err)
{
	double sum_hz = 0, of_ue_hz = 0; // the UE's largest so far; its jobs stand side by side
	for (int i = 0; i < round->n; i++) {
		double hertz = d->plan->jobs[i].admitted ? d->plan->jobs[i].hertz : 0;
		if (i > 0 && round->requests[i].ue != round->requests[i - 1].ue)
			of_ue_hz = 0;
		if (!(isfinite(hertz) && hertz >= 0))
			return err_set(err, EPROTO, "the policy %s grants ue%d %g Hz: 0 or more is right",
				       round->policy->name, round->requests[i].ue + 1, hertz);
		sum_hz += fmax(hertz - of_ue_hz, 0);
		of_ue_hz = fmax(of_ue_hz, hertz);
	}
	if (sum_hz <= round->grantable_hz + ROUNDING * d->cell.band_hz)
		return 0;
	return err_set(err, EPROTO, "the policy %s grants %.9g Hz: %.9g Hz of the band can be granted",
		       round->policy->name, sum_hz, round->grantable_hz);
}

// Uploads of a UE follow one another: what the first of them was granted. Between them the UE rests.
static double wanted_hz(const struct desk *d, int ue)
{
	const struct desk_job *job = d->ues[ue].jobs;
	while (job && !(job->hertz > 0))
		job = job->next;
	return job ? job->hertz : rest_hz(d);
}

static void share(struct desk *d, int ue)
{
	double hertz = wanted_hz(d, ue);
	if (hertz == d->ues[ue].held_hz)
		return;
	d->ues[ue].held_hz = hertz;
	d->shares[d->n_shares++] = (struct cell_share){(uint32_t)ue, hertz};
}

static void share_all(struct desk *d)
{
	for (int ue = 0; ue < d->config.n_ues; ue++)
		share(d, ue);
	d->cell.is_stale = false;
}

static void grant(struct desk *d)
{
	if (d->n_shares > 0)
		desk_push(
		    d, &(struct desk_action){.kind = DESK_GRANT, .grant = {d->shares, (size_t)d->n_shares}});
}

void desk_grant_round(struct desk *d, int n)
{
	d->n_shares = 0;
	for (int i = 0; i < n; i++) {
		d->asked[i]->hertz = granted_hz(d, i);
		if (d->asked[i]->hertz > 0 && !d->cell.is_ours)
			d->cell.is_ours = d->cell.is_stale = true;
	}
	if (d->cell.is_stale)
		share_all(d);
	for (int i = 0; d->cell.is_ours && i < n; i++)
		share(d, d->asked[i]->request.ue); // by UE: desk_collect
	grant(d);
}

void desk_grant_again(struct desk *d, int ue)
{
	d->n_shares = 0;
	if (d->cell.is_stale)
		share_all(d);
	else if (d->cell.is_ours)
		share(d, ue);
	grant(d);
}

void desk_grant_all(struct desk *d)
{
	d->n_shares = 0;
	if (d->cell.is_ours)
		share_all(d);
	grant(d);
}

void desk_ask_cell(struct desk *d)
{
	if (d->cell.is_ours)
		desk_push(d, &(struct desk_action){.kind = DESK_READ_CELL});
}

int desk_see_cell(struct desk *d, const struct desk_event *e, struct err *err)
{
	uint32_t n_ues = (uint32_t)d->config.n_ues;
	if (e->cell.first_ue > n_ues || e->cell.n > n_ues - e->cell.first_ue)
		return err_set(err, EINVAL, "the cell tells of %u UEs from ue%u on: this run has ue1 to ue%u",
			       e->cell.n, e->cell.first_ue + 1, n_ues);
	if (!(isfinite(e->cell.band_hz) && e->cell.band_hz >= 0))
		return err_set(err, EINVAL, "the cell's band is %g Hz: 0 or more is right", e->cell.band_hz);
	d->cell.is_stale |= d->cell.is_ours && e->cell.band_hz != d->cell.band_hz;
	d->cell.is_granted = e->cell.is_granted;
	d->cell.band_hz = e->cell.band_hz;
	d->cell.least_hz = e->cell.least_hz;
	for (uint32_t i = 0; i < e->cell.n; i++) {
		uint32_t ue = e->cell.first_ue + i;
		d->config.ues[ue].power_to_noise_hz = e->cell.ue[i].power_to_noise_hz;
		if (!d->cell.is_ours)
			d->ues[ue].held_hz = e->cell.ue[i].hertz;
	}
	return 0;
}

// Somebody else has changed the cell: all of it is said at once; where that was refused, not before something
// else changes.
void desk_grant_refused(struct desk *d)
{
	bool was_whole = d->n_shares == d->config.n_ues;
	for (int ue = 0; ue < d->config.n_ues; ue++)
		d->ues[ue].held_hz = -1;
	d->cell.is_stale = d->cell.is_ours;
	d->n_shares = 0;
	if (was_whole || !d->cell.is_ours)
		return;
	share_all(d);
	grant(d);
}
