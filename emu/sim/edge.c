// SPDX-License-Identifier: BSD-3-Clause
// The simulated edge: what edge/server.c and edge/session.c do with sockets and a worker, in virtual time.
#include "emu/sim/engine.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "edge/batcher.h"
#include "edge/policy/outside.h"
#include "edge/report.h"

enum desk_state { DESK_IDLE, DESK_REQUESTED, DESK_PLANNED, DESK_BATCHING };

// A UE's task at the edge.
struct desk {
	struct batch_task batch;
	enum desk_state state;
	struct message_header header; // of the request
	struct round_request request;
	struct message_plan plan;
	struct message_result result; // filled in as it goes
	uint32_t last_batch;
};

// A batch under way, or room for one.
struct sim_batch {
	const struct batch *batch;	    // NULL = free
	int64_t since_ns, run_ns, alone_ns; // alone: at full speed, with the GPU to itself
};

struct sim_edge {
	struct edge_config config;
	const struct policy *policy;
	void *policy_library; // of an outside policy
	struct batcher *batcher;
	struct sim_batch *running; // [n_ues] at once, when the policy shares the GPU
	int64_t wake_ns;	   // of the earliest EVENT_EDGE that is scheduled
	struct desk *desks;	   // [n_ues]
	int n_waiting;
	int64_t round_closes_ns;
	struct plan *plan;
	int *asked;			// [n_ues] the round's UEs,
	struct round_request *requests; // [n_ues] their requests,
	struct message_plan *answers;	// [n_ues] the answers,
	struct batch_task **tasks;	// [n_ues] the tasks they become,
	uint32_t *first_batch;		// [n_ues] and the number of each one's first batch
	struct edge_record totals;
};

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
	e->tasks = calloc(n, sizeof(struct batch_task *));
	e->batcher = batcher_new(&e->config.batching, sim_networks_expected_ns, &s->networks);
	if (!e->plan || !e->desks || !e->asked || !e->requests || !e->answers || !e->first_batch ||
	    !e->batcher || !e->running || !e->tasks)
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
	e->policy = policy_open(s->topology->policy, &e->policy_library, s->err);
	if (!e->policy)
		return -errno;
	r = round_check(&e->config, e->policy, s->err);
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
	policy_close(e->policy_library);
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
	if (e->n_waiting++ > 0)
		return 0;
	e->round_closes_ns = s->now_ns + s->topology->edge.admission_window_ns;
	return sim_schedule(s, e->round_closes_ns, EVENT_ROUND, 0);
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

static int collect_round(struct sim_edge *e)
{
	int n = 0;
	for (int i = 0; i < e->config.n_ues; i++)
		if (e->desks[i].state == DESK_REQUESTED) {
			e->asked[n] = i;
			e->requests[n++] = e->desks[i].request;
		}
	return n;
}

// The round has planned: the task starts its life at the edge.
static void begin(const struct sim *s, struct desk *d, const struct message_plan *answer)
{
	struct round_networks networks = sim_networks_for_rounds(&s->networks);
	d->plan = *answer;
	d->batch = round_task(&s->edge->config, &networks, &d->request, d->header.task, (int)answer->cut);
	d->state = d->batch.next == d->batch.n_subtasks ? DESK_IDLE : DESK_PLANNED;
	d->result = (struct message_result){.batch_start_ns = -1};
}

static int answer(struct sim *s, const struct desk *d, uint32_t first_batch)
{
	uint8_t body[MESSAGE_PLAN_SIZE];
	message_put_plan(body, &d->plan);
	struct message_header h = d->header;
	h.type = MESSAGE_PLAN;
	h.subtask = d->plan.cut;
	h.batch = first_batch;
	return transport_send(s, (uint32_t)d->request.ue, LINK_DOWN, &h, body, sizeof(body), 0);
}

