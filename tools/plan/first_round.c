// SPDX-License-Identifier: BSD-3-Clause
#include "tools/plan/first_round.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "edge/desk/desk.h"
#include "edge/desk/round.h"
#include "edge/desk/served.h"

struct first_round {
	const struct resolved *resolved;
	struct first_round_shape shape;
	struct snapshot snapshot;
	struct prepared prepared;
	struct snapshot_network *networks; // [prepared.n]
	double *result_bytes;		   // [prepared.n]
	int n_jobs;
	struct snapshot_job *jobs;  // [n_jobs] UE by UE
	int *ue_of;		    // [n_jobs]
	double **tables;	    // [n_servers * prepared.n] of further servers, the first one's first
	const double *const **rows; // [n_servers] into tables
	double *frame_bits;	    // [n_ues][POLICY_MAX_SUBTASKS + 1] of a band that is granted
};

static int see_networks(struct first_round *r, bool ideal, struct err *err)
{
	int code = 0;
	for (int i = 0; code == 0 && i < r->prepared.n; i++) {
		const struct prepared_network *prepared = &r->prepared.networks[i];
		struct network *net;
		if (!prepared->profile)
			return err_set(
			    err, EINVAL,
			    "no UE with %s has tasks (ues.arrivals.kind is none): there is nothing to plan "
			    "for it; give these UEs another network or tasks",
			    prepared->name);
		code = network_outline(&net, prepared->name, WEIGHT_SEED, err);
		if (code < 0)
			return code;
		code = served_network(&r->networks[i], &r->result_bytes[i], net, prepared->profile, err);
		network_free(net);
		if (code == 0 && ideal)
			r->networks[i].batch_s = prepared->profile->median_s;
	}
	return code;
}

static int see_servers(struct first_round *r, struct err *err)
{
	const struct topology *t = r->resolved->topology;
	int n = r->prepared.n;
	r->tables = calloc((size_t)(t->n_servers * n) + 1, sizeof(double *));
	r->rows = calloc((size_t)t->n_servers + 1, sizeof(*r->rows));
	bool ok = r->tables && r->rows;
	for (int i = 0; ok && i < t->n_servers * n; i++) {
		const struct profile *own = r->prepared.server_profiles[i];
		const struct profile *profile = own ? own : r->prepared.networks[i % n].profile;
		r->tables[i] =
		    served_table(&r->networks[i % n], profile,
				 r->shape.ideal ? profile->median_s : profile->p95_s, t->server[i / n].speed);
		ok = r->tables[i] != NULL;
	}
	for (int i = 0; ok && i < t->n_servers; i++)
		r->rows[i] = (const double *const *)&r->tables[i * n];
	return ok ? 0 : err_set(err, ENOMEM, "no memory for %d servers", t->n_servers);
}

static struct round_networks round_networks_of(const struct first_round *r)
{
	return (struct round_networks){.n = r->prepared.n,
				       .networks = r->networks,
				       .result_bytes = r->result_bytes,
				       .server_batch_s = r->rows};
}

// Tasks of a UE in the round.
static int jobs_of(const struct first_round *r, int ue)
{
	const struct edge_ue *u = &r->resolved->edge.ues[ue];
	int n = u->burst < u->open_jobs ? u->burst : u->open_jobs;
	return r->shape.bursts && n > 1 ? n : 1;
}

// All ask at once, one request after the other.
static double request_way_s(const struct first_round *r, int i)
{
	const struct edge_ue *ue = &r->resolved->edge.ues[i];
	double rate_bps = least_share(r->resolved->topology) * ue->uplink_bps;
	double one_s =
	    8 * (double)message_radio_bytes(MESSAGE_REQUEST_SIZE, r->resolved->edge.mtu) / rate_bps;
	return jobs_of(r, i) * one_s + ue->uplink_delay_s;
}

