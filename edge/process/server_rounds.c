// SPDX-License-Identifier: BSD-3-Clause
// Admission and planning: from the sessions that have asked to slots and answers.
#include "edge/process/server_private.h"

#include <errno.h>
#include <stdlib.h>

#include "base/channel.h"
#include "base/clock.h"

static int network_of(const struct server *s, int i)
{
	return s->config->ues[s->requests[i].ue].network;
}

static bool is_local(const struct server *s, int i)
{
	return (int)s->answers[i].cut == s->models.networks[network_of(s, i)]->n_subtasks;
}

// Whether task a of the round comes before b: by group, and within it by cut, local ones last.
static bool comes_before(const struct server *s, int a, int b)
{
	const int key_a[] = {is_local(s, a), network_of(s, a), (int)s->answers[a].group,
			     (int)s->answers[a].cut, a};
	const int key_b[] = {is_local(s, b), network_of(s, b), (int)s->answers[b].group,
			     (int)s->answers[b].cut, b};
	for (int k = 0; k < 5; k++)
		if (key_a[k] != key_b[k])
			return key_a[k] < key_b[k];
	return false;
}

static bool same_group(const struct server *s, int a, int b)
{
	return !is_local(s, b) && network_of(s, a) == network_of(s, b) &&
	       s->answers[a].group == s->answers[b].group;
}

// order[n]: the round's tasks, groups side by side, each by ascending cut.
static void sort_round(const struct server *s, int order[], int n)
{
	for (int i = 0; i < n; i++) {
		int k = i;
		for (; k > 0 && comes_before(s, i, order[k - 1]); k--)
			order[k] = order[k - 1];
		order[k] = i;
	}
}

static void begin(struct server *s, int i, struct rows *rows, int row)
{
	struct session *x = s->asked[i];
	struct batch_task task =
	    round_task(s->config, &s->networks, &s->requests[i], x->header.task, (int)s->answers[i].cut);
	task.round = (uint32_t)s->totals.rounds;
	x->plan = s->answers[i];
	session_begin(x, &task, rows, row);
}

// Every task gets a row beside those it is batched with, and begins.
static int begin_tasks(struct server *s, const int order[], int n, struct err *err)
{
	int at = 0;
	for (; at < n && !is_local(s, order[at]);) {
		int first = order[at], size = 1;
		while (at + size < n && same_group(s, first, order[at + size]))
			size++;
		struct rows *rows = rows_take(s->pool, s->models.networks[network_of(s, first)],
					      (int)s->answers[first].cut, size);
		if (!rows)
			return err_set(err, ENOMEM, "no memory for the tensors of %d tasks", size);
		for (int k = 0; k < size; k++)
			begin(s, order[at + k], rows, k);
		at += size;
	}
	for (; at < n; at++)
		begin(s, order[at], NULL, 0);
	return 0;
}

// What a round of n tasks needs while it is carried out.
struct round_lists {
	int *order;
	uint32_t *first; // each task's first batch
	struct batch_task **tasks;
};

static int carry_out_with(struct server *s, const struct round_lists *l, const struct round *round,
			  struct err *err)
{
	int n = round->n;
	sort_round(s, l->order, n);
	int r = begin_tasks(s, l->order, n, err);
	for (int i = 0; r == 0 && i < n; i++)
		l->tasks[i] = &s->asked[i]->batch;
	r = r < 0 ? r : round_enter(s->batcher, round, s->plan, l->tasks, l->first, err);
	for (int i = 0; r == 0 && i < n; i++) {
		struct err lost;
		server_note_answer(s, s->asked[i], s->answer_late_ns);
		if (session_answer(s->asked[i], l->first[i], &lost) < 0)
			server_lose(s, s->asked[i], &lost);
		else
			server_watch_writes(s, s->asked[i]);
	}
	return r;
}

// Rows, slots and answers of a round that is planned.
static int carry_out(struct server *s, const struct round *round, struct err *err)
{
	int n = round->n;
	struct round_lists l = {.order = calloc((size_t)n, sizeof(int)),
				.first = calloc((size_t)n, sizeof(uint32_t)),
				.tasks = calloc((size_t)n, sizeof(struct batch_task *))};
	int r = -ENOMEM;
	if (l.order && l.first && l.tasks)
		r = carry_out_with(s, &l, round, err);
	else
		err_set(err, ENOMEM, "no memory for a round of %d tasks", n);
	free(l.order);
	free(l.first);
	free(l.tasks);
	return r;
}

#define ANY_VERDICT (-1)

// The sessions that have asked and got this verdict of the present decision.
static int collect(struct server *s, int verdict)
{
	int n = 0;
	for (struct session *x = s->sessions; x && n < s->config->n_ues; x = x->next)
		if (x->state == SESSION_REQUESTED && (verdict == ANY_VERDICT || (int)x->verdict == verdict)) {
			s->asked[n] = x;
			s->requests[n++] = x->request;
		}
	return n;
}

static int count_uploading(const struct server *s)
{
	int n = 0;
	for (const struct session *x = s->sessions; x; x = x->next)
		n += x->state == SESSION_PLANNED;
	return n;
}

// A round of the first n of s->asked.
static struct round round_of(const struct server *s, int n, int64_t now_ns)
{
	return (struct round){.config = s->config,
			      .policy = s->policy,
			      .networks = &s->networks,
			      .requests = s->requests,
			      .n = n,
			      .n_uploading = count_uploading(s),
			      .now_ns = now_ns,
			      .gpu_free_ns = batcher_planned_end_ns(s->batcher)};
}

