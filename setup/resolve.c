// SPDX-License-Identifier: BSD-3-Clause
#include "setup/resolve.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "dnn/executor.h"
#include "edge/online/decider.h"
#include "setup/address.h"
#include "setup/online.h"
#include "setup/wan.h"

// The cpu executor has one frequency: this processor's clock is not ours to set.
static struct edge_power power_of(const struct topology *t)
{
	struct edge_power p = {
	    .static_w = t->edge.power.static_w, .dynamic_w = t->edge.power.dynamic_w, .n_freq = 1};
	if (t->edge.executor == EXECUTOR_REPLAY)
		p.n_freq = t->edge.frequency_steps;
	for (int i = 0; i < p.n_freq - 1; i++)
		p.freq[i] = t->edge.frequency_min + (1 - t->edge.frequency_min) * i / (p.n_freq - 1);
	p.freq[p.n_freq - 1] = 1;
	return p;
}

static struct batching batching_of(const struct topology *t, int max_batch)
{
	static const enum batch_mode modes[] = {[BATCHING_PLANNED] = BATCH_AS_PLANNED,
						[BATCHING_SIZE] = BATCH_BY_SIZE,
						[BATCHING_TIMER] = BATCH_BY_TIMER,
						[BATCHING_DEADLINE] = BATCH_BY_DEADLINE,
						[BATCHING_CORES] = BATCH_ON_CORES};
	return (struct batching){.mode = modes[t->edge.batching.mode],
				 .patience_ns = t->edge.guard_ns,
				 .size =
				     t->edge.batching.size < max_batch ? t->edge.batching.size : max_batch,
				 .timer_ns = t->edge.batching.timer_ns,
				 .id_step = (uint32_t)t->n_servers + 1,
				 .cores = t->edge.cores,
				 .starts_when_ready = t->edge.batching.start == START_READY,
				 .drops_stragglers = t->edge.batching.stragglers == STRAGGLERS_DROP};
}

// Networks by their number, and each UE as the edge knows it at the start.
// Online policies decide for one task of a UE.
static int open_tasks_of(const struct topology *t, int ue)
{
	return online_policy_is(t->policy) ? 1 : t->ue[ue].open_tasks;
}

// What the edge holds against what the UE says.
static struct edge_terms terms_of(const struct topology *t, int ue)
{
	const struct topology_ue *u = &t->ue[ue];
	return (struct edge_terms){.address = address_ue_ipv4(t->cell.subnet.base, ue),
				   .device = topology_device(u),
				   .tx_power_w = sending_power_w(u),
				   .least_accuracy = u->accuracy,
				   .longest_deadline_s = ns_to_s(u->deadline_ns)};
}

// Tasks that arise together.
static int burst_of(const struct topology *t, int ue)
{
	enum arrivals_kind kind = t->ue[ue].arrivals.kind;
	int n = kind == ARRIVALS_BURST					? t->ue[ue].arrivals.count
		: kind == ARRIVALS_PERIODIC || kind == ARRIVALS_POISSON ? t->ue[ue].arrivals.burst
									: 1;
	return n > 1 ? n : 1;
}

static int resolve_lists(struct resolved *r, struct err *err)
{
	const struct topology *t = r->topology;
	struct edge_config *c = &r->edge;
	int *of_ue = calloc((size_t)t->n_ues, sizeof(*of_ue));
	c->n_ues = t->n_ues;
	c->n_networks = of_ue ? prepared_networks_of(t, of_ue) : 0;
	c->ues = calloc((size_t)t->n_ues, sizeof(*c->ues));
	c->networks = calloc((size_t)c->n_networks + 1, sizeof(*c->networks));
	c->servers = calloc((size_t)t->n_servers + 1, sizeof(*c->servers));
	if (!of_ue || !c->ues || !c->networks || !c->servers) {
		free(of_ue);
		return err_set(err, ENOMEM, "no memory for %d UEs", t->n_ues);
	}
	for (int i = 0; i < t->n_ues; i++) {
		struct edge_network *network = &c->networks[of_ue[i]];
		snprintf(network->name, sizeof(network->name), "%s", t->ue[i].network);
		network->weight_seed = WEIGHT_SEED;
		c->ues[i] = edge_ue_of(&r->radio[i], of_ue[i], t->ue[i].features);
		c->ues[i].open_jobs = open_tasks_of(t, i);
		c->ues[i].terms = terms_of(t, i);
		c->ues[i].burst = burst_of(t, i);
	}
	free(of_ue);
	c->n_servers = t->n_servers;
	for (int i = 0; i < t->n_servers; i++)
		c->servers[i] = wan_server_of(&t->server[i]);
	return 0;
}

