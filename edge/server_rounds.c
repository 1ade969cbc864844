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

static int collect_round(struct server *s)
{
	int n = 0;
	for (struct session *x = s->sessions; x && n < s->config->n_ues; x = x->next)
		if (x->state == SESSION_REQUESTED) {
			s->asked[n] = x;
			s->requests[n++] = x->request;
		}
	return n;
}

static void report_round(const struct server *s, int n, int64_t now_ns, int64_t took_ns)
{
	struct round_record record =
	    round_record_of(s->totals.rounds, s->plan, s->answers, n, now_ns, took_ns);
	channel_send(s->channel, CHANNEL_ROUND, &record, sizeof(record));
}

int server_close_round(struct server *s, struct err *err)
{
	int n = collect_round(s);
	s->n_waiting = 0;
	if (n == 0)
		return 0;
	int64_t now = clock_now_ns();
	struct round_networks networks = models_for_rounds(&s->models);
	int r = round_plan(s->config, s->policy, &networks, s->requests, n, now,
			   batcher_planned_end_ns(s->batcher), s->plan, s->answers, err);
	if (r < 0)
		return r;
	if (s->plan->gpu_shares > s->n_runs)
		return err_set(
		    err, ENOTSUP,
		    "the policy %s shares the GPU among %d batches: this edge runs %d at a time; only the "
		    "built-in ps may share it",
		    s->policy->name, s->plan->gpu_shares, s->n_runs);
	s->totals.edge_charged |= s->plan->edge_charged;
	int64_t took = clock_now_ns() - now;
	s->totals.rounds++;
	s->totals.plan_sum_ns += took;
	if (took > s->totals.plan_max_ns)
		s->totals.plan_max_ns = took;
	report_round(s, n, now, took);
	uint32_t *first = calloc((size_t)n, sizeof(*first));
	if (!first)
		return err_set(err, ENOMEM, "no memory");
	for (int i = 0; i < n; i++) {
		s->asked[i]->plan = s->answers[i];
		session_begin(s->asked[i]);
	}
	r = add_slots(s, now, first, err);
	for (int i = 0; r == 0 && i < n; i++) {
		struct err lost;
		if (session_answer(s->asked[i], first[i], &lost) < 0)
			server_lose(s, s->asked[i], &lost);
		else
			server_watch_writes(s, s->asked[i]);
	}
	free(first);
	return r;
}
