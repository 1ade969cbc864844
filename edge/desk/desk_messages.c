// SPDX-License-Identifier: BSD-3-Clause
// Jobs on the wire.
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "edge/desk/desk_private.h"

int desk_read(struct desk_event *e, const struct message_header *h, const uint8_t *body, struct err *err)
{
	if (h->type == MESSAGE_TENSOR) {
		e->kind = DESK_TENSOR;
		e->tensor.ue = (int)h->ue - 1;
		e->tensor.number = h->task;
		return 0;
	}
	if (h->type != MESSAGE_REQUEST)
		return err_set(err, EPROTO, "a %s message from a UE", message_type_name(h->type));
	e->kind = DESK_REQUEST;
	e->request.ue = (int)h->ue - 1;
	e->request.number = h->task;
	e->request.deadline_ns = h->deadline_ns;
	e->request.asked_ns = e->now_ns;
	return message_get_request(body, h->body, &e->request.message, err);
}

int desk_read_server(struct desk_event *e, int server, const struct message_header *h, const uint8_t *body,
		     struct err *err)
{
	if (h->type != MESSAGE_RESULT)
		return err_set(err, EPROTO, "a %s message from server %d", message_type_name(h->type),
			       server);
	e->kind = DESK_SERVED;
	e->served.server = server;
	e->served.ue = (int)h->ue - 1;
	e->served.number = h->task;
	e->served.batch = h->batch;
	return message_get_result(body, h->body, &e->served.result, err);
}

static struct message_header header_of(const struct desk *d, const struct desk_job *job,
				       enum message_type type)
{
	return (struct message_header){.type = type,
				       .run = d->config.run_id,
				       .ue = (uint32_t)job->request.ue + 1,
				       .task = job->number,
				       .subtask = job->plan.cut,
				       .batch = type == MESSAGE_PLAN ? job->first_batch : job->last_batch,
				       .deadline_ns = job->request.deadline_ns};
}

struct message_header desk_message(const struct desk *d, const struct desk_action *action,
				   uint8_t bytes[MESSAGE_PLAN_MOST], size_t *size)
{
	static_assert(MESSAGE_RESULT_SIZE <= MESSAGE_PLAN_SIZE, "bytes hold either");
	enum message_type type = MESSAGE_ERROR;
	*size = 0;
	if (action->kind == DESK_SEND_PLAN) {
		*size = message_put_plan(bytes, &action->job->plan);
		type = MESSAGE_PLAN;
	} else if (action->kind == DESK_SEND_RESULT) {
		message_put_result(bytes, &action->job->result);
		*size = MESSAGE_RESULT_SIZE;
		type = MESSAGE_RESULT;
	} else if (action->kind == DESK_TELL_SERVER) {
		*size = message_put_plan(bytes, &action->job->plan);
		type = MESSAGE_PLAN;
	} else if (action->kind == DESK_FORWARD) {
		type = MESSAGE_TENSOR;
	} else if (action->kind == DESK_DROP) {
		type = MESSAGE_DROPPED;
	}
	struct message_header header = header_of(d, action->job, type);
	if (type == MESSAGE_TENSOR && header.subtask > 0)
		header.features = d->config.ues[action->job->request.ue].features;
	return header;
}

uint32_t desk_message_rest(const struct desk *d, const struct desk_action *action)
{
	if (action->kind == DESK_REFUSE)
		return (uint32_t)strlen(action->why->text);
	if (action->kind == DESK_FORWARD)
		return (uint32_t)(desk_tensor_bits(d, action->job) / 8);
	return action->kind == DESK_SEND_RESULT ? action->job->result.n_values * (uint32_t)sizeof(float) : 0;
}
