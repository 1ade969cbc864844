// SPDX-License-Identifier: BSD-3-Clause
// Batches under way: handed to the worker, or replayed.
#include "edge/process/server_private.h"

#include <errno.h>
#include <stddef.h>

#include "base/channel.h"
#include "base/clock.h"
#include "dnn/answer.h"

// The desk runs no more than n_runs at once, and one may still be delivered.
static struct run *free_run(struct server *s)
{
	struct run *run = s->runs;
	while (run->batch)
		run++;
	return run;
}

static float *tensor_of(const struct hosted *x, int cut)
{
	return rows_tensor(x->rows, cut, x->row);
}

static struct hosted *member_of(const struct batch *batch, int i)
{
	return hosted_of(desk_job_of(batch->member[i]));
}

// In the order in which the inputs lie in memory: rows that are neighbours run where they are.
static void sort_members(struct run *run)
{
	const struct batch *batch = run->batch;
	for (int i = 0; i < batch->n_members; i++) {
		struct hosted *x = member_of(batch, i);
		const float *in = tensor_of(x, batch->booking.subtask);
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
	const struct booking *booking = &run->batch->booking;
	int n = run->batch->n_members,
	    as = profile_runs_as(s->models.profiles[booking->network], booking->subtask, n);
	if (as > BATCH_MAX_MEMBERS)
		return;
	run->job.batch = as;
	for (int k = n; k < as; k++) {
		run->in[k] = run->in[n - 1];
		run->out[k] = s->models.spare;
	}
}

static bool may_leave(const struct batch_task *t, int exit)
{
	return exit > 0 && batch_task_may_leave(t);
}

// Whose tensors the head of the exit behind the sub-task reads, and where it answers: of those who leave
// there, and of those who will if the answer is sure enough. Who goes on is answered again, in the same
// place.
static void place_leavers(struct run *run, const struct network *net)
{
	int n = 0, last = net->n_subtasks, exit = network_exit_at(net, run->batch->booking.subtask + 1);
	for (int k = 0; k < run->batch->n_members; k++) {
		const struct hosted *x = run->member[k];
		if (!batch_task_leaves(&x->job->batch) && !may_leave(&x->job->batch, exit))
			continue;
		run->leaves[n] = run->out[k];
		run->answer[n++] = run->moved_to ? rows_tensor(run->moved_to, last, k) : tensor_of(x, last);
	}
	run->job.leavers = (struct executor_leavers){.n = n, .in = run->leaves, .answer = run->answer};
}

// Where the job reads and writes. Inputs that lie apart are gathered by the executor, once: the outputs get
// rows side by side, so that the members' next batch finds them in place.
static int place_tensors(struct server *s, struct run *run, struct err *err)
{
	const struct booking *booking = &run->batch->booking;
	const struct network *net = s->models.networks[booking->network];
	int n = run->batch->n_members;
	sort_members(run);
	run->moved_to = NULL;
	if (lie_apart(run, network_cut_values(net, booking->subtask))) {
		s->totals->copied++;
		run->moved_to = rows_take(s->pool, net, booking->subtask + 1, n);
		if (!run->moved_to)
			return err_set(err, ENOMEM, "no memory for the tensors of %d tasks", n);
	}
	for (int k = 0; k < n; k++)
		run->out[k] = run->moved_to ? rows_tensor(run->moved_to, booking->subtask + 1, k)
					    : tensor_of(run->member[k], booking->subtask + 1);
	place_leavers(run, net);
	pad(s, run);
	return 0;
}

static int64_t median_ns(const struct server *s, const struct batch *batch)
{
	return models_median_ns(&s->models, batch->booking.network, batch->booking.subtask, batch->n_members);
}

int64_t server_profile_ns(const struct server *s, const struct batch *batch)
{
	return batch_slowed_ns(batch, median_ns(s, batch));
}

int server_start_batch(struct server *s, const struct batch *batch, struct err *err)
{
	struct run *run = free_run(s);
	run->batch = batch;
	run->job = (struct worker_job){.executor = s->models.executors[batch->booking.network],
				       .subtask = batch->booking.subtask,
				       .batch = batch->n_members,
				       .in = run->in,
				       .out = run->out,
				       .start_ns = s->run_at_ns};
	s->n_running++;
	if (s->totals->modelled) {
		server_replay(s, run);
		return 0;
	}
	int r = place_tensors(s, run, err);
	if (r == 0)
		worker_submit(s->worker, &run->job);
	return r;
}

// From when the plan let it start; 0 = no plan foresaw it.
static int64_t booked_ns(const struct server *s, const struct batch_record *b)
{
	const struct batching *batching = &s->config->batching;
	if (batching->mode != BATCH_AS_PLANNED || b->reason == BATCH_STRAGGLER || b->reason == BATCH_READY)
		return 0;
	bool waited = b->reason == BATCH_LEFT && !batching->drops_stragglers;
	return b->planned_start_ns + (waited ? batching->patience_ns : 0);
}

static int64_t debt_of_last_input(const struct run *run, const struct batch_record *b)
{
	for (uint32_t k = 0; k < b->n_members; k++)
		if (run->member[k]->ready_ns == b->last_input_ns)
			return run->member[k]->debt_ns;
	return 0;
}

void server_note_batch(struct server *s, const struct batch_record *b)
{
	struct run *run = s->ended;
	int64_t debt_ns = punctual_batch(s->punctual, b, booked_ns(s, b),
					 s->n_runs == 1 || b->gpu_shares == 1, debt_of_last_input(run, b));
	for (uint32_t k = 0; k < b->n_members; k++) {
		run->member[k]->debt_ns = debt_ns;
		run->member[k]->ready_ns = b->end_ns;
	}
	channel_send(s->channel, CHANNEL_BATCH, b, BATCH_RECORD_SIZE(b->n_members));
}

static struct batch_times times_of(struct server *s, const struct run *run, int64_t now_ns)
{
	const struct worker_job *job = &run->job;
	const struct batch *batch = run->batch;
	const struct booking *booking = &batch->booking;
	struct drift *drift = &s->models.drift[booking->network];
	int64_t p95_ns = models_p95_ns(&s->models, booking->network, booking->subtask, batch->n_members);
	if (!s->totals->modelled)
		drift_follow(drift, booking->subtask, batch->n_members, now_ns - job->start_ns);
	return (struct batch_times){.start_ns = job->start_ns,
				    .end_ns = job->end_ns,
				    .noticed_ns = now_ns,
				    .run_ns = job->run_ns,
				    .profile_ns = server_profile_ns(s, batch),
				    .profile_p95_ns = batch_slowed_ns(batch, p95_ns),
				    .drift = drift_factor(drift),
				    .replayed = s->totals->modelled};
}

static bool is_sure(const struct server *s, const struct hosted *x, int exit)
{
	const struct batch_task *t = &x->job->batch;
	if (s->totals->modelled)
		return confidence_draw(s->models.confidence[t->network], s->config->seed, t->ue, t->id, exit,
				       t->threshold);
	int last = x->network->n_subtasks;
	float sure = (float)answer_confidence(tensor_of(x, last), network_cut_values(x->network, last));
	return (double)sure >= t->threshold;
}

// Of a batch that has run: who leaves before its planned exit.
static bool find_leaving(const struct server *s, const struct batch *batch, bool leaving[])
{
	int exit = network_exit_at(s->models.networks[batch->booking.network], batch->booking.subtask + 1);
	bool some = false;
	for (int i = 0; i < batch->n_members; i++) {
		leaving[i] = may_leave(batch->member[i], exit) && is_sure(s, member_of(batch, i), exit);
		some = some || leaving[i];
	}
	return some;
}

int server_conclude(struct server *s, struct run *run, int64_t now_ns, struct err *err)
{
	const struct batch *batch = run->batch;
	struct desk_event e = {.kind = DESK_BATCH_ENDED, .now_ns = now_ns};
	e.ended.batch = batch->id;
	e.ended.times = times_of(s, run, now_ns);
	e.ended.alone_ns = s->totals->modelled ? median_ns(s, batch) : run->job.run_ns;
	for (int k = 0; run->moved_to && k < batch->n_members; k++)
		hosted_move(run->member[k], run->moved_to, k);
	bool leaving[BATCH_MAX_MEMBERS];
	e.ended.leaving = leaving;
	e.ended.n_leaving = find_leaving(s, batch, leaving) ? batch->n_members : 0;
	s->ended = run;
	return desk_take(s->desk, &e, err);
}

int server_start_all(struct server *s, int64_t at_ns, struct err *err)
{
	s->run_at_ns = at_ns;
	return server_tell(s, &(struct desk_event){.kind = DESK_RUN, .now_ns = at_ns}, err);
}

void server_make_free(struct server *s, struct run *run)
{
	run->batch = NULL;
	s->n_running--;
}

static struct run *run_of(struct worker_job *job)
{
	return (struct run *)((char *)job - offsetof(struct run, job));
}

int server_finish_batches(struct server *s, struct err *err)
{
	struct worker_job *job;
	int r = 0;
	while (r == 0 && (job = worker_finished(s->worker))) {
		if (job->result < 0) {
			*err = job->err;
			return job->result;
		}
		int64_t now_ns = clock_now_ns();
		r = server_conclude(s, run_of(job), now_ns, err);
		// The desk puts starts first: records and results leave while the next batch runs.
		r = r < 0 ? r : server_start_all(s, now_ns, err);
		server_make_free(s, run_of(job));
	}
	return r;
}

int server_run_batches(struct server *s, int64_t *wake_ns, struct err *err)
{
	int64_t now_ns = clock_now_ns();
	if (s->totals->modelled)
		return server_replay_until(s, now_ns, wake_ns, err);
	int r = server_start_all(s, now_ns, err);
	*wake_ns = desk_run_due_ns(s->desk);
	return r;
}
