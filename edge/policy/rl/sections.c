// SPDX-License-Identifier: BSD-3-Clause
#include "edge/policy/rl/sections_private.h"

#include <errno.h>
#include <math.h>
#include <string.h>

struct stored_identity {
	int32_t users, n_obs, n_action, caller;
	uint64_t topology_hash;
};

struct stored_options {
	int32_t hidden[2], batch, replay, warmup, policy_delay, td3, zero;
	double actor_rate, critic_rate, gamma, tau, noise_first, noise_last, target_noise, target_noise_limit;
};

static void write_identity(struct format_writer *w, const struct agent_identity *i)
{
	struct stored_identity s = {i->users, i->n_obs, i->n_action, (int32_t)i->caller, i->topology_hash};
	format_section(w, SECTION_IDENTITY, &s, sizeof(s));
}

static void write_options(struct format_writer *w, const struct ddpg_options *o)
{
	struct stored_options s = {
	    .hidden = {o->hidden[0], o->hidden[1]},
	    .batch = o->batch,
	    .replay = o->replay,
	    .warmup = o->warmup,
	    .policy_delay = o->policy_delay,
	    .td3 = o->td3,
	    .actor_rate = o->actor_rate,
	    .critic_rate = o->critic_rate,
	    .gamma = o->gamma,
	    .tau = o->tau,
	    .noise_first = o->noise_first,
	    .noise_last = o->noise_last,
	    .target_noise = o->target_noise,
	    .target_noise_limit = o->target_noise_limit,
	};
	format_section(w, SECTION_OPTIONS, &s, sizeof(s));
}

static void write_progress(struct format_writer *w, const struct training *t)
{
	const struct ddpg *d = &t->ddpg;
	struct stored_progress s = {.seed = t->seed,
				    .episodes = t->episodes,
				    .slots = t->slots,
				    .done = t->done,
				    .replay_count = d->replay.count,
				    .replay_next = d->replay.next,
				    .best_episode = t->best_episode,
				    .updates = d->updates,
				    .steps = {d->actor.steps, d->critic[0].steps, d->critic[1].steps}};
	format_section(w, SECTION_PROGRESS, &s, sizeof(s));
}

void sections_write_common(struct format_writer *w, const struct training *t)
{
	write_identity(w, &t->identity);
	write_options(w, &t->ddpg.options);
	write_progress(w, t);
	format_section(w, SECTION_CURVE, t->curve, (size_t)t->done * sizeof(*t->curve));
	if (t->topology)
		format_section(w, SECTION_TOPOLOGY, t->topology, strlen(t->topology));
}

int sections_identity(const struct format_reader *r, struct agent_identity *identity)
{
	struct stored_identity s;
	int rc = format_copy(r, SECTION_IDENTITY, &s, sizeof(s));
	if (rc < 0)
		return rc;
	bool sane = s.users >= 1 && s.n_obs >= 1 && s.n_obs <= MLP_MAX_WIDTH && s.n_action >= 1 &&
		    s.n_action <= MLP_MAX_WIDTH &&
		    (s.caller == AGENT_CALLS_OG || s.caller == AGENT_CALLS_IP_SSA);
	if (!sane)
		return err_set(r->err, EBADMSG,
			       "%s: %d users, %d observed numbers, %d decided, caller %d make no agent",
			       r->name, s.users, s.n_obs, s.n_action, s.caller);
	*identity = (struct agent_identity){s.users, s.n_obs, s.n_action, (enum agent_caller)s.caller,
					    s.topology_hash};
	return 0;
}

int sections_options(const struct format_reader *r, struct ddpg_options *options)
{
	struct stored_options s;
	int rc = format_copy(r, SECTION_OPTIONS, &s, sizeof(s));
	if (rc < 0)
		return rc;
	*options = (struct ddpg_options){
	    .hidden = {s.hidden[0], s.hidden[1]},
	    .actor_rate = s.actor_rate,
	    .critic_rate = s.critic_rate,
	    .gamma = s.gamma,
	    .tau = s.tau,
	    .batch = s.batch,
	    .replay = s.replay,
	    .warmup = s.warmup,
	    .noise_first = s.noise_first,
	    .noise_last = s.noise_last,
	    .td3 = s.td3 != 0,
	    .target_noise = s.target_noise,
	    .target_noise_limit = s.target_noise_limit,
	    .policy_delay = s.policy_delay,
	};
	return 0;
}

int sections_progress(const struct format_reader *r, struct stored_progress *p)
{
	int rc = format_copy(r, SECTION_PROGRESS, p, sizeof(*p));
	if (rc < 0)
		return rc;
	bool sane = p->episodes >= 1 && p->episodes <= CHECKPOINT_MAX_EPISODES && p->slots >= 1 &&
		    p->done >= 0 && p->done <= p->episodes && p->replay_count >= 0 && p->replay_next >= 0 &&
		    p->best_episode >= 0 && p->best_episode <= p->done && p->updates >= 0 &&
		    p->steps[0] >= 0 && p->steps[1] >= 0 && p->steps[2] >= 0;
	return sane ? 0
		    : err_set(r->err, EBADMSG,
			      "%s: episode %d of %d of %d slots, %d transitions from %d on make no training",
			      r->name, p->done, p->episodes, p->slots, p->replay_count, p->replay_next);
}
