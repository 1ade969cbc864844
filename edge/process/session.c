// SPDX-License-Identifier: BSD-3-Clause
#include "edge/process/session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

struct session *session_new(int fd)
{
	struct session *s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->ue = -1;
	s->stream = stream_new(fd, MESSAGE_MAX_TENSOR);
	if (!s->stream) {
		free(s);
		return NULL;
	}
	return s;
}

static void drop_row(struct session *s)
{
	rows_drop(s->rows);
	s->rows = NULL;
}

void session_free(struct session *s)
{
	if (!s)
		return;
	drop_row(s);
	stream_free(s->stream);
	free(s);
}

int session_request(struct session *s, const struct message_header *header, const uint8_t *body,
		    const struct edge_config *config, struct network *const *networks, struct err *err)
{
	if (s->state != SESSION_IDLE)
		return err_set(err, EPROTO, "a request while task %u is open: one task at a time",
			       s->header.task);
	if (header->run != config->run_id)
		return err_set(err, EPROTO, "a request of run %u at the edge of run %u", header->run,
			       config->run_id);
	if (header->ue < 1 || header->ue > (uint32_t)config->n_ues)
		return err_set(err, EPROTO, "a request of ue%u: this run has ue1 to ue%d", header->ue,
			       config->n_ues);
	int r = message_get_request(body, header->body, &s->request.request, err);
	if (r < 0)
		return r;
	int ue = (int)header->ue - 1, network = config->ues[ue].network;
	if (s->request.request.network_hash != networks[network]->hash)
		return err_set(err, EPROTO,
			       "ue%u runs another %s than the edge (weights or description differ)",
			       header->ue, networks[network]->name);
	s->header = *header;
	s->ue = ue;
	s->network = networks[network];
	s->features = config->ues[ue].features;
	s->request.ue = ue;
	s->request.deadline_ns = header->deadline_ns;
	s->state = SESSION_REQUESTED;
	return 0;
}

int session_tensor(struct session *s, const struct message_header *header, int64_t now_ns, struct err *err)
{
	if (s->state != SESSION_PLANNED || header->task != s->header.task)
		return err_set(err, EPROTO, "a tensor of task %u that no plan waits for", header->task);
	int cut = (int)s->plan.cut;
	int64_t bytes = features_cut_bytes(s->network, cut, s->features);
	if (header->features != (cut == 0 ? FEATURES_FP32 : s->features))
		return err_set(err, EPROTO, "a tensor in %s at cut %d: the run's ue%d sends %s",
			       features_name((enum features)header->features), cut, s->ue + 1,
			       cut == 0 ? "the raw input" : features_name(s->features));
	if (header->subtask != s->plan.cut || header->body != bytes)
		return err_set(err, EPROTO,
			       "a tensor of %u bytes at cut %u: the plan wants %lld bytes at cut %d",
			       header->body, header->subtask, (long long)bytes, cut);
	uint8_t *body = stream_take_body(s->stream);
	float *tensor = rows_tensor(s->rows, cut, s->row);
	int r = 0;
	if (cut == 0)
		network_input_from_wire(s->network, body, tensor);
	else
		r = features_decode(s->features, features_cut_layout(s->network, cut), body, tensor, err);
	free(body);
	if (r < 0)
		return r;
	s->upload_end_ns = now_ns;
	s->state = SESSION_BATCHING;
	return 0;
}

void session_begin(struct session *s, const struct batch_task *task, struct rows *rows, int row)
{
	s->state = rows ? SESSION_PLANNED : SESSION_IDLE;
	s->batch = *task;
	s->rows = rows;
	s->row = row;
	s->batch_start_ns = s->batch_end_ns = s->batch_run_ns = 0;
	s->largest_batch = 0;
}

void session_move(struct session *s, struct rows *rows, int row)
{
	drop_row(s);
	s->rows = rows;
	s->row = row;
}

int session_answer(struct session *s, uint32_t first_batch, struct err *err)
{
	uint8_t body[MESSAGE_PLAN_SIZE];
	message_put_plan(body, &s->plan);
	struct message_header h = s->header;
	h.type = MESSAGE_PLAN;
	h.subtask = s->plan.cut;
	h.batch = first_batch;
	return stream_send(s->stream, &h, body, sizeof(body), NULL, 0, false, err);
}

int session_result(struct session *s, bool replayed, const struct samples *prepared, struct err *err)
{
	int n = s->network->n_subtasks;
	uint32_t n_values = (uint32_t)network_cut_values(s->network, n);
	float *row = rows_tensor(s->rows, n, s->row);
	const float *tensor = row;
	if (replayed && prepared)
		tensor =
		    samples_split_result(prepared, samples_of_task(prepared, s->header.ue, s->header.task),
					 (int)s->plan.cut, s->features);
	else if (replayed)
		memset(row, 0, (size_t)n_values * sizeof(float));
	struct message_result result = {.upload_end_ns = s->upload_end_ns,
					.batch_start_ns = s->batch_start_ns,
					.batch_end_ns = s->batch_end_ns,
					.batch_run_ns = s->batch_run_ns,
					.largest_batch = s->largest_batch,
					.n_values = n_values,
					.computed = !replayed};
	uint8_t head[MESSAGE_RESULT_SIZE];
	message_put_result(head, &result);
	struct message_header h = s->header;
	h.type = MESSAGE_RESULT;
	h.subtask = s->plan.cut;
	h.batch = s->last_batch;
	int r = stream_send(s->stream, &h, head, sizeof(head), tensor, (size_t)n_values * sizeof(float),
			    false, err);
	drop_row(s);
	s->state = SESSION_IDLE;
	return r;
}
