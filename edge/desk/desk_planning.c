// SPDX-License-Identifier: BSD-3-Clause
// Who is planned when, and what a plan leads to.
#include <errno.h>

#include "base/clock.h"
#include "edge/desk/desk_inside.h"

#define ANYBODY (-1)

// The jobs that wait and got this verdict of the present decision, by UE and number. Returns how many.
static int collect(struct desk *d, int verdict)
{
	int n = 0;
	for (int ue = 0; ue < d->config.n_ues; ue++)
		for (struct desk_job *job = d->ues[ue].jobs; job; job = job->next)
			if (job->state == DESK_ASKED &&
			    (verdict == ANYBODY || (int)job->verdict == verdict)) {
				d->asked[n] = job;
				d->requests[n++] = job->request;
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
		n += is_uploading(&d->ues[ue]);
	return n;
}

// A round of the first n of d->asked.
static struct round round_of(const struct desk *d, int n, int64_t now_ns)
{
	return (struct round){.config = &d->config,
			      .policy = d->policy,
			      .networks = &d->networks,
			      .requests = d->requests,
			      .n = n,
			      .n_uploading = count_uploading(d),
			      .now_ns = now_ns,
			      .gpu_free_ns = batcher_planned_end_ns(d->batcher),
			      .calendar = d->boundaries ? NULL : d->batcher};
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

// The first n of d->asked cannot be planned: d->why.
static void refuse(struct desk *d, int n)
{
	for (int i = 0; i < n; i++) {
		struct desk_job *job = d->asked[i];
		desk_stop_asking(d, job);
		desk_push(d, &(struct desk_action){.kind = DESK_REFUSE, .job = job, .why = &d->why});
		desk_end_job(d, job);
	}
}

// The tasks that the round's requests become, in the batcher's hands.
static int enter(struct desk *d, const struct round *round)
{
	for (int i = 0; i < round->n; i++) {
		struct desk_job *job = d->asked[i];
		job->batch =
		    round_task(&d->config, &d->networks, &job->request, job->number, (int)d->answers[i].cut);
		job->batch.round = (uint32_t)d->totals.rounds + 1;
		d->tasks[i] = &job->batch;
	}
	int r = round_enter(d->batcher, round, d->plan, d->tasks, d->first_batch, &d->why);
	for (int i = 0; r < 0 && i < round->n; i++)
		batcher_forget(d->batcher, d->tasks[i]);
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
	job->first_batch = d->first_batch[i];
	job->result =
	    (struct message_result){.batch_start_ns = -1, .n_values = result_values(d, job->batch.network)};
	job->state = DESK_PLANNED;
	desk_push(d, &(struct desk_action){.kind = DESK_SEND_PLAN, .job = job});
	if (job->batch.next == job->batch.n_subtasks)
		desk_end_job(d, job); // it runs on its device
}

// due_ns: when its clock closed the round; 0 = it was not its clock.
static void plan_round(struct desk *d, const struct round *round, int64_t due_ns)
{
	int r = round_plan(round, d->plan, d->answers, &d->why);
	r = r < 0 ? r : check_shares(d, round, &d->why);
	r = r < 0 ? r : enter(d, round);
	if (r < 0) {
		refuse(d, round->n);
		return;
	}
	d->totals.rounds++;
	d->totals.edge_charged |= d->plan->edge_charged;
	d->round = round_record_of(d->totals.rounds, round, d->plan, d->answers, 0);
	desk_push(d, &(struct desk_action){.kind = DESK_NOTE_ROUND, .round = {&d->round, d->asked, due_ns}});
	for (int i = 0; i < round->n; i++)
		answer(d, i);
}

static struct desk_job *find_urgent(const struct desk *d)
{
	for (int ue = 0; ue < d->config.n_ues; ue++)
		for (struct desk_job *job = d->ues[ue].jobs; job; job = job->next)
			if (job->state == DESK_ASKED && job->urgent)
				return job;
	return NULL;
}

// Who cannot wait for its slot is planned at once and alone.
static bool plan_urgent(struct desk *d, int64_t now_ns)
{
	struct desk_job *job = d->some_urgent ? find_urgent(d) : NULL;
	d->some_urgent = job != NULL;
	if (!job)
		return false;
	d->asked[0] = job;
	d->requests[0] = job->request;
	struct round round = round_of(d, 1, now_ns);
	round.policy = job->urgent;
	plan_round(d, &round, 0);
	return true;
}

// A slot boundary: who goes, locally or in a call; the others wait for the next.
static void decide(struct desk *d, const struct round *all, const struct desk_event *e)
{
	int64_t due_ns = d->closes_ns;
	d->closes_ns = TIME_NEVER;
	int r = boundaries_decide(d->boundaries, all->requests, all->n, all->now_ns, all->gpu_free_ns,
				  e->plan.future, e->plan.n_future, d->verdicts, &d->decision, &d->why);
	if (r < 0) {
		refuse(d, all->n);
		return;
	}
	d->totals.decisions++;
	desk_push(d, &(struct desk_action){.kind = DESK_NOTE_DECISION, .decision = {&d->decision, due_ns}});
	for (int i = 0; i < all->n; i++)
		d->asked[i]->verdict = d->verdicts[i];
	d->going = SLOT_LOCAL;
	d->decided_ns = all->now_ns;
}

// Those who go by the present decision: the local ones first, then the call.
static bool plan_decided(struct desk *d)
{
	while (d->going != SLOT_WAIT) {
		enum slot_verdict verdict = d->going;
		d->going = verdict == SLOT_LOCAL ? SLOT_CALL : SLOT_WAIT;
		int n = collect(d, (int)verdict);
		if (n == 0)
			continue;
		struct round round = round_of(d, n, d->decided_ns);
		boundaries_prepare(d->boundaries, verdict, &round);
		plan_round(d, &round, 0);
		return true;
	}
	return false;
}

// When a round should have closed: when its last job asked, or its time was over. Plans count from there, so
// that what a host takes to notice does not shorten what is left of the deadlines: every answer allows for it
// (ROUND_ANSWER_MARGIN_NS), up to half of that. In virtual time it is now.
static int64_t closing_ns(const struct desk *d, int n, bool complete, int64_t now_ns)
{
	int64_t due = 0, earliest = now_ns - ROUND_ANSWER_MARGIN_NS / 2;
	for (int i = 0; i < n; i++)
		due = d->asked[i]->asked_ns > due ? d->asked[i]->asked_ns : due;
	if (!complete && d->closes_ns > due)
		due = d->closes_ns;
	return due > now_ns ? now_ns : due > earliest ? due : earliest;
}

static bool is_complete(const struct desk *d)
{
	return !d->boundaries && d->n_ues_waiting == d->config.n_ues;
}

static bool is_due(const struct desk *d, int64_t now_ns)
{
	return d->n_waiting > 0 && (now_ns >= d->closes_ns || is_complete(d));
}

int desk_plan(struct desk *d, const struct desk_event *e, struct err *err)
{
	(void)err;
	if (plan_urgent(d, e->now_ns) || plan_decided(d))
		return 1;
	if (d->boundaries && d->closes_ns == TIME_NEVER)
		d->closes_ns = boundaries_next_ns(d->boundaries, e->now_ns);
	if (!is_due(d, e->now_ns))
		return 0;
	int n = collect(d, ANYBODY);
	bool complete = is_complete(d);
	struct round round =
	    round_of(d, n, d->boundaries ? e->now_ns : closing_ns(d, n, complete, e->now_ns));
	if (d->boundaries)
		decide(d, &round, e);
	else
		plan_round(d, &round, e->now_ns >= d->closes_ns ? d->closes_ns : 0);
	return 1;
}

int64_t desk_plan_due_ns(const struct desk *d)
{
	if (d->n_waiting == 0)
		return TIME_NEVER;
	return d->some_urgent || d->going != SLOT_WAIT || is_complete(d) ? 0 : d->closes_ns;
}

bool desk_sees_future(const struct desk *d)
{
	return d->boundaries && boundaries_see_future(d->boundaries);
}

bool desk_wants_future(const struct desk *d, int64_t now_ns)
{
	return desk_sees_future(d) && is_due(d, now_ns);
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
