// SPDX-License-Identifier: BSD-3-Clause
// Running batches: from slots to the worker, from the worker to records and results.
#include "edge/server_private.h"

#include <errno.h>
#include <stddef.h>

#include "base/channel.h"
#include "base/clock.h"
#include "edge/report.h"

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

static float *tensor_of(const struct session *x, int cut)
{
	return rows_tensor(x->rows, cut, x->row);
}

// In the order in which the inputs lie in memory: rows that are neighbours run where they are.
static void sort_members(struct run *run)
{
	const struct batch *batch = run->batch;
	for (int i = 0; i < batch->n_members; i++) {
		struct session *x = session_of(batch->member[i]);
		const float *in = tensor_of(x, batch->slot.subtask);
		int k = i;
		for (; k > 0 && run->job.in[k - 1] > in; k--) {
			run->job.in[k] = run->job.in[k - 1];
			run->member[k] = run->member[k - 1];
		}
		run->job.in[k] = in;
		run->member[k] = x;
	}
}

static bool lie_apart(const struct worker_job *job, int64_t values)
{
	bool apart = false;
	for (int i = 1; i < job->batch; i++)
		apart = apart || job->in[i] != job->in[i - 1] + values;
	return apart;
}

// Where the job reads and writes. Inputs that lie apart are gathered by the executor, once: the outputs get
// rows side by side, so that the members' next batch finds them in place.
static int place_tensors(struct server *s, struct run *run, struct err *err)
{
	const struct batch_slot *slot = &run->batch->slot;
	const struct network *net = s->models.networks[slot->network];
	int n = run->batch->n_members;
	sort_members(run);
	run->moved_to = NULL;
	if (lie_apart(&run->job, network_cut_values(net, slot->subtask))) {
		s->totals.copied++;
		run->moved_to = rows_take(s->pool, net, slot->subtask + 1, n);
		if (!run->moved_to)
			return err_set(err, ENOMEM, "no memory for the tensors of %d tasks", n);
	}
	for (int k = 0; k < n; k++)
		run->job.out[k] = run->moved_to ? rows_tensor(run->moved_to, slot->subtask + 1, k)
						: tensor_of(run->member[k], slot->subtask + 1);
	return 0;
}

int server_start_batch(struct server *s, const struct batch *batch, struct err *err)
{
	struct run *run = free_run(s);
	run->batch = batch;
	run->job = (struct worker_job){.executor = s->models.executors[batch->slot.network],
				       .subtask = batch->slot.subtask,
				       .batch = batch->n_members,
				       .slowdown = batch_slowdown(batch),
				       .start_ns = clock_now_ns()};
	int r = place_tensors(s, run, err);
	if (r < 0)
		return r;
	s->n_running++;
	worker_submit(s->worker, &run->job);
	return 0;
}

static void report(struct server *s, const struct run *run)
{
	const struct worker_job *job = &run->job;
	const struct batch *batch = run->batch;
	const struct batch_slot *slot = &batch->slot;
	int64_t median_ns = models_median_ns(&s->models, slot->network, slot->subtask, batch->n_members);
	int64_t p95_ns = models_duration_ns(slot->network, slot->subtask, batch->n_members, &s->models);
	const struct batch_times times = {.start_ns = job->start_ns,
					  .end_ns = job->end_ns,
					  .noticed_ns = clock_now_ns(),
					  .run_ns = job->run_ns,
					  .profile_ns = (int64_t)((double)median_ns * job->slowdown),
					  .profile_p95_ns = (int64_t)((double)p95_ns * job->slowdown),
					  .replayed = s->totals.modelled};
	struct batch_record record;
	report_batch(&record, batch, &times);
	channel_send(s->channel, CHANNEL_BATCH, &record, BATCH_RECORD_SIZE(record.n_members));
	// That this host woke late is none of a replayed processor's joules.
	int64_t alone_ns = s->totals.modelled ? median_ns : job->run_ns;
	report_add(&s->totals, &record, round_batch_j(&s->config->power, record.edge_freq, alone_ns));
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
}

static void finish_members(struct server *s, const struct run *run)
{
	for (int k = 0; k < run->batch->n_members; k++) {
		struct session *session = run->member[k];
		finish_member(session, run);
		if (run->moved_to)
			session_move(session, run->moved_to, k);
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
		report(s, run);
		batcher_done(s->batcher, run->batch, job->end_ns);
		finish_members(s, run);
		run->batch = NULL;
		s->n_running--;
	}
	return 0;
}