// After the tasks' arrival: when the round closes. Bursts are waited for.
static double instant_s(const struct first_round *r)
{
	double first_s = INFINITY, last_s = 0, whole_s = 0;
	for (int i = 0; i < r->resolved->edge.n_ues; i++) {
		double way_s = request_way_s(r, i);
		first_s = fmin(first_s, way_s);
		last_s = fmax(last_s, way_s);
		whole_s = fmax(whole_s, jobs_of(r, i) > 1 ? way_s : 0);
	}
	return fmax(whole_s, fmin(last_s, first_s + r->resolved->edge.admission_window_s));
}

static struct round_request request_of(const struct resolved *r, int i)
{
	struct ue_config ue;
	resolved_ue(&ue, r, i);
	return (struct round_request){.ue = i,
				      .deadline_ns = r->topology->ue[i].deadline_ns,
				      .request = {.f_min_flops = ue.device.f_min_flops,
						  .f_max_flops = ue.device.f_max_flops,
						  .kappa = ue.device.kappa,
						  .tx_power_w = ue.tx_power_w,
						  .least_accuracy = ue.least_accuracy}};
}

static void make_ideal(struct snapshot_job *user, const struct edge_ue *radio, double share,
		       int64_t deadline_ns)
{
	user->rate_bps = share * radio->uplink_bps;
	user->uplink_delay_s = user->downlink_s = user->release_s = 0;
	user->deadline_s = ns_to_s(deadline_ns);
}

// P g / N_0 of a UE as the run begins.
static double power_to_noise_hz(const struct resolved *r, int i)
{
	const struct topology *t = r->topology;
	double noise_dbm_hz = t->cell.noise_density_dbm_hz + t->cell.noise_figure_db;
	return t->ue[i].tx_power_w * pow(10, (r->radio[i].gain_db - noise_dbm_hz) / 10 + 3);
}

static bool is_granted(const struct first_round *r)
{
	const struct topology *t = r->resolved->topology;
	return t->cell.grant == GRANT_GRANTED && t->cell.rate.kind == LINK_RATE_SHANNON;
}

// Where the cell is granted: what the edge would be told.
static void see_band(struct first_round *r, int ue, struct snapshot_job *job)
{
	const struct round_networks networks = round_networks_of(r);
	if (!r->shape.ideal)
		round_user_band(job, &r->resolved->edge, &networks, ue, r->resolved->topology->n_ues,
				r->frame_bits + (ptrdiff_t)ue * (POLICY_MAX_SUBTASKS + 1));
	job->power_to_noise_hz = power_to_noise_hz(r->resolved, ue);
}

// The n jobs of a UE.
static void see_user(struct first_round *r, int ue, struct snapshot_job jobs[], int n, int64_t now_ns)
{
	const struct edge_config *edge = &r->resolved->edge;
	const struct round_networks networks = round_networks_of(r);
	struct round_request request = request_of(r->resolved, ue);
	for (int i = 0; i < n; i++) {
		r->ue_of[jobs + i - r->jobs] = ue;
		round_user(&jobs[i], edge, &networks, &request, edge->n_ues, now_ns);
		if (r->shape.ideal)
			make_ideal(&jobs[i], &edge->ues[ue], least_share(r->resolved->topology),
				   request.deadline_ns);
		if (is_granted(r))
			see_band(r, ue, &jobs[i]);
	}
	if (!r->shape.ordered || edge->ues[ue].open_jobs <= 1)
		return;
	const struct snapshot_network *net = &r->networks[jobs[0].network];
	round_share_device(jobs, n, edge, &request, edge->n_ues, round_answer_bytes(edge, net, is_granted(r)),
			   now_ns);
	for (int i = 0; r->shape.ideal && i < n; i++)
		jobs[i].release_s = 0;
}

static void see_users(struct first_round *r)
{
	const struct edge_config *edge = &r->resolved->edge;
	int64_t now_ns = s_to_ns(instant_s(r));
	for (int ue = 0, at = 0; ue < edge->n_ues; at += jobs_of(r, ue), ue++)
		see_user(r, ue, r->jobs + at, jobs_of(r, ue), now_ns);
	r->snapshot = (struct snapshot){.n_jobs = r->n_jobs,
					.n_networks = r->prepared.n,
					.n_servers = 1,
					.jobs = r->jobs,
					.networks = r->networks,
					.guard_s = r->shape.ideal ? 0 : edge->guard_s};
	const struct round_networks networks = round_networks_of(r);
	round_servers(&r->snapshot, edge, &networks);
	round_power(&r->snapshot, &edge->power);
	if (is_granted(r))
		r->snapshot.band_hertz =
		    r->resolved->topology->cell.bandwidth_hz * (r->shape.ideal ? 1 : 1 - DESK_REST_SHARE);
}

