// SPDX-License-Identifier: BSD-3-Clause
// A round: its jobs, its plan, and what the plan leads to.
#include <errno.h>
#include <stdio.h>

#include "base/clock.h"
#include "edge/desk/desk_private.h"

int desk_collect(struct desk *d, int verdict)
{
	int n = 0;
	for (int ue = 0; ue < d->config.n_ues; ue++)
		for (struct desk_job *job = d->ues[ue].jobs; job; job = job->next)
			if (job->state == DESK_ASKED &&
			    (verdict == DESK_ANYBODY || (int)job->verdict == verdict)) {
				d->asked[n] = job;
				d->requests[n] = job->request;
				d->requests[n++].device_free_ns = d->ues[ue].device_free_ns;
			}
	return n;
}

static bool is_uploading(const struct desk_ue *ue)
{
	const struct desk_job *job = ue->jobs;
	while (job && job->state != DESK_PLANNED)
		job = job->next;
	return job != NULL;
}

static int count_uploading(const struct desk *d)
{
	int n = 0;
	for (int ue = 0; ue < d->config.n_ues; ue++)
		n += d->ues[ue].n_asked == 0 && is_uploading(&d->ues[ue]);
	return n;
}

struct round desk_round(const struct desk *d, int n, int64_t now_ns)
{
	return (struct round){.config = &d->config,
			      .policy = d->policy,
			      .networks = &d->networks,
			      .requests = d->requests,
			      .n = n,
			      .n_uploading = count_uploading(d),
			      .now_ns = now_ns,
			      .gpu_free_ns = batcher_planned_end_ns(d->batcher),
			      .calendar = d->boundaries ? NULL : d->batcher,
			      .grantable_hz = desk_grantable_hz(d),
			      .cores = d->cores};
}

static int check_shares(const struct desk *d, const struct round *round, struct err *err)
{
	if (d->plan->gpu_shares <= d->most_batches)
		return 0;
	return err_set(err, ENOTSUP,
		       "the policy %s shares the GPU among %d batches: this edge runs %d at a time; only the "
		       "built-in ps may share it",
		       round->policy->name, d->plan->gpu_shares, d->most_batches);
}

void desk_refuse(struct desk *d, int n)
{
	struct edge_record *totals = &d->totals;
	if (totals->refused == 0)
		snprintf(totals->refusal, sizeof(totals->refusal), "%.239s", d->why.text);
	totals->refused += (uint64_t)n;
	for (int i = 0; i < n; i++) {
		struct desk_job *job = d->asked[i];
		desk_stop_asking(d, job);
		desk_push(d, &(struct desk_action){.kind = DESK_REFUSE, .job = job, .why = &d->why});
		desk_end_job(d, job);
	}
}

// Servers run a job's own network.
static int check_variant(const struct desk *d, const struct round *round, int i, struct err *err)
{
	const struct batch_task *task = d->tasks[i];
	if (d->answers[i].variant == 0 || task->next == task->n_subtasks)
		return 0;
	return err_set(err, EPROTO,
		       "the policy %s sends a variant of ue%d's network to a server: only devices run those",
		       round->policy->name, round->requests[i].ue + 1);
}

static int check_servers(const struct desk *d, const struct round *round, struct err *err)
{
	for (int i = 0; i < round->n; i++)
		if (check_variant(d, round, i, err) < 0)
			return -EPROTO;
		else if (d->tasks[i]->server > d->config.n_servers)
			return err_set(err, EPROTO, "the policy %s sends ue%d to server %d: the last is %d",
				       round->policy->name, round->requests[i].ue + 1, d->tasks[i]->server,
				       d->config.n_servers);
	return 0;
}

// The tasks that the round's requests become, in the batcher's hands.
static int enter(struct desk *d, const struct round *round)
{
	for (int i = 0; i < round->n; i++) {
		struct desk_job *job = d->asked[i];
		job->batch = round_task(&d->config, &d->networks, &job->request, job->number, &d->answers[i]);
		job->batch.round = (uint32_t)d->totals.rounds + 1;
		d->tasks[i] = &job->batch;
	}
	int r = check_servers(d, round, &d->why);
	r = r < 0 ? r : round_enter(d->batcher, round, d->plan, d->tasks, d->first_batch, &d->why);
	for (int i = 0; r < 0 && i < round->n; i++)
		batcher_forget(d->batcher, d->tasks[i]); // one of a further server is not there
	return r;
}

static uint32_t result_values(const struct desk *d, int network)
{
	return (uint32_t)((d->networks.result_bytes[network] - MESSAGE_RESULT_SIZE) / sizeof(float));
}

static void answer(struct desk *d, int i)
{
	struct desk_job *job = d->asked[i];
	desk_stop_asking(d, job);
	job->plan = d->answers[i];
	struct desk_ue *ue = &d->ues[job->request.ue];
	if (job->plan.compute_end_ns > ue->device_free_ns)
		ue->device_free_ns = job->plan.compute_end_ns;
	job->first_batch = d->first_batch[i];
	d->totals.not_admitted += job->plan.admission != ADMISSION_GRANTED;
	job->result =
	    (struct message_result){.batch_start_ns = -1, .n_values = result_values(d, job->batch.network)};
	job->state = DESK_PLANNED;
	desk_expect_run(d, job);
	desk_push(d, &(struct desk_action){.kind = DESK_SEND_PLAN, .job = job});
	if (job->batch.next == job->batch.n_subtasks)
		desk_end_job(d, job); // it runs on its device, or nowhere
}

void desk_plan_round(struct desk *d, const struct round *round, int64_t due_ns)
{
	desk_forecast(d, round->now_ns);
	int r = round_plan(round, d->plan, d->answers, &d->why);
	r = r < 0 ? r : check_shares(d, round, &d->why);
	r = r < 0 ? r : desk_check_grants(d, round, &d->why);
	r = r < 0 ? r : enter(d, round);
	if (r < 0) {
		desk_refuse(d, round->n);
		return;
	}
	d->totals.rounds++;
	d->totals.edge_charged |= d->plan->edge_charged;
	d->round = round_record_of(d->totals.rounds, round, d->plan, d->answers, 0);
	desk_push(d, &(struct desk_action){.kind = DESK_NOTE_ROUND, .round = {&d->round, d->asked, due_ns}});
	desk_grant_round(d, round->n);
	for (int i = 0; i < round->n; i++)
		answer(d, i);
}

static void add_time(int64_t *sum_ns, int64_t *max_ns, int64_t took_ns)
{
	*sum_ns += took_ns;
	*max_ns = took_ns > *max_ns ? took_ns : *max_ns;
}

void desk_took(struct desk *d, const struct desk_action *note, int64_t took_ns)
{
	struct edge_record *t = &d->totals;
	if (note->kind == DESK_NOTE_ROUND) {
		note->round.record->took_ns = took_ns;
		add_time(&t->plan_sum_ns, &t->plan_max_ns, took_ns);
	} else if (note->kind == DESK_NOTE_DECISION) {
		note->decision.record->decide_ns = took_ns;
		add_time(&t->decide_sum_ns, &t->decide_max_ns, took_ns);
	}
}
