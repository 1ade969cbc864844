// SPDX-License-Identifier: BSD-3-Clause
// Who is planned when: rounds that close, slot boundaries that decide, and who cannot wait for one.
#include "base/clock.h"
#include "edge/desk/desk_private.h"

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
	struct round round = desk_round(d, 1, now_ns);
	round.policy = job->urgent;
	desk_plan_round(d, &round, 0);
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
		desk_refuse(d, all->n);
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
		int n = desk_collect(d, (int)verdict);
		if (n == 0)
			continue;
		struct round round = desk_round(d, n, d->decided_ns);
		boundaries_prepare(d->boundaries, verdict, &round);
		desk_plan_round(d, &round, 0);
		return true;
	}
	return false;
}

// When the round's time is over. That of one with an unfinished burst is when its next job is a window
// late.
static int64_t over_ns(const struct desk *d)
{
	return d->n_amid > 0 && d->waits_until_ns > d->closes_ns ? d->waits_until_ns : d->closes_ns;
}

// When its clock closed the round; 0 = its last job did, or a burst that was whole after the window.
static int64_t clocked_ns(const struct desk *d, int64_t now_ns)
{
	return now_ns >= over_ns(d) && d->burst_end_ns <= d->closes_ns ? over_ns(d) : 0;
}

// When a round should have closed: when its last job asked, or its time was over. Plans count from there, so
// that what a host takes to notice does not shorten what is left of the deadlines: every answer allows for it
// (ROUND_ANSWER_MARGIN_NS), up to half of that. In virtual time it is now.
static int64_t closing_ns(const struct desk *d, int n, bool complete, int64_t now_ns)
{
	int64_t due = 0, earliest = now_ns - ROUND_ANSWER_MARGIN_NS / 2;
	for (int i = 0; i < n; i++)
		due = d->asked[i]->asked_ns > due ? d->asked[i]->asked_ns : due;
	if (!complete && over_ns(d) > due)
		due = over_ns(d);
	return due > now_ns ? now_ns : due > earliest ? due : earliest;
}

static bool is_complete(const struct desk *d)
{
	return !d->boundaries && d->n_ues_asked == d->config.n_ues;
}

static bool is_due(const struct desk *d, int64_t now_ns)
{
	return d->n_waiting > 0 && (now_ns >= over_ns(d) || is_complete(d));
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
	int n = desk_collect(d, DESK_ANYBODY);
	bool complete = is_complete(d);
	struct round round =
	    desk_round(d, n, d->boundaries ? e->now_ns : closing_ns(d, n, complete, e->now_ns));
	if (d->boundaries)
		decide(d, &round, e);
	else
		desk_plan_round(d, &round, clocked_ns(d, e->now_ns));
	return 1;
}

int64_t desk_plan_due_ns(const struct desk *d)
{
	if (d->n_waiting == 0)
		return TIME_NEVER;
	return d->some_urgent || d->going != SLOT_WAIT || is_complete(d) ? 0 : over_ns(d);
}

bool desk_sees_future(const struct desk *d)
{
	return d->boundaries && boundaries_see_future(d->boundaries);
}

bool desk_wants_future(const struct desk *d, int64_t now_ns)
{
	return desk_sees_future(d) && is_due(d, now_ns);
}