static int check_shares(const struct server *s, const struct round *round, struct err *err)
{
	if (s->plan->gpu_shares <= s->n_runs)
		return 0;
	return err_set(err, ENOTSUP,
		       "the policy %s shares the GPU among %d batches: this edge runs %d at a time; only the "
		       "built-in ps may share it",
		       round->policy->name, s->plan->gpu_shares, s->n_runs);
}

static void report_round(struct server *s, const struct round *round, int64_t took_ns)
{
	s->answer_late_ns = punctual_plan(s->punctual, clock_now_ns() - round->now_ns);
	s->totals.edge_charged |= s->plan->edge_charged;
	s->totals.rounds++;
	s->totals.plan_sum_ns += took_ns;
	if (took_ns > s->totals.plan_max_ns)
		s->totals.plan_max_ns = took_ns;
	struct round_record record = round_record_of(s->totals.rounds, round, s->plan, s->answers, took_ns);
	channel_send(s->channel, CHANNEL_ROUND, &record, sizeof(record));
}

static int run_round(struct server *s, const struct round *round, struct err *err)
{
	if (round->n == 0)
		return 0;
	int64_t began = clock_now_ns();
	int r = round_plan(round, s->plan, s->answers, err);
	r = r < 0 ? r : check_shares(s, round, err);
	if (r < 0)
		return r;
	report_round(s, round, clock_now_ns() - began);
	s->n_waiting -= round->n;
	return carry_out(s, round, err);
}

static int run_verdict(struct server *s, enum slot_verdict verdict, int64_t now_ns, struct err *err)
{
	struct round round = round_of(s, collect(s, (int)verdict), now_ns);
	boundaries_prepare(s->slots, verdict, &round);
	return run_round(s, &round, err);
}

static void report_decision(struct server *s, struct decision_record *record, int64_t took_ns)
{
	record->decide_ns = took_ns;
	s->totals.decisions++;
	s->totals.decide_sum_ns += took_ns;
	if (took_ns > s->totals.decide_max_ns)
		s->totals.decide_max_ns = took_ns;
	channel_send(s->channel, CHANNEL_DECISION, record, DECISION_RECORD_SIZE(record->n_observation));
}

// A slot boundary: who goes, locally or in a call; the others wait for the next.
static int decide(struct server *s, const struct round *all, struct err *err)
{
	struct decision_record record;
	int64_t began = clock_now_ns();
	int r = boundaries_decide(s->slots, all->requests, all->n, all->now_ns, all->gpu_free_ns, NULL, 0,
				  s->verdicts, &record, err);
	if (r < 0)
		return r;
	report_decision(s, &record, clock_now_ns() - began);
	for (int i = 0; i < all->n; i++)
		s->asked[i]->verdict = s->verdicts[i];
	r = run_verdict(s, SLOT_LOCAL, all->now_ns, err);
	r = r < 0 ? r : run_verdict(s, SLOT_CALL, all->now_ns, err);
	s->round_closes_ns = boundaries_next_ns(s->slots, clock_now_ns());
	return r;
}

// When a round should have closed, of one without slots: when its last UE has asked, or its time is over.
// Plans count from there, so that what this host takes to notice does not shorten what is left of the
// deadlines: every answer allows for it (ROUND_ANSWER_MARGIN_NS), up to half of that.
static int64_t closing_ns(const struct server *s, int n)
{
	int64_t now = clock_now_ns(), due = 0;
	for (int i = 0; i < n; i++)
		due = s->asked[i]->asked_ns > due ? s->asked[i]->asked_ns : due;
	if (s->slots || n == 0)
		return now;
	if (n < s->config->n_ues && s->round_closes_ns > due)
		due = s->round_closes_ns;
	int64_t earliest = now - ROUND_ANSWER_MARGIN_NS / 2;
	return due > now ? now : due > earliest ? due : earliest;
}

int server_close_round(struct server *s, struct err *err)
{
	int n = collect(s, ANY_VERDICT);
	struct round round = round_of(s, n, closing_ns(s, n));
	if (round.n > 0)
		return s->slots ? decide(s, &round, err) : run_round(s, &round, err);
	s->n_waiting = 0;
	return 0;
}

void server_admit(struct server *s, struct session *session, int64_t now_ns)
{
	session->asked_ns = now_ns;
	session->urgent = s->slots ? boundaries_urgent(s->slots, &session->request, now_ns) : NULL;
	s->some_urgent = s->some_urgent || session->urgent;
	if (s->n_waiting++ == 0)
		s->round_closes_ns = s->slots ? boundaries_next_ns(s->slots, now_ns)
					      : now_ns + s_to_ns(s->config->admission_window_s);
}

static int plan_alone(struct server *s, struct session *session, struct err *err)
{
	struct round round = round_of(s, 1, clock_now_ns());
	s->asked[0] = session;
	s->requests[0] = session->request;
	round.policy = session->urgent;
	return run_round(s, &round, err);
}

int server_plan_urgent(struct server *s, struct err *err)
{
	int r = 0;
	for (struct session *x = s->some_urgent ? s->sessions : NULL; r == 0 && x; x = x->next)
		if (x->state == SESSION_REQUESTED && x->urgent)
			r = plan_alone(s, x, err);
	s->some_urgent = false;
	return r;
}
