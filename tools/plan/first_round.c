// SPDX-License-Identifier: BSD-3-Clause
#include "tools/plan/first_round.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "edge/desk/round.h"
#include "edge/desk/served.h"
#include "setup/configs.h"
#include "setup/prepare.h"
#include "setup/radio.h"

struct first_round {
	struct snapshot snapshot;
	struct prepared prepared;
	struct snapshot_network *networks; // [prepared.n]
	struct edge_power power;
	double *result_bytes;	     // [prepared.n]
	struct snapshot_user *users; // [n_ues]
	struct edge_ue *radio;	     // [n_ues]
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

static int see_radio(struct first_round *r, const struct topology *t, struct err *err)
{
	struct assembly_config cell;
	int code = assembly_config_of(&cell, t, err);
	if (code < 0)
		return code;
	struct ue_radio *radio = calloc((size_t)t->n_ues, sizeof(*radio));
	if (!radio) {
		assembly_config_free(&cell);
		return err_set(err, ENOMEM, "no memory for %d UEs", t->n_ues);
	}
	code = ue_radios(radio, &cell, err);
	for (int i = 0; code == 0 && i < t->n_ues; i++)
		r->radio[i] = edge_ue_of(&radio[i], r->prepared.network_of_ue[i], t->ue[i].features);
	free(radio);
	assembly_config_free(&cell);
	return code;
}

// All ask at once.
static double request_way_s(const struct edge_ue *ue, const struct topology *t)
{
	double rate_bps = least_share(t) * ue->uplink_bps;
	return 8 * (double)message_radio_bytes(MESSAGE_REQUEST_SIZE, t->cell.mtu) / rate_bps +
	       ue->uplink_delay_s;
}

// After the tasks' arrival: when the round closes.
static double instant_s(const struct first_round *r, const struct topology *t)
{
	double first_s = INFINITY, last_s = 0;
	for (int i = 0; i < t->n_ues; i++) {
		double way_s = request_way_s(&r->radio[i], t);
		first_s = fmin(first_s, way_s);
		last_s = fmax(last_s, way_s);
	}
	return fmin(last_s, first_s + ns_to_s(t->edge.admission_window_ns));
}

static struct round_request request_of(const struct topology *t, int ue)
{
	const struct topology_ue *u = &t->ue[ue];
	const struct device device = topology_device(u);
	return (struct round_request){.ue = ue,
				      .deadline_ns = u->deadline_ns,
				      .request = {.f_min_flops = device.f_min_flops,
						  .f_max_flops = device.f_max_flops,
						  .kappa = device.kappa,
						  .tx_power_w = sending_power_w(u)}};
}

static void make_ideal(struct snapshot_user *user, const struct edge_ue *radio, double share,
		       int64_t deadline_ns)
{
	user->rate_bps = share * radio->uplink_bps;
	user->uplink_delay_s = user->downlink_s = user->release_s = 0;
	user->deadline_s = ns_to_s(deadline_ns);
}

static void see_users(struct first_round *r, const struct topology *t, bool ideal)
{
	const struct edge_config edge = {.mtu = t->cell.mtu,
					 .guard_s = ns_to_s(t->edge.guard_ns),
					 .shared_band = band_is_shared(t),
					 .ues = r->radio};
	const struct round_networks networks = {r->prepared.n, r->networks, r->result_bytes};
	int64_t now_ns = s_to_ns(instant_s(r, t));
	for (int i = 0; i < t->n_ues; i++) {
		struct round_request request = request_of(t, i);
		round_user(&r->users[i], &edge, &networks, &request, t->n_ues, now_ns);
		if (ideal)
			make_ideal(&r->users[i], &r->radio[i], least_share(t), request.deadline_ns);
	}
	r->snapshot = (struct snapshot){.n_users = t->n_ues,
					.n_networks = r->prepared.n,
					.n_servers = 1,
					.users = r->users,
					.networks = r->networks,
					.guard_s = ideal ? 0 : edge.guard_s};
	r->power = edge_power_of(t);
	round_power(&r->snapshot, &r->power);
}

static int fill(struct first_round *r, const struct topology *t, bool ideal, bool quiet, struct err *err)
{
	int code = prepare(&r->prepared, t, false, quiet, err);
	if (code < 0)
		return code;
	r->networks = calloc((size_t)r->prepared.n, sizeof(*r->networks));
	r->result_bytes = calloc((size_t)r->prepared.n, sizeof(*r->result_bytes));
	r->users = calloc((size_t)t->n_ues, sizeof(*r->users));
	r->radio = calloc((size_t)t->n_ues, sizeof(*r->radio));
	if (!r->networks || !r->result_bytes || !r->users || !r->radio)
		return err_set(err, ENOMEM, "no memory for %d UEs", t->n_ues);
	code = see_networks(r, ideal, err);
	code = code < 0 ? code : see_radio(r, t, err);
	if (code == 0)
		see_users(r, t, ideal);
	return code < 0 ? code : snapshot_check(&r->snapshot, err);
}

int first_round_open(struct first_round **out, const struct topology *t, bool ideal, bool quiet,
		     struct err *err)
{
	*out = NULL;
	struct first_round *r = calloc(1, sizeof(*r));
	int code = r ? fill(r, t, ideal, quiet, err) : err_set(err, ENOMEM, "no memory for a round");
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
	free(r->result_bytes);
	free(r->users);
	free(r->radio);
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
