// SPDX-License-Identifier: BSD-3-Clause
#include "ue/process/ue_inside.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/channel.h"
#include "dnn/reference.h"

static struct counters_ue link_of(const struct ue *u)
{
	struct counters_ue mine;
	counters_load(u->counters, u->config->ue - 1, &mine);
	return mine;
}

static struct task_airtime airtimes(const struct ue *u)
{
	struct counters_ue mine = link_of(u);
	return (struct task_airtime){(int64_t)mine.airtime_ns[LINK_UP], (int64_t)mine.airtime_ns[LINK_DOWN]};
}

static int64_t airtime(const struct ue *u)
{
	return airtimes(u).up_ns;
}

void ue_draw_arrival(struct ue *u, int64_t idle_ns)
{
	bool happens = arrival_source_next(&u->source, idle_ns - u->epoch_ns, &u->next) &&
		       u->epoch_ns + u->next.at_ns < u->end_ns;
	u->next_arrival_ns = happens ? u->epoch_ns + u->next.at_ns : TIME_NEVER;
}

static void fill_header(const struct ue *u, struct message_header *h, enum message_type type)
{
	const struct task_record *r = &u->task.record;
	*h = (struct message_header){.type = type,
				     .run = u->config->run_id,
				     .ue = u->config->ue,
				     .task = r->task,
				     .subtask = r->cut,
				     .batch = u->task.batch,
				     .deadline_ns = r->deadline_ns};
}

int ue_begin_task(struct ue *u, struct err *err)
{
	const struct ue_config *c = u->config;
	int64_t arrival = u->next_arrival_ns, due = arrival > u->idle_since_ns ? arrival : u->idle_since_ns;
	lateness_add(&u->timer, HOST_UE_TIMER, clock_now_ns() - due);
	u->down_present_ns = (int64_t)link_of(u).present_ns[LINK_DOWN];
	task_begin(&u->task, &u->sizes, &c->device, c->tx_power_w, c->ue, ++u->drawn, arrival,
		   arrival + u->next.deadline_ns);
	u->task.record.sample = (uint32_t)samples_of_task(u->samples, c->ue, u->task.record.task);
	u->task.record.features = c->features;
	task_take_up(&u->task, &(struct task_radio){c->receive_power_w, c->idle_power_w}, clock_now_ns(),
		     airtimes(u));
	u->next_arrival_ns = TIME_NEVER;
	struct message_request request = {.arrival_ns = arrival,
					  .network_hash = u->network->hash,
					  .f_min_flops = c->device.f_min_flops,
					  .f_max_flops = c->device.f_max_flops,
					  .kappa = c->device.kappa,
					  .tx_power_w = c->tx_power_w};
	uint8_t body[MESSAGE_REQUEST_SIZE];
	message_put_request(body, &request);
	struct message_header h;
	fill_header(u, &h, MESSAGE_REQUEST);
	return stream_send(u->stream, &h, body, sizeof(body), NULL, 0, false, err);
}

static void close_task(struct ue *u, int64_t now)
{
	struct counters_ue link = link_of(u);
	u->task.record.down_present_ns = (int64_t)link.present_ns[LINK_DOWN];
	u->task.record.down_lost = link.lost[LINK_DOWN] + link.drops[LINK_DOWN];
	task_put_down(&u->task, clock_now_ns(), airtimes(u));
	if (channel_send(u->channel, CHANNEL_TASK, &u->task.record, sizeof(u->task.record)) < 0)
		u->stopping = true; // the supervisor is gone
	u->task.state = TASK_IDLE;
	u->idle_since_ns = now;
	ue_draw_arrival(u, now);
}

// Held against what must come of the tensor that was sent, so that no encoding needs a tolerance of its own;
// the distance to the exact result says what the encoding cost.
static void check_result(const struct ue *u, struct task_record *r, const float *values)
{
	int64_t n = network_cut_values(u->network, u->network->n_subtasks);
	const float *exact = samples_result(u->samples, (int)r->sample), *expected = exact;
	if (r->cut < r->n_subtasks)
		expected = samples_split_result(u->samples, (int)r->sample, (int)r->cut, u->config->features);
	r->check_error = relative_error(values, expected, n);
	r->features_error = relative_error(values, exact, n);
	r->checked = r->check_error <= u->config->check_tolerance ? CHECK_EQUAL : CHECK_DIFFERS;
}

