// SPDX-License-Identifier: BSD-3-Clause
// Running batches: from slots to the worker, from the worker to records and results.
#include "edge/server_private.h"

#include <stddef.h>

#include "base/channel.h"
#include "base/clock.h"

static struct session *session_of(struct batch_task *task)
{
	return (struct session *)((char *)task - offsetof(struct session, batch));
}

void server_start_batch(struct server *s, const struct batch *batch)
{
	s->running = batch;
	s->job = (struct worker_job){
		.executor = s->models.executors[batch->network], .subtask = batch->subtask, .batch = batch->n_members};
	for (int i = 0; i < batch->n_members; i++) {
		struct session *session = session_of(batch->member[i]);
		s->job.in[i] = session->tensor;
		s->job.out[i] = session->spare;
	}
	worker_submit(s->worker, &s->job);
}

static void report_batch(struct server *s, const struct batch *batch)
{
	struct batch_record record = {.batch = batch->id,
				      .network = (uint32_t)batch->network,
				      .subtask = (uint32_t)batch->subtask,
				      .group = (uint32_t)batch->group,
				      .reason = batch->reason,
				      .planned_members = (uint32_t)batch->planned_members,
				      .n_members = (uint32_t)batch->n_members,
				      .planned_start_ns = batch->planned_start_ns,
				      .planned_duration_ns = batch->planned_duration_ns,
				      .start_ns = s->job.start_ns,
				      .end_ns = s->job.end_ns,
				      .run_ns = s->job.run_ns,
				      .first_input_ns = INT64_MAX};
	for (int i = 0; i < batch->n_members; i++) {
		const struct session *x = session_of(batch->member[i]);
		int64_t present = x->batch.present_ns;
		record.member[i].ue = (uint32_t)x->ue + 1;
		record.member[i].task = x->header.task;
		record.first_input_ns = present < record.first_input_ns ? present : record.first_input_ns;
		record.last_input_ns = present > record.last_input_ns ? present : record.last_input_ns;
	}
	channel_send(s->channel, CHANNEL_BATCH, &record, BATCH_RECORD_SIZE((size_t)batch->n_members));
	s->totals.batches++;
	s->totals.busy_ns += s->job.run_ns;
	s->totals.stragglers += batch->reason == BATCH_STRAGGLER ? (uint64_t)batch->n_members : 0;
	s->totals.left_behind += batch->reason == BATCH_LEFT ? (uint64_t)(batch->planned_members - batch->n_members) : 0;
}

static void finish_member(struct server *s, struct session *session, const struct batch *batch)
{
	if (session->batch_start_ns == 0)
		session->batch_start_ns = s->job.start_ns;
	session->batch_end_ns = s->job.end_ns;
	session->batch_run_ns += s->job.run_ns;
	session->last_batch = batch->id;
	if ((uint32_t)batch->n_members > session->largest_batch)
		session->largest_batch = (uint32_t)batch->n_members;
	float *output = session->spare;
	session->spare = session->tensor;
	session->tensor = output;
}

int server_finish_batch(struct server *s, struct err *err)
{
	struct worker_job *job = worker_finished(s->worker);
	const struct batch *batch = s->running;
	if (!job || !batch)
		return 0;
	if (job->result < 0) {
		*err = job->err;
		return job->result;
	}
	report_batch(s, batch);
	batcher_done(s->batcher, job->end_ns);
	s->running = NULL;
	for (int i = 0; i < batch->n_members; i++) {
		struct session *session = session_of(batch->member[i]);
		finish_member(s, session, batch);
		struct err lost = {0};
		if (session->dead || session->batch.next < session->batch.n_subtasks)
			continue;
		if (session_result(session, !s->totals.modelled || s->config->outputs, &lost) < 0)
			server_lose(s, session, &lost);
		else
			server_watch_writes(s, session);
	}
	return 0;
}
