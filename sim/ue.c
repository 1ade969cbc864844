// SPDX-License-Identifier: BSD-3-Clause
// The simulated UE: what ue/process/ue.c does with a clock and a socket, in virtual time.
#include "sim/engine.h"

#include <errno.h>
#include <stdlib.h>

static int64_t patience_ns(const struct sim *s, uint32_t ue)
{
	return s->end_ns + s->topology->ue[ue].deadline_ns + s_to_ns(TASK_GRACE_S);
}

static const struct sim_network *network_of(const struct sim *s, uint32_t ue)
{
	return &s->networks.network[s->networks.of_ue[ue]];
}

// The UE is idle now. An arrival after the run's end does not happen.
static void draw_arrival(struct sim *s, struct sim_ue *u)
{
	bool happens = arrival_source_next(&u->source, s->now_ns, &u->next) && u->next.at_ns < s->end_ns;
	u->next_arrival_ns = happens ? u->next.at_ns : TIME_NEVER;
}

static int open_one(struct sim *s, uint32_t ue)
{
	const struct topology *t = s->topology;
	const struct arrivals arrivals = topology_arrivals(t, (int)ue);
	struct sim_ue *u = &s->ues[ue];
	u->closed = true;
	if (arrival_source_open(&u->source, &arrivals, (uint64_t)t->seed, (uint64_t)t->run, ue + 1) < 0)
		return err_set(s->err, ENOMEM, "no memory for ue%u", ue + 1);
	draw_arrival(s, u);
	if (u->next_arrival_ns == TIME_NEVER)
		return 0;
	u->closed = false;
	s->open_ues++;
	int r = sim_schedule(s, u->next_arrival_ns, EVENT_ARRIVAL, ue);
	return r < 0 ? r : sim_schedule(s, patience_ns(s, ue), EVENT_PATIENCE, ue);
}

int ues_open(struct sim *s)
{
	s->ues = calloc((size_t)s->topology->n_ues, sizeof(*s->ues));
	if (!s->ues)
		return err_set(s->err, ENOMEM, "no memory");
	int r = 0;
	for (int i = 0; r == 0 && i < s->topology->n_ues; i++)
		r = open_one(s, (uint32_t)i);
	return r;
}

void ues_close(struct sim *s)
{
	for (int i = 0; s->ues && i < s->topology->n_ues; i++)
		arrival_source_close(&s->ues[i].source);
	free(s->ues);
}

static void fill_header(const struct sim *s, uint32_t ue, struct message_header *h, enum message_type type)
{
	const struct task_record *r = &s->ues[ue].task.record;
	*h = (struct message_header){.type = type,
				     .run = s->plan->run_id,
				     .ue = ue + 1,
				     .task = r->task,
				     .subtask = r->cut,
				     .batch = s->ues[ue].task.batch,
				     .deadline_ns = r->deadline_ns};
}

static struct message_request request_of(const struct sim *s, uint32_t ue, int64_t arrival_ns)
{
	const struct topology_ue *from = &s->topology->ue[ue];
	const struct device device = topology_device(from);
	return (struct message_request){.arrival_ns = arrival_ns,
					.network_hash = network_of(s, ue)->hash,
					.f_min_flops = device.f_min_flops,
					.f_max_flops = device.f_max_flops,
					.kappa = device.kappa,
					.tx_power_w = sending_power_w(from)};
}

int ues_future(const struct sim *s, struct future_request *future)
{
	int n = 0;
	for (int i = 0; i < s->topology->n_ues; i++) {
		const struct sim_ue *u = &s->ues[i];
		if (u->closed || u->task.state != TASK_IDLE || u->next_arrival_ns == TIME_NEVER)
			continue;
		const struct goodput *up = &s->plan->radio[i].expected[LINK_UP];
		double bits = 8. * (double)message_radio_bytes(MESSAGE_REQUEST_SIZE, s->topology->cell.mtu);
		double way_s = bits / (up->bps > 1 ? up->bps : 1) + up->lone_late_s;
		int64_t known_ns = u->next_arrival_ns + s_to_ns(way_s);
		future[n++] = (struct future_request){
		    .request = {.ue = i,
				.request = request_of(s, (uint32_t)i, u->next_arrival_ns),
				.deadline_ns = u->next_arrival_ns + u->next.deadline_ns},
		    .known_ns = known_ns > s->now_ns ? known_ns : s->now_ns + 1};
	}
	return n;
}

