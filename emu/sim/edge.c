// SPDX-License-Identifier: BSD-3-Clause
// The simulated edge: what edge/process/server.c and edge/process/session.c do with sockets and a worker, in
// virtual time.
#include "emu/sim/edge_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "edge/policy/outside.h"
#include "emu/run/online.h"

static int fill_config(struct sim *s, struct edge_config *c)
{
	const struct topology *t = s->topology;
	*c = (struct edge_config){.run_id = s->plan->run_id,
				  .mtu = t->cell.mtu,
				  .admission_window_s = ns_to_s(t->edge.admission_window_ns),
				  .guard_s = ns_to_s(t->edge.guard_ns),
				  .shared_band = band_is_shared(t),
				  .batching = batching_of(t, s->plan->prepared->max_batch),
				  .power = edge_power_of(t),
				  .n_ues = t->n_ues,
				  .n_networks = s->networks.n};
	snprintf(c->policy, sizeof(c->policy), "%s", t->policy);
	int r = online_config_of(&c->online, t, s->plan->cell, s->err);
	if (r < 0)
		return r;
	c->ues = calloc((size_t)t->n_ues, sizeof(*c->ues));
	if (!c->ues)
		return err_set(s->err, ENOMEM, "no memory");
	for (int i = 0; i < t->n_ues; i++)
		c->ues[i] = edge_ue_of(&s->plan->radio[i], s->networks.of_ue[i], t->ue[i].features);
	return 0;
}

static int make_storage(struct sim *s, struct sim_edge *e)
{
	int subtasks = 1;
	for (int i = 0; i < s->networks.n; i++)
		if (s->networks.seen[i].n_subtasks > subtasks)
			subtasks = s->networks.seen[i].n_subtasks;
	size_t n = (size_t)s->topology->n_ues;
	e->plan = plan_new(s->topology->n_ues, subtasks);
	e->running = calloc(n, sizeof(*e->running));
	e->desks = calloc(n, sizeof(*e->desks));
	e->asked = calloc(n, sizeof(*e->asked));
	e->requests = calloc(n, sizeof(*e->requests));
	e->answers = calloc(n, sizeof(*e->answers));
	e->first_batch = calloc(n, sizeof(*e->first_batch));
	e->verdicts = calloc(n, sizeof(*e->verdicts));
	e->future = calloc(n, sizeof(*e->future));
	e->tasks = calloc(n, sizeof(struct batch_task *));
	e->batcher = batcher_new(&e->config.batching, sim_networks_expected_ns, &s->networks);
	if (!e->plan || !e->desks || !e->asked || !e->requests || !e->answers || !e->first_batch ||
	    !e->batcher || !e->running || !e->verdicts || !e->future || !e->tasks)
		return err_set(s->err, ENOMEM, "no memory for %d UEs", s->topology->n_ues);
	return 0;
}

void edge_radio(struct sim *s, const struct link_record *link)
{
	if (!s->edge)
		return;
	struct edge_ue *ue = &s->edge->config.ues[link->ue];
	ue->uplink_bps = link->goodput_bps[LINK_UP];
	ue->downlink_bps = link->goodput_bps[LINK_DOWN];
	ue->uplink_delay_s = link->way_s[LINK_UP];
	ue->downlink_delay_s = link->way_s[LINK_DOWN];
}

static int open_policy(struct sim *s, struct sim_edge *e)
{
	e->networks = sim_networks_for_rounds(&s->networks);
	if (!online_policy_is(e->config.policy)) {
		e->policy = policy_open(e->config.policy, &e->policy_library, s->err);
		return e->policy ? 0 : -errno;
	}
	int r = boundaries_open(&e->slots, &e->config, &e->networks, s->err);
	if (r == 0)
		e->policy = boundaries_caller(e->slots);
	return r;
}

int edge_open(struct sim *s)
{
	if (s->networks.n == 0)
		return 0;
	struct sim_edge *e = calloc(1, sizeof(*e));
	if (!e)
		return err_set(s->err, ENOMEM, "no memory");
	s->edge = e;
	e->wake_ns = TIME_NEVER;
	int r = fill_config(s, &e->config);
	r = r < 0 ? r : make_storage(s, e);
	if (r < 0)
		return r;
	r = open_policy(s, e);
	r = r < 0 ? r : round_check(&e->config, e->policy, s->err);
	if (r < 0)
		return r;
	for (int i = 0; i < s->plan->prepared->n; i++)
		if (s->plan->prepared->networks[i].profile) {
			snprintf(e->totals.executor, sizeof(e->totals.executor), "virtual time after %.120s",
				 s->plan->prepared->networks[i].profile->source);
			break;
		}
	e->totals.modelled = 1;
	return 0;
}

void edge_close(struct sim *s)
{
	struct sim_edge *e = s->edge;
	if (!e)
		return;
	batcher_free(e->batcher);
	plan_free(e->plan);
	boundaries_close(e->slots);
	policy_close(e->policy_library);
	free(e->verdicts);
	free(e->future);
	free(e->config.ues);
	free(e->running);
	free(e->desks);
	free(e->asked);
	free(e->requests);
	free(e->answers);
	free(e->tasks);
	free(e->first_batch);
	free(e);
}

static int take_request(struct sim *s, uint32_t ue, const struct sim_message *message)
{
	struct sim_edge *e = s->edge;
	struct desk *d = &e->desks[ue];
	int r = message_get_request(message->bytes + MESSAGE_HEADER_SIZE, message->header.body,
				    &d->request.request, s->err);
	if (r < 0)
		return r;
	d->header = message->header;
	d->request.ue = (int)ue;
	d->request.deadline_ns = message->header.deadline_ns;
	d->state = DESK_REQUESTED;
	e->totals.requests++;
	return sim_edge_admit(s, ue);
}

int edge_message(struct sim *s, uint32_t ue, const struct sim_message *message)
{
	struct desk *d = &s->edge->desks[ue];
	int r = 0;
	if (message->header.type == MESSAGE_REQUEST) {
		r = take_request(s, ue, message);
	} else {
		d->result.upload_end_ns = s->now_ns;
		d->state = DESK_BATCHING;
		batcher_input(s->edge->batcher, &d->batch, s->now_ns);
	}
	return r < 0 ? r : edge_turn(s);
}

int edge_turn(struct sim *s)
{
	struct sim_edge *e = s->edge;
	int64_t wake = TIME_NEVER;
	int r = 0;
	if (e->wake_ns <= s->now_ns)
		e->wake_ns = TIME_NEVER;
	bool complete = !e->slots && e->n_waiting == e->config.n_ues;
	if (e->n_waiting > 0 && (s->now_ns >= e->round_closes_ns || complete))
		r = sim_edge_close_round(s);
	if (r < 0)
		return r;
	const struct batch *batch;
	while (r == 0 && (batch = batcher_next(e->batcher, s->now_ns, &wake)))
		r = sim_edge_start_batch(s, batch);
	if (r < 0 || wake >= e->wake_ns)
		return r;
	e->wake_ns = wake;
	return sim_schedule(s, wake, EVENT_EDGE, 0);
}

bool edge_idle(const struct sim *s)
{
	return !s->edge || (batcher_idle(s->edge->batcher) && s->edge->n_waiting == 0);
}

void edge_report(struct sim *s)
{
	if (s->edge)
		results_edge(s->results, &s->edge->totals);
}