static int resolve_edge(struct resolved *r, struct err *err)
{
	const struct topology *t = r->topology;
	int max_batch = prepared_max_batch(t);
	r->edge = (struct edge_config){.seed = (uint64_t)t->seed,
				       .port = t->edge.port,
				       .threads = t->edge.threads,
				       .max_batch = max_batch,
				       .mtu = t->cell.mtu,
				       .admission_window_s = ns_to_s(t->edge.admission_window_ns),
				       .guard_s = ns_to_s(t->edge.guard_ns),
				       .shared_band = band_is_shared(t),
				       .batching = batching_of(t, max_batch),
				       .power = power_of(t),
				       .refuses = t->edge.not_admitted == NOT_ADMITTED_REFUSE,
				       .outputs = t->edge.verify};
	snprintf(r->edge.policy, sizeof(r->edge.policy), "%s", t->policy);
	snprintf(r->edge.executor, sizeof(r->edge.executor), "%s", executor_backend((int)t->edge.executor));
	snprintf(r->edge.tcp, sizeof(r->edge.tcp), "%s", t->cell.tcp);
	int code = online_config_of(&r->edge.online, t, &r->cell, err);
	return code < 0 ? code : resolve_lists(r, err);
}

int resolve_around(struct resolved *r, const struct topology *t, const struct assembly_config *cell,
		   struct err *err)
{
	*r = (struct resolved){.topology = t, .cell = *cell};
	r->radio = calloc((size_t)t->n_ues, sizeof(*r->radio));
	int code = r->radio ? 0 : err_set(err, ENOMEM, "no memory for %d UEs", t->n_ues);
	code = code < 0 ? code : ue_radios(r->radio, &r->cell, err);
	code = code < 0 ? code : resolve_edge(r, err);
	if (code < 0)
		resolved_free(r);
	return code;
}

int resolve(struct resolved *r, const struct topology *t, struct err *err)
{
	struct assembly_config cell;
	*r = (struct resolved){0};
	int code = assembly_config_of(&cell, t, err);
	return code < 0 ? code : resolve_around(r, t, &cell, err);
}

void resolved_free(struct resolved *r)
{
	assembly_config_free(&r->cell);
	edge_config_free(&r->edge);
	free(r->radio);
	*r = (struct resolved){0};
}

void resolved_ue(struct ue_config *out, const struct resolved *r, int i)
{
	const struct topology *t = r->topology;
	const struct topology_ue *u = &t->ue[i];
	*out = (struct ue_config){
	    .ue = (uint32_t)i + 1,
	    .seed = (uint64_t)t->seed,
	    .run = (uint64_t)t->run,
	    .edge_port = t->edge.port,
	    .weight_seed = WEIGHT_SEED,
	    .features = u->features,
	    .least_accuracy = u->accuracy,
	    .check_tolerance = executor_tolerance(executor_backend((int)t->edge.executor)),
	    .open_tasks = open_tasks_of(t, i),
	    .device = topology_device(u),
	    .tx_power_w = sending_power_w(u),
	    .receive_power_w = u->radio.receive_w,
	    .idle_power_w = u->radio.idle_w,
	    .arrivals = topology_arrivals(t, i),
	    .traffic = {.rate_bps = u->traffic.rate_bps, .size_bytes = u->traffic.size_bytes}};
	snprintf(out->tcp, sizeof(out->tcp), "%s", t->cell.tcp);
	snprintf(out->network, sizeof(out->network), "%s", u->network);
}
