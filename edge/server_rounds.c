// SPDX-License-Identifier: BSD-3-Clause
// Admission and planning: from the sessions that have asked to slots and answers.
#include "edge/server_private.h"

#include <errno.h>
#include <stdlib.h>

#include "base/channel.h"
#include "base/clock.h"

// Each planned batch becomes a slot; *first[user] is the number of the user's first batch.
static int add_slots(struct server *s, int64_t now_ns, uint32_t *first, struct err *err)
{
	for (int i = 0; i < s->plan->n_batches; i++) {
		const struct plan_batch *b = &s->plan->batches[i];
		struct batch_task *members[BATCH_MAX_MEMBERS];
		if (b->n_users > BATCH_MAX_MEMBERS)
			return err_set(err, E2BIG, "a batch of %d: at most %d are run", b->n_users,
				       BATCH_MAX_MEMBERS);
		for (int k = 0; k < b->n_users; k++)
			members[k] = &s->asked[s->plan->members[b->first + k]]->batch;
		uint32_t id;
		struct batch_slot slot = round_slot(s->plan, b, now_ns);
		int r = batcher_add_slot(s->batcher, &slot, members, b->n_users, &id);
		if (r < 0)
			return err_sys(err, -r, "planning a batch");
		for (int k = 0; k < b->n_users; k++)
			if (first[s->plan->members[b->first + k]] == 0)
				first[s->plan->members[b->first + k]] = id;
	}
	return 0;
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

// A round of the first n of s->asked.
static struct round round_of(const struct server *s, int n, int64_t now_ns)
{
	return (struct round){.config = s->config,
			      .policy = s->policy,
			      .networks = &s->networks,
			      .requests = s->requests,
			      .n = n,
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

static void count_round(struct server *s, int64_t took_ns)
{
	s->totals.edge_charged |= s->plan->edge_charged;
	s->totals.rounds++;
	s->totals.plan_sum_ns += took_ns;
	if (took_ns > s->totals.plan_max_ns)
		s->totals.plan_max_ns = took_ns;
}

static int begin_and_answer(struct server *s, const struct round *round, uint32_t *first, struct err *err)
{
	for (int i = 0; i < round->n; i++) {
		s->asked[i]->plan = s->answers[i];
		session_begin(s->asked[i]);
	}
	int r = add_slots(s, round->now_ns, first, err);
	for (int i = 0; r == 0 && i < round->n; i++) {
		struct err lost;
		if (session_answer(s->asked[i], first[i], &lost) < 0)
			server_lose(s, s->asked[i], &lost);
		else
			server_watch_writes(s, s->asked[i]);
	}
	return r;
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
	count_round(s, clock_now_ns() - began);
	s->n_waiting -= round->n;
	uint32_t *first = calloc((size_t)round->n, sizeof(*first));
	if (!first)
		return err_set(err, ENOMEM, "no memory");
	r = begin_and_answer(s, round, first, err);
	free(first);
	return r;
}

static int run_verdict(struct server *s, enum slot_verdict verdict, int64_t now_ns, struct err *err)
{
	struct round round = round_of(s, collect(s, (int)verdict), now_ns);
	slots_prepare(s->slots, verdict, &round);
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
	int r = slots_decide(s->slots, all->requests, all->n, all->now_ns, all->gpu_free_ns, NULL, 0,
			     s->verdicts, &record, err);
	if (r < 0)
		return r;
	report_decision(s, &record, clock_now_ns() - began);
	for (int i = 0; i < all->n; i++)
		s->asked[i]->verdict = s->verdicts[i];
	r = run_verdict(s, SLOT_LOCAL, all->now_ns, err);
	r = r < 0 ? r : run_verdict(s, SLOT_CALL, all->now_ns, err);
	s->round_closes_ns = slots_next_ns(s->slots, clock_now_ns());
	return r;
}

int server_close_round(struct server *s, struct err *err)
{
	struct round round = round_of(s, collect(s, ANY_VERDICT), clock_now_ns());
	if (round.n > 0)
		return s->slots ? decide(s, &round, err) : run_round(s, &round, err);
	s->n_waiting = 0;
	return 0;
}

int server_admit(struct server *s, struct session *session, int64_t now_ns, struct err *err)
{
	bool first = s->n_waiting++ == 0;
	const struct policy *urgent = s->slots ? slots_urgent(s->slots, &session->request, now_ns) : NULL;
	if (urgent) {
		struct round round = round_of(s, 1, now_ns);
		s->asked[0] = session;
		s->requests[0] = session->request;
		round.policy = urgent;
		return run_round(s, &round, err);
	}
	if (first)
		s->round_closes_ns = s->slots ? slots_next_ns(s->slots, now_ns)
					      : now_ns + s_to_ns(s->config->admission_window_s);
	return 0;
}