static int close_round(struct sim *s)
{
	struct sim_edge *e = s->edge;
	int n = collect_round(e);
	struct round_networks networks = sim_networks_for_rounds(&s->networks);
	e->n_waiting = 0;
	int n_uploading = 0;
	for (int i = 0; i < e->config.n_ues; i++)
		n_uploading += e->desks[i].state == DESK_PLANNED;
	int r = round_plan(&e->config, e->policy, &networks, e->requests, n, n_uploading, s->now_ns,
			   batcher_planned_end_ns(e->batcher), e->plan, e->answers, s->err);
	if (r == 0 && e->plan->gpu_shares > e->config.n_ues)
		r = err_set(s->err, ENOTSUP,
			    "the policy %s shares the GPU among %d batches: there are %d UEs",
			    e->policy->name, e->plan->gpu_shares, e->config.n_ues);
	if (r < 0)
		return r;
	e->totals.rounds++;
	e->totals.edge_charged |= e->plan->edge_charged;
	struct round_record record = round_record_of(e->totals.rounds, e->plan, e->answers, n, s->now_ns, 0);
	results_round(s->results, &record);
	for (int i = 0; i < n; i++) {
		begin(s, &e->desks[e->asked[i]], &e->answers[i]);
		e->tasks[i] = &e->desks[e->asked[i]].batch;
	}
	r = round_enter(e->batcher, &e->config, e->plan, e->tasks, s->now_ns, e->first_batch, s->err);
	for (int i = 0; r == 0 && i < n; i++)
		r = answer(s, &e->desks[e->asked[i]], e->first_batch[i]);
	return r;
}

static struct desk *desk_of(struct batch_task *task)
{
	return (struct desk *)((char *)task - offsetof(struct desk, batch));
}

static int start_batch(struct sim *s, const struct batch *batch)
{
	uint32_t index = 0;
	while (s->edge->running[index].batch)
		index++;
	int64_t alone_ns =
	    sim_networks_run_ns(&s->networks, batch->slot.network, batch->slot.subtask, batch->n_members);
	int64_t run_ns = (int64_t)((double)alone_ns * batch_slowdown(batch));
	s->edge->running[index] =
	    (struct sim_batch){.batch = batch, .since_ns = s->now_ns, .run_ns = run_ns, .alone_ns = alone_ns};
	return sim_schedule(s, s->now_ns + run_ns, EVENT_BATCH_DONE, index);
}

int edge_turn(struct sim *s)
{
	struct sim_edge *e = s->edge;
	int64_t wake = TIME_NEVER;
	int r = 0;
	if (e->wake_ns <= s->now_ns)
		e->wake_ns = TIME_NEVER;
	if (e->n_waiting > 0 && (s->now_ns >= e->round_closes_ns || e->n_waiting == e->config.n_ues))
		r = close_round(s);
	if (r < 0)
		return r;
	const struct batch *batch;
	while (r == 0 && (batch = batcher_next(e->batcher, s->now_ns, &wake)))
		r = start_batch(s, batch);
	if (r < 0 || wake >= e->wake_ns)
		return r;
	e->wake_ns = wake;
	return sim_schedule(s, wake, EVENT_EDGE, 0);
}

static void report(struct sim *s, const struct sim_batch *running)
{
	struct sim_edge *e = s->edge;
	const struct batch_times times = {running->since_ns, s->now_ns, running->run_ns};
	struct batch_record record;
	report_batch(&record, running->batch, &times);
	results_batch(s->results, &record);
	report_add(&e->totals, &record, round_batch_j(&e->config.power, record.edge_freq, running->alone_ns));
}

static int send_result(struct sim *s, struct desk *d)
{
	const struct sim_network *network = &s->networks.network[d->batch.network];
	d->result.n_values = (uint32_t)network->result_values;
	uint8_t head[MESSAGE_RESULT_SIZE];
	message_put_result(head, &d->result);
	struct message_header h = d->header;
	h.type = MESSAGE_RESULT;
	h.subtask = d->plan.cut;
	h.batch = d->last_batch;
	d->state = DESK_IDLE;
	return transport_send(s, (uint32_t)d->request.ue, LINK_DOWN, &h, head, sizeof(head),
			      d->result.n_values * (uint32_t)sizeof(float));
}

static int finish_member(struct sim *s, struct desk *d, const struct sim_batch *running)
{
	const struct batch *batch = running->batch;
	struct message_result *r = &d->result;
	if (r->batch_start_ns < 0)
		r->batch_start_ns = running->since_ns;
	r->batch_end_ns = s->now_ns;
	r->batch_run_ns += running->run_ns;
	d->last_batch = batch->id;
	if ((uint32_t)batch->n_members > r->largest_batch)
		r->largest_batch = (uint32_t)batch->n_members;
	return d->batch.next < d->batch.n_subtasks ? 0 : send_result(s, d);
}

int edge_batch_done(struct sim *s, uint32_t index)
{
	struct sim_edge *e = s->edge;
	struct sim_batch *running = &e->running[index];
	report(s, running);
	batcher_done(e->batcher, running->batch, s->now_ns);
	int r = 0;
	for (int i = 0; r == 0 && i < running->batch->n_members; i++)
		r = finish_member(s, desk_of(running->batch->member[i]), running);
	running->batch = NULL;
	return r < 0 ? r : edge_turn(s);
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
