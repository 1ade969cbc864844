// SPDX-License-Identifier: BSD-3-Clause
#include "edge/online/env_private.h"

#include <errno.h>
#include <math.h>
#include "base/clock.h"

static const struct policy *local_policy(void)
{
	struct err err;
	return policy_find("lc", &err);
}

// What no schedule can go below: every other task, slot and busy batch only takes time away, and F_n(1) is
// the least F_n(b). ip-ssa is exact for one user. NaN when there is no plan.
static double bound_j(const struct env_config *c, struct env *e, int m, double deadline_s)
{
	struct err err;
	struct snapshot_job user = c->users[m];
	user.deadline_s = deadline_s;
	const struct snapshot snapshot = {
	    .n_jobs = 1, .jobs = &user, .n_servers = 1, .n_networks = c->n_networks, .networks = c->networks};
	if (policy_plan(policy_find("ip-ssa", &err), &snapshot, e->alone, &err) < 0)
		return NAN;
	return e->alone->feasible ? e->alone->energy_j : 0;
}

// Books a task that is dispatched now and ends at end_ns.
static void book(const struct env_config *c, struct env *e, int m, double energy_j, int64_t end_ns)
{
	struct env_user *user = &e->user[m];
	const struct arrival *a = &user->arrival;
	e->log.tasks++;
	e->log.misses += end_ns > a->at_ns + a->deadline_ns + 1; // 1 ns: rounding of the plan's seconds
	e->log.local_j += env_local_j(&c->users[m], c->slot.work_flop[m], ns_to_s(a->deadline_ns));
	e->log.energy_j += energy_j;
	if (c->with_bound)
		e->log.bound_j += bound_j(c, e, m, ns_to_s(a->deadline_ns));
	e->slot_j += energy_j;
	e->slot_tasks++;
	user->state = USER_BUSY;
	user->idle_ns = end_ns;
}

static void book_plan(const struct env_config *c, struct env *e, int n)
{
	int groups = 0;
	for (int k = 0; k < n; k++) {
		const struct plan_job *u = &e->plan->jobs[k];
		book(c, e, e->who[k], u->compute_j + u->transmit_j, e->now_ns + s_to_ns(u->finish_s));
		e->log.offloaded += u->group >= 0;
		if (u->group >= groups)
			groups = u->group + 1;
	}
	e->log.groups += groups;
	e->log.batches += e->plan->n_batches;
	e->log.in_batch += e->plan->n_members;
}

static struct slot_state state_of(const struct env *e)
{
	int64_t busy_ns = e->gpu_free_ns - e->now_ns;
	return (struct slot_state){.users = e->seen,
				   .pending = e->pending,
				   .waited_s = e->waited_s,
				   .gpu_free_s = busy_ns > 0 ? ns_to_s(busy_ns) : 0};
}

static int dispatch_as(const struct env_config *c, struct env *e, enum slot_verdict which,
		       const struct slot_choice *choice, struct err *err)
{
	struct slot_state state = state_of(e);
	struct snapshot snapshot = {.n_servers = 1, .n_networks = c->n_networks, .networks = c->networks};
	int n = slot_snapshot(&c->slot, &state, e->verdict, which, choice, &snapshot, e->dispatched, e->who);
	if (n == 0)
		return 0;
	int rc = policy_plan(which == SLOT_LOCAL ? local_policy() : c->caller, &snapshot, e->plan, err);
	if (rc < 0)
		return rc;
	book_plan(c, e, n);
	if (which == SLOT_CALL) {
		e->log.calls++;
		e->log.threshold_s += snapshot.edge_deadline_s;
	}
	if (e->plan->n_batches > 0)
		e->gpu_free_ns = e->now_ns + s_to_ns(e->plan->gpu_end_s);
	return 0;
}

static int dispatch(const struct env_config *c, struct env *e, const struct slot_choice *choice,
		    struct err *err)
{
	struct slot_state state = state_of(e);
	struct slot_counts counts = slot_dispatch(&c->slot, &state, choice, e->verdict);
	e->log.forced += counts.forced;
	int rc = counts.local > 0 ? dispatch_as(c, e, SLOT_LOCAL, choice, err) : 0;
	return rc == 0 && counts.call > 0 ? dispatch_as(c, e, SLOT_CALL, choice, err) : rc;
}

static void draw_arrival(struct env_user *user, int64_t idle_ns)
{
	user->state = USER_IDLE;
	if (!arrival_source_next(&user->source, idle_ns, &user->arrival))
		user->arrival = (struct arrival){.at_ns = TIME_NEVER};
}

// A task that begins at from_ns: does it run at once on its device?
static bool goes_at_once(const struct env_config *c, int m, const struct arrival *a, int64_t from_ns,
			 int64_t boundary_ns)
{
	if (c->local_at_arrival)
		return true;
	struct snapshot_job user = c->users[m];
	user.deadline_s = ns_to_s(a->at_ns + a->deadline_ns - from_ns);
	bool late = user.deadline_s <= 0; // it waited for its user too long: nothing can be planned for it
	return late || (from_ns < boundary_ns &&
			slot_cannot_wait(&c->slot, &user, m, ns_to_s(boundary_ns - from_ns)));
}

// The slowest frequency that is in time; the highest when none is.
static double local_freq(const struct device *d, double work_flop, double left_s)
{
	double f = left_s > 0 ? work_flop / left_s : d->f_max_flops;
	return fmin(fmax(f, d->f_min_flops), d->f_max_flops);
}

double env_local_j(const struct snapshot_job *user, double work_flop, double deadline_s)
{
	double f = local_freq(&user->device, work_flop, deadline_s);
	return device_energy_j(&user->device, work_flop, f);
}

