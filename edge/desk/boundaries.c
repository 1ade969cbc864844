// SPDX-License-Identifier: BSD-3-Clause
#include "edge/desk/boundaries.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "dnn/hash.h"

static_assert(DECISION_MAX_OBSERVATION == DECIDER_MAX_OBSERVATION, "a record holds any observation");

struct boundaries {
	const struct edge_config *config;
	const struct round_networks *networks;
	struct slot_config rules;
	struct decider *decider;
	const struct policy *local;
	int64_t first_ns; // boundary 0
	struct slot_choice choice;
	double *work_flop;	       // [n_ues]
	struct snapshot_job *users;    // [n_ues]
	bool *pending;		       // [n_ues]
	double *waited_s;	       // [n_ues]
	enum slot_verdict *verdict;    // [n_ues]
	struct decider_future *future; // [n_ues]
};

static int make_storage(struct boundaries *s, struct err *err)
{
	size_t n = (size_t)s->config->n_ues;
	s->work_flop = calloc(n, sizeof(*s->work_flop));
	s->users = calloc(n, sizeof(*s->users));
	s->pending = calloc(n, sizeof(*s->pending));
	s->waited_s = calloc(n, sizeof(*s->waited_s));
	s->verdict = calloc(n, sizeof(*s->verdict));
	s->future = calloc(n, sizeof(*s->future));
	bool ok = s->work_flop && s->users && s->pending && s->waited_s && s->verdict && s->future;
	return ok ? 0 : err_set(err, ENOMEM, "no memory for %d UEs", s->config->n_ues);
}

static void fill_rules(struct boundaries *s)
{
	const struct edge_config *c = s->config;
	for (int i = 0; i < c->n_ues; i++) {
		const struct snapshot_network *net = &s->networks->networks[c->ues[i].network];
		for (int n = 0; n < net->n_subtasks; n++)
			s->work_flop[i] += net->work_flop[n];
	}
	s->rules = (struct slot_config){.n_users = c->n_ues,
					.slot_s = c->online.slot_s,
					.margin_s = c->guard_s,
					.deadline_scale_s = c->online.deadline_scale_s,
					.rate_scale_bps = c->online.rate_scale_bps,
					.work_flop = s->work_flop};
}

int boundaries_open(struct boundaries **out, const struct edge_config *config,
		    const struct round_networks *networks, struct err *err)
{
	struct boundaries *s = calloc(1, sizeof(*s));
	*out = NULL;
	if (!s)
		return err_set(err, ENOMEM, "no memory");
	s->config = config;
	s->networks = networks;
	s->local = policy_find("lc", err);
	int r = s->local ? make_storage(s, err) : -ENOENT;
	if (r == 0) {
		fill_rules(s);
		const struct decider_config decider = {.name = config->policy,
						       .agent_path = config->online.agent,
						       .topology_hash = config->online.topology_hash,
						       .horizon_slots = config->online.horizon_slots,
						       .slots = &s->rules};
		r = decider_open(&s->decider, &decider, err);
	}
	boundaries_start(s, 0);
	if (r < 0)
		boundaries_close(s);
	else
		*out = s;
	return r;
}

void boundaries_close(struct boundaries *s)
{
	if (!s)
		return;
	decider_close(s->decider);
	free(s->work_flop);
	free(s->users);
	free(s->pending);
	free(s->waited_s);
	free(s->verdict);
	free(s->future);
	free(s);
}

const struct policy *boundaries_caller(const struct boundaries *s)
{
	return decider_caller(s->decider);
}

void boundaries_start(struct boundaries *s, int64_t epoch_ns)
{
	s->first_ns = epoch_ns + s_to_ns(s->config->online.offset_s);
}

int64_t boundaries_next_ns(const struct boundaries *s, int64_t now_ns)
{
	int64_t slot_ns = s_to_ns(s->rules.slot_s);
	return now_ns < s->first_ns ? s->first_ns
				    : s->first_ns + ((now_ns - s->first_ns) / slot_ns + 1) * slot_ns;
}

// A UE of a shared band is seen with the share that is its own when all send: whatever the others' decisions
// turn out to be, a task that could wait by these figures could.
static void see_user(const struct boundaries *s, const struct round_request *request, int64_t now_ns,
		     struct snapshot_job *user)
{
	round_user(user, s->config, s->networks, request, s->config->n_ues, now_ns);
}