static int make_storage(struct first_round *r, struct err *err)
{
	size_t n_ues = (size_t)r->resolved->edge.n_ues;
	for (int i = 0; i < r->resolved->edge.n_ues; i++)
		r->n_jobs += jobs_of(r, i);
	r->networks = calloc((size_t)r->prepared.n, sizeof(*r->networks));
	r->result_bytes = calloc((size_t)r->prepared.n, sizeof(*r->result_bytes));
	r->jobs = calloc((size_t)r->n_jobs, sizeof(*r->jobs));
	r->ue_of = calloc((size_t)r->n_jobs, sizeof(*r->ue_of));
	r->frame_bits = calloc(n_ues, (POLICY_MAX_SUBTASKS + 1) * sizeof(*r->frame_bits));
	if (!r->networks || !r->result_bytes || !r->jobs || !r->ue_of || !r->frame_bits)
		return err_set(err, ENOMEM, "no memory for %zu UEs", n_ues);
	return 0;
}

static int fill(struct first_round *r, bool quiet, struct err *err)
{
	const struct topology *t = r->resolved->topology;
	bool has_inputs = false;
	for (int i = 0; i < t->n_ues; i++)
		has_inputs = has_inputs || t->ue[i].input_bytes > 0;
	if (t->variants[0] || has_inputs)
		return err_set(
		    err, EINVAL,
		    "a round of its own knows neither ues.variants nor ues.input yet: use `airbatch sim`, or "
		    "set ues.variants=none and ues.input=0B");
	int code = prepare(&r->prepared, r->resolved->topology, false, quiet, err);
	code = code < 0 ? code : make_storage(r, err);
	code = code < 0 ? code : see_networks(r, r->shape.ideal, err);
	code = code < 0 ? code : see_servers(r, err);
	if (code < 0)
		return code;
	see_users(r);
	return snapshot_check(&r->snapshot, err);
}

int first_round_open(struct first_round **out, const struct resolved *resolved,
		     const struct first_round_shape *shape, bool quiet, struct err *err)
{
	*out = NULL;
	struct first_round *r = calloc(1, sizeof(*r));
	if (!r)
		return err_set(err, ENOMEM, "no memory for a round");
	r->resolved = resolved;
	r->shape = *shape;
	int code = fill(r, quiet, err);
	if (code < 0)
		first_round_free(r);
	else
		*out = r;
	return code;
}

void first_round_free(struct first_round *r)
{
	if (!r)
		return;
	for (int i = 0; r->networks && i < r->prepared.n; i++)
		served_network_free(&r->networks[i]);
	for (int i = 0; r->tables && i < r->prepared.n_servers * r->prepared.n; i++)
		free(r->tables[i]);
	free(r->tables);
	free(r->rows);
	prepared_free(&r->prepared);
	free(r->networks);
	free(r->frame_bits);
	free(r->result_bytes);
	free(r->jobs);
	free(r->ue_of);
	free(r);
}

const struct snapshot *first_round_snapshot(const struct first_round *r)
{
	return &r->snapshot;
}

const char *first_round_subtask(const void *round, int network, int subtask)
{
	const struct first_round *r = round;
	return prepared_subtask(&r->prepared.networks[network], (uint32_t)subtask);
}

void first_round_job(const void *round, int m, char out[PLAN_JOB_NAME])
{
	const struct first_round *r = round;
	int ue = r->ue_of[m], first = m;
	while (first > 0 && r->ue_of[first - 1] == ue)
		first--;
	int n = snprintf(out, PLAN_JOB_NAME, "ue%d", ue + 1);
	if (jobs_of(r, ue) > 1)
		snprintf(out + n, (size_t)(PLAN_JOB_NAME - n), "/%d", m - first + 1);
}
