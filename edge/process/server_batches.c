// SPDX-License-Identifier: BSD-3-Clause
// Running batches: from slots to the worker, from the worker to records and results.
#include "edge/process/server_private.h"

#include <errno.h>
#include <stddef.h>

#include "base/channel.h"
#include "base/clock.h"
#include "edge/desk/batch_record.h"

static struct session *session_of(struct batch_task *task)
{
	return (struct session *)((char *)task - offsetof(struct session, batch));
}

// No more batches run at once than the plan's shares, no plan has more than n_runs (server_close_round), and
// one may still be delivered.
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
		for (; k > 0 && run->in[k - 1] > in; k--) {
			run->in[k] = run->in[k - 1];
			run->member[k] = run->member[k - 1];
		}
		run->in[k] = in;
		run->member[k] = x;
	}
}

static bool lie_apart(const struct run *run, int64_t values)
{
	bool apart = false;
	for (int i = 1; i < run->batch->n_members; i++)
		apart = apart || run->in[i] != run->in[i - 1] + values;
	return apart;
}

// Where a larger batch is faster (profile_runs_as) that one runs, with the last member's input once more.
static void pad(struct server *s, struct run *run)
{
	const struct batch_slot *slot = &run->batch->slot;
	int n = run->batch->n_members,
	    as = profile_runs_as(s->models.profiles[slot->network], slot->subtask, n);
	if (as > BATCH_MAX_MEMBERS)
		return;
	run->job.batch = as;
	for (int k = n; k < as; k++) {
		run->in[k] = run->in[n - 1];
		run->out[k] = s->models.spare;
	}
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
	if (lie_apart(run, network_cut_values(net, slot->subtask))) {
		s->totals.copied++;
		run->moved_to = rows_take(s->pool, net, slot->subtask + 1, n);
		if (!run->moved_to)
			return err_set(err, ENOMEM, "no memory for the tensors of %d tasks", n);
	}
	for (int k = 0; k < n; k++)
		run->out[k] = run->moved_to ? rows_tensor(run->moved_to, slot->subtask + 1, k)
					    : tensor_of(run->member[k], slot->subtask + 1);
	pad(s, run);
	return 0;
}

// What the profile says of a batch: its median, or what plans are made with; slowed as it runs.
static int64_t slowed_ns(const struct batch *batch, int64_t ns)
{
	return (int64_t)((double)ns * batch_slowdown(batch));
}

static int64_t median_ns(const struct server *s, const struct batch *batch)
{
	return models_median_ns(&s->models, batch->slot.network, batch->slot.subtask, batch->n_members);
}

static int64_t last_input_ns(const struct batch *batch)
{
	int64_t last = 0;
	for (int i = 0; i < batch->n_members; i++)
		last = batch->member[i]->present_ns > last ? batch->member[i]->present_ns : last;
	return last;
}

static void replay(struct server *s, struct run *run, int64_t at_ns)
{
	const struct batch *batch = run->batch;
	struct worker_job *job = &run->job;
	for (int i = 0; i < batch->n_members; i++)
		run->member[i] = session_of(batch->member[i]);
	run->moved_to = NULL;
	int64_t input_ns = last_input_ns(batch);
	job->start_ns = input_ns > at_ns ? input_ns : at_ns;
	job->run_ns = slowed_ns(batch, median_ns(s, batch));
	job->end_ns = job->start_ns + job->run_ns;
}

static int start(struct server *s, const struct batch *batch, int64_t at_ns, struct err *err)
{
	struct run *run = free_run(s);
	run->batch = batch;
	run->job = (struct worker_job){.executor = s->models.executors[batch->slot.network],
				       .subtask = batch->slot.subtask,
				       .batch = batch->n_members,
				       .in = run->in,
				       .out = run->out,
				       .start_ns = at_ns};
	s->n_running++;
	if (s->totals.modelled) {
		replay(s, run, at_ns);
		return 0;
	}
	int r = place_tensors(s, run, err);
	if (r == 0)
		worker_submit(s->worker, &run->job);
	return r;
}

// From when the plan let it start; 0 = no plan foresaw it.
static int64_t slot_of(const struct server *s, const struct batch_record *b)
{
	const struct batching *batching = &s->config->batching;
	if (batching->mode != BATCH_BY_SLOT || b->reason == BATCH_STRAGGLER)
		return 0;
	return b->planned_start_ns + (b->reason == BATCH_LEFT ? batching->patience_ns : 0);
}

static int64_t debt_of_last_input(const struct run *run, const struct batch_record *b)
{
	for (int k = 0; k < run->batch->n_members; k++)
		if (run->member[k]->batch.present_ns == b->last_input_ns)
			return run->member[k]->debt_ns;
	return 0;
}

static void note_debt(struct server *s, const struct run *run, const struct batch_record *b)
{
	int64_t debt_ns = punctual_batch(s->punctual, b, slot_of(s, b), s->n_runs == 1 || b->gpu_shares == 1,
					 debt_of_last_input(run, b));
	for (int k = 0; k < run->batch->n_members; k++)
		run->member[k]->debt_ns = debt_ns;
}

