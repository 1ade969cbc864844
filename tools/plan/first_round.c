// SPDX-License-Identifier: BSD-3-Clause
#include "tools/plan/first_round.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "edge/desk/desk.h"
#include "edge/desk/round.h"
#include "edge/desk/served.h"

struct first_round {
	const struct resolved *resolved;
	struct snapshot snapshot;
	struct prepared prepared;
	struct snapshot_network *networks; // [prepared.n]
	double *result_bytes;		   // [prepared.n]
	struct snapshot_job *jobs;	   // [n_ues]
	double *frame_bits;		   // [n_ues][POLICY_MAX_SUBTASKS + 1] of a band that is granted
};

static int see_networks(struct first_round *r, bool ideal, struct err *err)
{
	int code = 0;
	for (int i = 0; code == 0 && i < r->prepared.n; i++) {
		const struct prepared_network *prepared = &r->prepared.networks[i];
		struct network *net;
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

// All ask at once.
static double request_way_s(const struct resolved *r, int i)
{
	const struct edge_ue *ue = &r->edge.ues[i];
	double rate_bps = least_share(r->topology) * ue->uplink_bps;
	return 8 * (double)message_radio_bytes(MESSAGE_REQUEST_SIZE, r->edge.mtu) / rate_bps +
	       ue->uplink_delay_s;
}

// After the tasks' arrival: when the round closes.
static double instant_s(const struct resolved *r)
{
	double first_s = INFINITY, last_s = 0;
	for (int i = 0; i < r->edge.n_ues; i++) {
		double way_s = request_way_s(r, i);
		first_s = fmin(first_s, way_s);
		last_s = fmax(last_s, way_s);
	}
	return fmin(last_s, first_s + r->edge.admission_window_s);
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

// Where the cell is granted: what the edge would be told, and may grant.
static void see_band(struct first_round *r, bool ideal)
{
	const struct topology *t = r->resolved->topology;
	const struct round_networks networks = {r->prepared.n, r->networks, r->result_bytes};
	if (t->cell.grant != GRANT_GRANTED || t->cell.rate.kind != LINK_RATE_SHANNON)
		return;
	for (int i = 0; i < t->n_ues; i++) {
		struct snapshot_job *user = &r->jobs[i];
		if (!ideal)
			round_user_band(user, &r->resolved->edge, &networks, i, t->n_ues,
					r->frame_bits + (ptrdiff_t)i * (POLICY_MAX_SUBTASKS + 1));
		user->power_to_noise_hz = power_to_noise_hz(r->resolved, i);
	}
	r->snapshot.band_hertz = t->cell.bandwidth_hz * (ideal ? 1 : 1 - DESK_REST_SHARE);
}

static void see_users(struct first_round *r, bool ideal)
{
	const struct edge_config *edge = &r->resolved->edge;
	const struct round_networks networks = {r->prepared.n, r->networks, r->result_bytes};
	int64_t now_ns = s_to_ns(instant_s(r->resolved));
	for (int i = 0; i < edge->n_ues; i++) {
		struct round_request request = request_of(r->resolved, i);
		round_user(&r->jobs[i], edge, &networks, &request, edge->n_ues, now_ns);
		if (ideal)
			make_ideal(&r->jobs[i], &edge->ues[i], least_share(r->resolved->topology),
				   request.deadline_ns);
	}
	r->snapshot = (struct snapshot){.n_jobs = edge->n_ues,
					.n_networks = r->prepared.n,
					.n_servers = 1,
					.jobs = r->jobs,
					.networks = r->networks,
					.guard_s = ideal ? 0 : edge->guard_s};
	round_power(&r->snapshot, &edge->power);
	see_band(r, ideal);
}

static int fill(struct first_round *r, bool ideal, bool quiet, struct err *err)
{
	size_t n_ues = (size_t)r->resolved->edge.n_ues;
	int code = prepare(&r->prepared, r->resolved->topology, false, quiet, err);
	if (code < 0)
		return code;
	r->networks = calloc((size_t)r->prepared.n, sizeof(*r->networks));
	r->result_bytes = calloc((size_t)r->prepared.n, sizeof(*r->result_bytes));
	r->jobs = calloc(n_ues, sizeof(*r->jobs));
	r->frame_bits = calloc(n_ues, (POLICY_MAX_SUBTASKS + 1) * sizeof(*r->frame_bits));
	if (!r->networks || !r->result_bytes || !r->jobs || !r->frame_bits)
		return err_set(err, ENOMEM, "no memory for %zu UEs", n_ues);
	code = see_networks(r, ideal, err);
	if (code == 0)
		see_users(r, ideal);
	return code < 0 ? code : snapshot_check(&r->snapshot, err);
}

int first_round_open(struct first_round **out, const struct resolved *resolved, bool ideal, bool quiet,
		     struct err *err)
{
	*out = NULL;
	struct first_round *r = calloc(1, sizeof(*r));
	if (!r)
		return err_set(err, ENOMEM, "no memory for a round");
	r->resolved = resolved;
	int code = fill(r, ideal, quiet, err);
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
	prepared_free(&r->prepared);
	free(r->networks);
	free(r->frame_bits);
	free(r->result_bytes);
	free(r->jobs);
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
