// SPDX-License-Identifier: BSD-3-Clause
// Deep deterministic policy gradient (Lillicrap et al. 2016), and TD3's three corrections as an option
// (Fujimoto et al. 2018): the smaller of two critics, smoothed target actions, an actor that learns every
// policy_delay updates. Knows no environment: transitions in, actions out.
//
//   critic: least squares of Q(s, a) to r + gamma Q'(s', mu'(s')), 0 beyond an end
//   actor: ascent of Q(s, mu(s));  targets Q', mu' follow with tau
//
// One thread, a fixed order of every sum: the same streams and transitions give the same parameters, bit for
// bit, on one machine with one build of oneDNN.
#pragma once

#include "edge/policy/rl/learner.h"
#include "edge/policy/rl/replay.h"

enum { DDPG_MAX_CRITICS = 2 };

struct ddpg_options {
	int hidden[2]; // units of the two hidden layers, of actor and critics
	double actor_rate, critic_rate;
	double gamma, tau;
	int batch, replay;
	int warmup;			// transitions before learning begins; actions are random until then
	double noise_first, noise_last; // Gaussian exploration, falling linearly over the training
	bool td3;
	double target_noise, target_noise_limit; // TD3: smoothing of target actions
	int policy_delay;			 // TD3: updates for one of the actor
};

struct ddpg {
	struct ddpg_options options;
	int n_obs, n_action, n_critics;
	struct learner actor, critic[DDPG_MAX_CRITICS];
	struct replay replay;
	int64_t updates;
	// Work space of an update.
	struct replay_batch batch;
	float *wanted; // [batch] what the critics are fitted to
};

// Refuses sizes and constants out of range, naming them. The caller closes, also after a failure.
int ddpg_open(struct ddpg *d, const struct ddpg_options *options, int n_obs, int n_action, struct err *err);
void ddpg_close(struct ddpg *d);

// First parameters.
void ddpg_init(struct ddpg *d, struct rng *rng);

// The actor's action in [-1, 1], without noise.
void ddpg_act(const struct ddpg *d, const float *obs, float *action);

// The action to explore with: uniform until options.warmup transitions are known, then with noise of sigma,
// kept within [-1, 1].
void ddpg_explore(const struct ddpg *d, const float *obs, double sigma, struct rng *rng, float *action);

// One gradient step on a drawn batch; nothing until options.warmup transitions are known. Call it on one
// thread (mlp_single_thread).
void ddpg_update(struct ddpg *d, struct rng *rng);

// Parts of ddpg_update, for tests: the critic's loss and gradient for d->batch and d->wanted, and the actor's
// gradient (of - mean Q).
double ddpg_critic_gradient(struct ddpg *d, struct learner *critic);
double ddpg_actor_gradient(struct ddpg *d);