static int begin_task(struct sim *s, uint32_t ue)
{
	struct sim_ue *u = &s->ues[ue];
	const struct topology_ue *from = &s->topology->ue[ue];
	const struct sim_network *network = network_of(s, ue);
	const struct device device = topology_device(from);
	int64_t arrival = u->next_arrival_ns;
	u->device = device;
	task_begin(&u->task, &network->sizes[from->features], &u->device, sending_power_w(from), ue + 1,
		   ++u->drawn, arrival, arrival + u->next.deadline_ns);
	task_take_up(&u->task, &(struct task_radio){from->radio.receive_w, from->radio.idle_w}, s->now_ns,
		     sim_airtimes(s, ue));
	u->task.record.sample = (u->drawn - 1 + ue) % (uint32_t)s->topology->samples.inputs;
	u->task.record.features = from->features;
	u->next_arrival_ns = TIME_NEVER;
	struct message_request request = request_of(s, ue, arrival);
	uint8_t body[MESSAGE_REQUEST_SIZE];
	message_put_request(body, &request);
	struct message_header h;
	fill_header(s, ue, &h, MESSAGE_REQUEST);
	return transport_send(s, ue, LINK_UP, &h, body, sizeof(body), 0);
}

int ue_arrival(struct sim *s, uint32_t ue)
{
	struct sim_ue *u = &s->ues[ue];
	return u->task.state == TASK_IDLE && !u->closed ? begin_task(s, ue) : 0;
}

// The next task begins at once when it has arisen already.
static int close_task(struct sim *s, uint32_t ue)
{
	struct sim_ue *u = &s->ues[ue];
	task_put_down(&u->task, s->now_ns, sim_airtimes(s, ue));
	results_task(s->results, &u->task.record);
	u->task.state = TASK_IDLE;
	draw_arrival(s, u);
	if (u->next_arrival_ns == TIME_NEVER) {
		u->closed = true;
		s->open_ues--;
		return 0;
	}
	if (u->next_arrival_ns <= s->now_ns)
		return begin_task(s, ue);
	return sim_schedule(s, u->next_arrival_ns, EVENT_ARRIVAL, ue);
}

int ue_computed(struct sim *s, uint32_t ue)
{
	struct sim_ue *u = &s->ues[ue];
	if (u->task.state != TASK_COMPUTING || u->closed)
		return 0; // cut short
	if (!task_computed(&u->task, s->now_ns, sim_airtimes(s, ue).up_ns))
		return close_task(s, ue);
	struct message_header h;
	fill_header(s, ue, &h, MESSAGE_TENSOR);
	h.features = u->task.record.cut > 0 ? u->task.record.features : FEATURES_FP32;
	return transport_send(s, ue, LINK_UP, &h, NULL, 0, (uint32_t)(u->task.record.upload_bits / 8));
}

void ue_patience(struct sim *s, uint32_t ue)
{
	struct sim_ue *u = &s->ues[ue];
	if (u->closed)
		return;
	if (u->task.state != TASK_IDLE) {
		task_abandon(&u->task, TASK_CUT_SHORT, s->now_ns);
		task_put_down(&u->task, s->now_ns, sim_airtimes(s, ue));
		results_task(s->results, &u->task.record);
	}
	u->closed = true;
	s->open_ues--;
}

int ue_message(struct sim *s, uint32_t ue, const struct sim_message *message)
{
	struct sim_ue *u = &s->ues[ue];
	const uint8_t *body = message->bytes + MESSAGE_HEADER_SIZE;
	if (u->closed)
		return 0; // too late
	if (message->header.type == MESSAGE_PLAN) {
		struct message_plan plan;
		int r = message_get_plan(body, message->header.body, &plan, s->err);
		u->task.batch = message->header.batch;
		r = r < 0 ? r : task_planned(&u->task, &plan, s->now_ns, s->err);
		return r < 0 ? r : sim_schedule(s, u->task.compute_end_ns, EVENT_COMPUTED, ue);
	}
	struct message_result result;
	int r = message_get_result(body, message->header.body, &result, s->err);
	if (r < 0)
		return r;
	task_answered(&u->task, &result, s->now_ns, sim_airtimes(s, ue).up_ns);
	return close_task(s, ue);
}