static void run_from(const struct env_config *c, struct env *e, int m, int64_t from_ns)
{
	const struct arrival *a = &e->user[m].arrival;
	double left_s = ns_to_s(a->at_ns + a->deadline_ns - from_ns), work = c->slot.work_flop[m];
	double f = local_freq(&c->users[m].device, work, left_s);
	e->log.forced += !c->local_at_arrival;
	book(c, e, m, env_local_j(&c->users[m], work, left_s), from_ns + s_to_ns(device_time_s(work, f)));
}

// Lives user m until the boundary: tasks end, new ones arise.
static void live(const struct env_config *c, struct env *e, int m, int64_t boundary_ns)
{
	struct env_user *user = &e->user[m];
	for (;;) {
		const struct arrival *a = &user->arrival;
		if (user->state == USER_BUSY && user->idle_ns <= boundary_ns)
			draw_arrival(user, user->idle_ns);
		if (user->state != USER_IDLE || a->at_ns > boundary_ns)
			return;
		// One that arose while its user was busy begins when the user is idle.
		int64_t from_ns = a->at_ns > user->idle_ns ? a->at_ns : user->idle_ns;
		if (!goes_at_once(c, m, a, from_ns, boundary_ns)) {
			user->state = USER_PENDING;
			return;
		}
		run_from(c, e, m, from_ns);
	}
}

// Everything until the boundary, and what is then seen.
static int advance(struct env_batch *b, int i, int64_t boundary_ns, struct err *err)
{
	struct env *e = &b->env[i];
	for (int m = 0; m < b->config->slot.n_users; m++)
		live(b->config, e, m, boundary_ns);
	e->now_ns = boundary_ns;
	for (int m = 0; m < b->config->slot.n_users; m++) {
		const struct arrival *a = &e->user[m].arrival;
		e->pending[m] = e->user[m].state == USER_PENDING;
		if (!e->pending[m])
			continue;
		e->waited_s[m] = ns_to_s(boundary_ns - a->at_ns);
		e->seen[m].deadline_s = ns_to_s(a->at_ns + a->deadline_ns - boundary_ns);
	}
	struct slot_state state = state_of(e);
	return slot_observe(&b->config->slot, &state, b->obs + (ptrdiff_t)i * b->n_obs, err);
}

int env_reset(struct env_batch *b, int i, uint64_t seed, uint64_t run, struct err *err)
{
	struct env *e = &b->env[i];
	e->log = (struct env_log){0};
	e->now_ns = e->gpu_free_ns = 0;
	e->slot_j = 0;
	e->slot_tasks = 0;
	for (int m = 0; m < b->config->slot.n_users; m++) {
		struct env_user *user = &e->user[m];
		arrival_source_close(&user->source);
		user->idle_ns = 0;
		if (arrival_source_open(&user->source, &b->config->arrivals[m], seed, run, (uint32_t)m + 1) <
		    0)
			return err_set(err, ENOMEM, "no memory for arrivals");
		draw_arrival(user, 0);
	}
	return advance(b, i, s_to_ns(b->config->offset_s), err);
}

int env_step_choice(struct env_batch *b, int i, const struct slot_choice *choice, struct err *err)
{
	struct env *e = &b->env[i];
	int rc = dispatch(b->config, e, choice, err);
	rc = rc < 0 ? rc : advance(b, i, e->now_ns + s_to_ns(b->config->slot.slot_s), err);
	double reward = b->config->task_credit * e->slot_tasks - e->slot_j / b->config->energy_scale_j;
	b->reward[i] = (float)reward;
	e->log.reward += reward;
	e->log.slots++;
	e->slot_j = 0;
	e->slot_tasks = 0;
	return rc;
}

int env_step(struct env_batch *b, int i, struct err *err)
{
	struct slot_choice choice;
	int rc = slot_choose(&b->config->slot, b->action + (ptrdiff_t)i * SLOT_ACTIONS, &choice, err);
	return rc < 0 ? rc : env_step_choice(b, i, &choice, err);
}

const struct env_log *env_log(const struct env_batch *b, int i)
{
	return &b->env[i].log;
}

struct slot_state env_state(const struct env_batch *b, int i)
{
	return state_of(&b->env[i]);
}

// The task that user m gets next, and when it begins: an idle user's is drawn, a busy one's follows from when
// it will be idle, unless its kind of arrivals draws in turn (source.rng). False when it is not known, or
// none.
static bool next_task(const struct env_user *user, struct arrival *next, int64_t *from_ns)
{
	*next = user->arrival;
	if (user->state == USER_PENDING || (user->state == USER_BUSY && user->source.rng))
		return false;
	if (user->state == USER_BUSY) {
		struct arrival_source peek = user->source;
		if (!arrival_source_next(&peek, user->idle_ns, next))
			return false;
	}
	*from_ns = next->at_ns > user->idle_ns ? next->at_ns : user->idle_ns;
	return next->at_ns != TIME_NEVER;
}

int env_future(const struct env_batch *b, int i, struct decider_future future[])
{
	const struct env_config *c = b->config;
	const struct env *e = &b->env[i];
	int64_t slot_ns = s_to_ns(c->slot.slot_s), from_ns;
	struct arrival a;
	int n = 0;
	for (int m = 0; m < c->slot.n_users; m++) {
		if (!next_task(&e->user[m], &a, &from_ns))
			continue;
		int64_t slots = (from_ns - e->now_ns + slot_ns - 1) / slot_ns;
		int64_t known_ns = e->now_ns + slots * slot_ns;
		if (goes_at_once(c, m, &a, from_ns, known_ns))
			continue;
		struct decider_future *f = &future[n++];
		*f = (struct decider_future){m, ns_to_s(known_ns - e->now_ns), c->users[m]};
		f->task.deadline_s = ns_to_s(a.at_ns + a.deadline_ns - known_ns);
	}
	return n;
}