const struct policy *boundaries_urgent(const struct boundaries *s, const struct round_request *request,
				       int64_t now_ns)
{
	struct snapshot_job user;
	see_user(s, request, now_ns, &user);
	double wait_s = ns_to_s(boundaries_next_ns(s, now_ns) - now_ns);
	if (!slot_cannot_wait(&s->rules, &user, request->ue, wait_s))
		return NULL;
	double local_s = device_time_s(s->work_flop[request->ue], user.device.f_max_flops);
	return user.release_s + local_s <= user.deadline_s ? s->local : decider_caller(s->decider);
}

bool boundaries_see_future(const struct boundaries *s)
{
	return decider_sees_future(s->decider);
}

static void see_requests(struct boundaries *s, const struct round_request *requests, int n, int64_t now_ns)
{
	for (int i = 0; i < s->config->n_ues; i++) {
		s->pending[i] = false;
		s->users[i].rate_bps = round_rate_bps(s->config, i, s->config->n_ues);
	}
	for (int i = 0; i < n; i++) {
		int ue = requests[i].ue;
		s->pending[ue] = true;
		s->waited_s[ue] = ns_to_s(now_ns - requests[i].request.arrival_ns);
		see_user(s, &requests[i], now_ns, &s->users[ue]);
	}
}

static void see_future(struct boundaries *s, const struct future_request *future, int n, int64_t now_ns)
{
	for (int i = 0; i < n; i++) {
		struct decider_future *f = &s->future[i];
		f->user = future[i].request.ue;
		f->after_s = ns_to_s(future[i].known_ns - now_ns);
		see_user(s, &future[i].request, future[i].known_ns, &f->task);
	}
}

static void fill_record(const struct boundaries *s, const struct decision *d,
			const struct slot_counts *counts, struct decision_record *record)
{
	record->verdict = d->choice.verdict;
	record->threshold_s = d->choice.verdict == SLOT_CALL ? d->choice.threshold_s : 0;
	record->has_action = d->has_action;
	memcpy(record->action, d->action, sizeof(record->action));
	record->pending = (uint32_t)(counts->wait + counts->local + counts->call);
	record->local = (uint32_t)counts->local;
	record->call = (uint32_t)counts->call;
	record->forced = (uint32_t)counts->forced;
	record->n_observation = (uint32_t)slot_observation_size(&s->rules);
	record->observation_hash =
	    hash_bytes(HASH_START, record->observation, record->n_observation * sizeof(float));
}

int boundaries_decide(struct boundaries *s, const struct round_request *requests, int n, int64_t now_ns,
		      int64_t gpu_free_ns, const struct future_request *future, int n_future,
		      enum slot_verdict verdict[], struct decision_record *record, struct err *err)
{
	see_requests(s, requests, n, now_ns);
	see_future(s, future, n_future, now_ns);
	double gpu_free_s = gpu_free_ns > now_ns ? ns_to_s(gpu_free_ns - now_ns) : 0;
	struct snapshot problem = {.n_servers = 1,
				   .n_networks = s->networks->n,
				   .networks = s->networks->networks,
				   .guard_s = s->config->guard_s};
	round_power(&problem, &s->config->power);
	const struct decider_view view = {.state = {s->users, s->pending, s->waited_s, gpu_free_s},
					  .problem = &problem,
					  .future = s->future,
					  .n_future = n_future};
	*record = (struct decision_record){.slot_ns = now_ns, .gpu_left_ns = s_to_ns(gpu_free_s)};
	struct decision decision;
	int r = slot_observe(&s->rules, &view.state, record->observation, err);
	r = r < 0 ? r : decider_decide(s->decider, &view, record->observation, &decision, err);
	if (r < 0)
		return r;
	s->choice = decision.choice;
	struct slot_counts counts = slot_dispatch(&s->rules, &view.state, &decision.choice, s->verdict);
	for (int i = 0; i < n; i++)
		verdict[i] = s->verdict[requests[i].ue];
	fill_record(s, &decision, &counts, record);
	return 0;
}

void boundaries_prepare(const struct boundaries *s, enum slot_verdict verdict, struct round *round)
{
	bool call = verdict == SLOT_CALL;
	round->policy = call ? decider_caller(s->decider) : s->local;
	round->edge_deadline_s = call && s->choice.verdict == SLOT_CALL ? s->choice.threshold_s : 0;
}
