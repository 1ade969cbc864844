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

// No more batches run at once than the plan's shares, and no plan has more than n_runs (server_close_round).
static struct run *free_run(struct server *s)
{
	struct run *run = s->runs;
	while (run->batch)
		run++;
	return run;
}

void server_start_batch(struct server *s, const struct batch *batch)
{
	struct run *run = free_run(s);
	run->batch = batch;
	run->job = (struct worker_job){.executor = s->models.executors[batch->slot.network],
				       .subtask = batch->slot.subtask,
				       .batch = batch->n_members,
				       .slowdown = batch_slowdown(batch)};
	for (int i = 0; i < batch->n_members; i++) {
		struct session *session = session_of(batch->member[i]);
		run->job.in[i] = session->tensor;
		run->job.out[i] = session->spare;
	}
	s->n_running++;
	worker_submit(s->worker, &run->job);
}

// F_n(b) of a batch: what this processor took, or what the replayed one is said to take (that this host woke
// late is none of its joules).
static int64_t alone_ns(const struct server *s, const struct run *run)
{
	const struct batch_slot *slot = &run->batch->slot;
	const struct profile *profile = s->models.profiles[slot->network];
	if (!s->totals.modelled)
		return run->job.run_ns;
	return s_to_ns(profile->median_s[slot->subtask * profile->max_batch + run->batch->n_members - 1]);
}

static void report_batch(struct server *s, const struct run *run)
{
	const struct batch *batch = run->batch;
	struct batch_record record = {.batch = batch->id,
				      .network = (uint32_t)batch->slot.network,
				      .subtask = (uint32_t)batch->slot.subtask,
				      .group = (uint32_t)batch->slot.group,
				      .reason = batch->reason,
				      .planned_members = (uint32_t)batch->planned_members,
				      .n_members = (uint32_t)batch->n_members,
				      .gpu_shares = (uint32_t)batch->slot.gpu_shares,
				      .edge_freq = batch->slot.edge_freq,
				      .planned_start_ns = batch->slot.start_ns,
				      .planned_duration_ns = batch->slot.duration_ns,
				      .start_ns = run->job.start_ns,
				      .end_ns = run->job.end_ns,
				      .run_ns = run->job.run_ns,
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
	s->totals.busy_ns += run->job.run_ns / batch->slot.gpu_shares;
	s->totals.energy_j += round_batch_j(&s->config->power, batch->slot.edge_freq, alone_ns(s, run));
	s->totals.stragglers += batch->reason == BATCH_STRAGGLER ? (uint64_t)batch->n_members : 0;
	s->totals.left_behind +=
	    batch->reason == BATCH_LEFT ? (uint64_t)(batch->planned_members - batch->n_members) : 0;
}

static void finish_member(struct session *session, const struct run *run)
{
	const struct batch *batch = run->batch;
	if (session->batch_start_ns == 0)
		session->batch_start_ns = run->job.start_ns;
	session->batch_end_ns = run->job.end_ns;
	session->batch_run_ns += run->job.run_ns;
	session->last_batch = batch->id;
	if ((uint32_t)batch->n_members > session->largest_batch)
		session->largest_batch = (uint32_t)batch->n_members;
	float *output = session->spare;
	session->spare = session->tensor;
	session->tensor = output;
}

static void finish_members(struct server *s, const struct run *run)
{
	for (int i = 0; i < run->batch->n_members; i++) {
		struct session *session = session_of(run->batch->member[i]);
		finish_member(session, run);
		struct err lost = {0};
		if (session->dead || session->batch.next < session->batch.n_subtasks)
			continue;
		if (session_result(session, !s->totals.modelled || s->config->outputs, &lost) < 0)
			server_lose(s, session, &lost);
		else
			server_watch_writes(s, session);
	}
}

static struct run *run_of(struct worker_job *job)
{
	return (struct run *)((char *)job - offsetof(struct run, job));
}

int server_finish_batches(struct server *s, struct err *err)
{
	struct worker_job *job;
	while ((job = worker_finished(s->worker))) {
		struct run *run = run_of(job);
		if (job->result < 0) {
			*err = job->err;
			return job->result;
		}
		report_batch(s, run);
		batcher_done(s->batcher, run->batch, job->end_ns);
		finish_members(s, run);
		run->batch = NULL;
		s->n_running--;
	}
	return 0;
}
