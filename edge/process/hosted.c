// SPDX-License-Identifier: BSD-3-Clause
#include "edge/process/hosted.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct hosted *hosted_new(struct desk_job *job, const struct network *network, enum features features,
			  struct rows *rows, int row)
{
	struct hosted *h = calloc(1, sizeof(*h));
	if (!h) {
		rows_drop(rows);
		return NULL;
	}
	*h = (struct hosted){.job = job, .network = network, .features = features, .rows = rows, .row = row};
	job->host = h;
	return h;
}

void hosted_free(struct desk_job *job)
{
	struct hosted *h = job->host;
	if (!h)
		return;
	rows_drop(h->rows);
	free(h);
	job->host = NULL;
}

void hosted_move(struct hosted *h, struct rows *rows, int row)
{
	rows_drop(h->rows);
	h->rows = rows;
	h->row = row;
}

static int check_tensor(const struct desk_job *job, const struct message_header *header, struct err *err)
{
	const struct hosted *h = hosted_of(job);
	int cut = (int)job->plan.cut;
	int64_t bytes = features_cut_bytes(h->network, cut, h->features);
	if (header->features != (cut == 0 ? FEATURES_FP32 : h->features))
		return err_set(err, EPROTO, "a tensor in %s at cut %d: the run's ue%d sends %s",
			       features_name((enum features)header->features), cut, job->request.ue + 1,
			       cut == 0 ? "the raw input" : features_name(h->features));
	if ((int)header->tensors != features_table_rows(h->network, cut))
		return err_set(err, EPROTO,
			       "a table of %u tensors at cut %d: it has %d (0: one, without a table)",
			       header->tensors, cut, features_table_rows(h->network, cut));
	if (header->subtask != job->plan.cut || header->body != bytes)
		return err_set(err, EPROTO,
			       "a tensor of %u bytes at cut %u: the plan wants %lld bytes at cut %d",
			       header->body, header->subtask, (long long)bytes, cut);
	return 0;
}

int hosted_receive(const struct desk_job *job, const struct message_header *header, struct stream *stream,
		   struct err *err)
{
	const struct hosted *h = hosted_of(job);
	int cut = (int)job->plan.cut, r = check_tensor(job, header, err);
	if (r < 0)
		return r;
	uint8_t *body = stream_take_body(stream);
	float *tensor = rows_tensor(h->rows, cut, h->row);
	if (cut == 0)
		network_input_from_wire(h->network, body, tensor);
	else
		r = features_decode_cut(h->network, cut, h->features, body, tensor, err);
	free(body);
	return r;
}

const float *hosted_result(const struct desk_job *job, bool replayed, const struct samples *prepared)
{
	const struct hosted *h = hosted_of(job);
	int n = h->network->n_subtasks;
	float *row = rows_tensor(h->rows, n, h->row);
	if (!replayed)
		return row;
	int sample = prepared ? samples_of_task(prepared, (uint32_t)job->request.ue + 1, job->number) : 0;
	if (prepared && job->batch.exit > 0)
		return samples_exit_result(prepared, sample, job->batch.exit);
	if (prepared)
		return samples_split_result(prepared, sample, (int)job->plan.cut, h->features);
	memset(row, 0, (size_t)network_cut_values(h->network, n) * sizeof(float));
	return row;
}
