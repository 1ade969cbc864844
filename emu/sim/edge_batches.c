// SPDX-License-Identifier: BSD-3-Clause
// Batches and results, as edge/process/server_batches.c does.
#include "emu/sim/edge_private.h"

#include <stddef.h>

#include "edge/desk/batch_record.h"

static struct desk *desk_of(struct batch_task *task)
{
	return (struct desk *)((char *)task - offsetof(struct desk, batch));
}

int sim_edge_start_batch(struct sim *s, const struct batch *batch)
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

static void report(struct sim *s, const struct sim_batch *running)
{
	struct sim_edge *e = s->edge;
	const struct batch *batch = running->batch;
	int64_t p95_ns = sim_networks_expected_ns(batch->slot.network, batch->slot.subtask, batch->n_members,
						  &s->networks);
	const struct batch_times times = {.start_ns = running->since_ns,
					  .end_ns = s->now_ns,
					  .noticed_ns = s->now_ns,
					  .run_ns = running->run_ns,
					  .profile_ns = running->run_ns,
					  .profile_p95_ns = (int64_t)((double)p95_ns * batch_slowdown(batch)),
					  .drift = 1,
					  .replayed = true};
	struct batch_record record;
	batch_record_fill(&record, batch, &times);
	results_batch(s->results, &record);
	edge_record_add(&e->totals, &record,
			round_batch_j(&e->config.power, record.edge_freq, running->alone_ns));
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
