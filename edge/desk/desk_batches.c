// SPDX-License-Identifier: BSD-3-Clause
// Batches from their start to the results of their members.
#include <errno.h>

#include "base/clock.h"
#include "edge/desk/desk_private.h"

static const struct batch **place_of(const struct desk *d, uint32_t id)
{
	for (int i = 0; i < d->most_batches; i++)
		if (d->running[i] && d->running[i]->id == id)
			return &d->running[i];
	return NULL;
}

const struct batch *desk_batch(const struct desk *d, uint32_t id)
{
	const struct batch **place = place_of(d, id);
	return place ? *place : NULL;
}

// The batcher starts no more than most_batches at once: no plan has more shares (desk_rounds.c).
static void start(struct desk *d, const struct batch *batch)
{
	int i = 0;
	while (d->running[i])
		i++;
	d->running[i] = batch;
	d->starts[d->n_starts++] = batch;
}

static void drop(struct desk *d, struct desk_job *job)
{
	struct desk_ue *u = &d->ues[job->request.ue];
	if (job->number > u->last_dropped)
		u->last_dropped = job->number;
	job->hertz = 0;
	d->totals.dropped++;
	desk_push(d, &(struct desk_action){.kind = DESK_DROP, .job = job});
	desk_end_job(d, job);
}

void desk_run(struct desk *d, int64_t now_ns)
{
	const struct batch *batch;
	struct batch_task *late;
	uint64_t before = d->totals.dropped;
	while ((batch = batcher_next(d->batcher, now_ns, &d->run_due_ns)))
		start(d, batch);
	while ((late = batcher_dropped(d->batcher)))
		drop(d, desk_job_of(late));
	if (d->totals.dropped > before)
		desk_grant_all(d);
}

int64_t desk_run_due_ns(const struct desk *d)
{
	return d->run_due_ns;
}

static void finish_member(struct desk *d, struct desk_job *job)
{
	const struct batch_record *b = &d->record;
	struct message_result *r = &job->result;
	if (r->batch_start_ns < 0)
		r->batch_start_ns = b->start_ns;
	r->batch_end_ns = b->end_ns;
	r->batch_run_ns += b->run_ns;
	job->last_batch = b->batch;
	if (b->n_members > r->largest_batch)
		r->largest_batch = b->n_members;
	if (job->state == DESK_LEFT) {
		batcher_forget(d->batcher, &job->batch);
		desk_end_job(d, job);
	} else if (job->batch.next == job->batch.n_subtasks) {
		desk_see_run(d, 0, r->batch_start_ns, b->end_ns);
		desk_push(d, &(struct desk_action){.kind = DESK_SEND_RESULT, .job = job});
		desk_end_job(d, job);
	}
}

// The host has not been told of it yet.
static bool is_to_start(const struct desk *d, const struct batch *batch)
{
	int i = 0;
	while (i < d->n_starts && d->starts[i] != batch)
		i++;
	return i < d->n_starts;
}

static int exit_behind(const struct desk *d, const struct batch *batch)
{
	const struct snapshot_network *net = &d->networks.networks[batch->booking.network];
	for (int e = 0; e < net->n_exits; e++)
		if (net->exit_subtasks[e] == batch->booking.subtask + 1)
			return e + 1;
	return 0;
}

static int check_leaving(const struct desk *d, const struct batch *batch, const struct desk_event *e,
			 struct err *err)
{
	int n = e->ended.n_leaving;
	if (n == 0)
		return 0;
	if (n != batch->n_members)
		return err_set(err, EINVAL, "who leaves is told of %d members: batch %u has %d", n, batch->id,
			       batch->n_members);
	if (exit_behind(d, batch) == 0)
		return err_set(err, EINVAL, "members leave behind sub-task %d: it has no exit",
			       batch->booking.subtask);
	for (int i = 0; i < n; i++)
		if (e->ended.leaving[i] && !batch_task_may_leave(batch->member[i]))
			return err_set(err, EINVAL, "task %u of ue%u leaves early, which it may not here",
				       batch->member[i]->id, batch->member[i]->ue);
	return 0;
}

static void let_leave(struct desk *d, const struct batch *batch, const struct desk_event *e)
{
	int exit = exit_behind(d, batch);
	for (int i = 0; i < e->ended.n_leaving; i++) {
		if (!e->ended.leaving[i])
			continue;
		struct batch_task *task = batch->member[i];
		batcher_leave(d->batcher, task, exit);
		desk_job_of(task)->result.exit = (uint32_t)exit;
		desk_job_of(task)->result.subtasks = (uint32_t)task->n_subtasks;
	}
}

int desk_batch_ended(struct desk *d, const struct desk_event *e, struct err *err)
{
	const struct batch **place = place_of(d, e->ended.batch), *batch;
	if (!place || is_to_start(d, *place))
		return err_set(err, EINVAL, "batch %u has ended: it does not run", e->ended.batch);
	batch = *place;
	int r = check_leaving(d, batch, e, err);
	if (r < 0)
		return r;
	*place = NULL;
	let_leave(d, batch, e);
	batch_record_fill(&d->record, batch, &e->ended.times);
	edge_record_add(&d->totals, &d->record,
			round_batch_j(&d->config.power, d->record.edge_freq, e->ended.alone_ns));
	batcher_done(d->batcher, batch, e->ended.times.end_ns);
	desk_push(d, &(struct desk_action){.kind = DESK_NOTE_BATCH, .record = &d->record});
	for (int i = 0; i < batch->n_members; i++) // readable until the next DESK_RUN
		finish_member(d, desk_job_of(batch->member[i]));
	return 0;
}