static void fill_record(struct server *s, struct run *run)
{
	const struct worker_job *job = &run->job;
	const struct batch *batch = run->batch;
	const struct batch_slot *slot = &batch->slot;
	struct drift *drift = &s->models.drift[slot->network];
	int64_t now = clock_now_ns(), alone_ns = s->totals.modelled ? median_ns(s, batch) : job->run_ns;
	int64_t p95_ns = models_p95_ns(&s->models, slot->network, slot->subtask, batch->n_members);
	if (!s->totals.modelled)
		drift_follow(drift, slot->subtask, batch->n_members, now - job->start_ns);
	const struct batch_times times = {.start_ns = job->start_ns,
					  .end_ns = job->end_ns,
					  .noticed_ns = now,
					  .run_ns = job->run_ns,
					  .profile_ns = slowed_ns(batch, median_ns(s, batch)),
					  .profile_p95_ns = slowed_ns(batch, p95_ns),
					  .drift = drift_factor(drift),
					  .replayed = s->totals.modelled};
	batch_record_fill(&run->record, batch, &times);
	edge_record_add(&s->totals, &run->record,
			round_batch_j(&s->config->power, run->record.edge_freq, alone_ns));
	note_debt(s, run, &run->record);
}

static void finish_member(struct session *session, const struct batch_record *r)
{
	if (session->batch_start_ns == 0)
		session->batch_start_ns = r->start_ns;
	session->batch_end_ns = r->end_ns;
	session->batch_run_ns += r->run_ns;
	session->last_batch = r->batch;
	if (r->n_members > session->largest_batch)
		session->largest_batch = r->n_members;
}

// The batch is through: its members may be in the next one, and it can be read no longer.
static void conclude(struct server *s, struct run *run)
{
	fill_record(s, run);
	batcher_done(s->batcher, run->batch, run->job.end_ns);
	for (int k = 0; run->moved_to && k < (int)run->record.n_members; k++)
		session_move(run->member[k], run->moved_to, k);
}

static void send_results(struct server *s, const struct run *run)
{
	const struct samples *prepared = s->models.samples[run->record.network];
	for (uint32_t k = 0; k < run->record.n_members; k++) {
		struct session *session = run->member[k];
		struct err lost = {0};
		finish_member(session, &run->record);
		if (session->dead || session->batch.next < session->batch.n_subtasks)
			continue;
		server_note_result(s, session);
		if (session_result(session, s->totals.modelled, prepared, &lost) < 0)
			server_lose(s, session, &lost);
		else
			server_watch_writes(s, session);
	}
}

// Tells the supervisor and the UEs of it.
static void deliver(struct server *s, struct run *run)
{
	channel_send(s->channel, CHANNEL_BATCH, &run->record, BATCH_RECORD_SIZE(run->record.n_members));
	send_results(s, run);
	run->batch = NULL;
	s->n_running--;
}

static struct run *run_of(struct worker_job *job)
{
	return (struct run *)((char *)job - offsetof(struct run, job));
}

static int start_all(struct server *s, int64_t at_ns, int64_t *wake_ns, struct err *err)
{
	const struct batch *batch;
	int r = 0;
	while (r == 0 && (batch = batcher_next(s->batcher, at_ns, wake_ns)))
		r = start(s, batch, at_ns, err);
	return r;
}

int server_finish_batches(struct server *s, struct err *err)
{
	struct worker_job *job;
	int64_t asked_again_ns;
	int r = 0;
	while (r == 0 && (job = worker_finished(s->worker))) {
		struct run *run = run_of(job);
		if (job->result < 0) {
			*err = job->err;
			return job->result;
		}
		conclude(s, run);
		// First of all: records and results are sent while the next batch runs.
		r = start_all(s, run->record.noticed_ns, &asked_again_ns, err);
		deliver(s, run);
	}
	return r;
}

// The replayed batch that ends first; NULL: none runs.
static struct run *first_to_end(const struct server *s)
{
	struct run *first = NULL;
	for (int i = 0; i < s->n_runs; i++)
		if (s->runs[i].batch && (!first || s->runs[i].job.end_ns < first->job.end_ns))
			first = &s->runs[i];
	return first;
}

static int replay_until(struct server *s, int64_t now_ns, int64_t *wake_ns, struct err *err)
{
	int64_t at_ns = s->replay_wake_ns < now_ns ? s->replay_wake_ns : now_ns;
	struct run *first;
	int r = 0;
	for (;;) {
		first = first_to_end(s);
		if (first && first->job.end_ns <= at_ns) {
			conclude(s, first);
			deliver(s, first);
			continue;
		}
		r = start_all(s, at_ns, wake_ns, err);
		first = first_to_end(s);
		if (first && first->job.end_ns < *wake_ns)
			*wake_ns = first->job.end_ns;
		if (r < 0 || *wake_ns > now_ns)
			break;
		at_ns = *wake_ns;
	}
	s->replay_wake_ns = *wake_ns;
	return r;
}

int server_run_batches(struct server *s, int64_t *wake_ns, struct err *err)
{
	int64_t now_ns = clock_now_ns();
	return s->totals.modelled ? replay_until(s, now_ns, wake_ns, err)
				  : start_all(s, now_ns, wake_ns, err);
}