int ue_computed(struct ue *u, int64_t now, struct err *err)
{
	struct task_record *r = &u->task.record;
	struct counters_ue link = link_of(u);
	r->up_present_ns = (int64_t)link.present_ns[LINK_UP];
	r->up_lost = link.lost[LINK_UP] + link.drops[LINK_UP];
	r->host_ns[STAGE_LOCAL] = now - u->task.compute_end_ns;
	lateness_add(&u->timer, HOST_UE_TIMER, r->host_ns[STAGE_LOCAL]);
	if (!task_computed(&u->task, now, airtime(u))) {
		check_result(u, r, samples_local_result(u->samples, (int)r->sample));
		close_task(u, now);
		return 0;
	}
	int64_t bytes;
	const void *tensor =
	    samples_wire(u->samples, (int)r->sample, (int)r->cut, u->config->features, &bytes);
	struct message_header h;
	fill_header(u, &h, MESSAGE_TENSOR);
	h.features = r->cut > 0 ? u->config->features : FEATURES_FP32;
	return stream_send(u->stream, &h, NULL, 0, tensor, (size_t)bytes, true, err);
}

static int on_result(struct ue *u, const struct message_header *h, const uint8_t *body, int64_t now,
		     struct err *err)
{
	struct message_result result;
	int r = message_get_result(body, h->body, &result, err);
	if (r < 0)
		return r;
	int64_t n_values = network_cut_values(u->network, u->network->n_subtasks);
	if (result.n_values != n_values)
		return err_set(err, EPROTO, "the result has %u values: %s has %lld", result.n_values,
			       u->network->name, (long long)n_values);
	task_answered(&u->task, &result, now, airtime(u));
	if (result.computed) {
		float *values = malloc((size_t)n_values * sizeof(*values));
		if (!values)
			return err_set(err, ENOMEM, "no memory");
		memcpy(values, body + MESSAGE_RESULT_SIZE,
		       (size_t)n_values * sizeof(*values)); // little-endian host (x86, Arm)
		check_result(u, &u->task.record, values);
		free(values);
	}
	close_task(u, now);
	return 0;
}

// What the answer took from the edge's call to here beyond the time in which the downlink had something for
// this UE.
static int64_t answer_rest_ns(const struct ue *u, const struct message_header *h, int64_t now)
{
	int64_t present_ns = (int64_t)link_of(u).present_ns[LINK_DOWN] - u->down_present_ns;
	int64_t rest_ns = now - h->sent_ns - present_ns;
	return rest_ns > 0 ? rest_ns : 0;
}

static int on_message(struct ue *u, const struct message_header *h, const uint8_t *body, struct err *err)
{
	int64_t now = clock_now_ns(), arrived = stream_arrived_ns(u->stream);
	if (arrived > 0)
		lateness_add(&u->read, HOST_UE_READ, now - arrived);
	if (h->type == MESSAGE_ERROR)
		return err_set(err, EPROTO, "the edge says: %.*s", (int)h->body, (const char *)body);
	if (h->task != u->task.record.task)
		return err_set(err, EPROTO, "the edge answers task %u while task %u is open", h->task,
			       u->task.record.task);
	if (h->type == MESSAGE_PLAN && u->task.state == TASK_REQUESTED) {
		struct message_plan plan;
		int r = message_get_plan(body, h->body, &plan, err);
		u->task.batch = h->batch;
		u->task.record.host_answer_ns = answer_rest_ns(u, h, now);
		return r < 0 ? r : task_planned(&u->task, &plan, now, err);
	}
	if (h->type == MESSAGE_RESULT && u->task.state == TASK_UPLOADED)
		return on_result(u, h, body, now, err);
	return err_set(err, EPROTO, "a %s message out of turn from the edge", message_type_name(h->type));
}

int ue_read_messages(struct ue *u, struct err *err)
{
	for (;;) {
		struct message_header h;
		const uint8_t *body;
		int r = stream_receive(u->stream, &h, &body, err);
		if (r <= 0)
			return r;
		r = on_message(u, &h, body, err);
		if (r < 0)
			return r;
	}
}

void ue_abandon_task(struct ue *u, enum task_outcome outcome)
{
	task_abandon(&u->task, outcome, clock_now_ns());
	close_task(u, clock_now_ns());
}
