// SPDX-License-Identifier: BSD-3-Clause
#include "edge/policy/rl/ddpg.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LAST_BOUND 3e-3 // of first weights in the last layers
enum { MOST_INPUTS = MLP_MAX_WIDTH / 2 };

static int in_range(const char *name, double value, double low, double high, struct err *err)
{
	if (value >= low && value <= high)
		return 0;
	return err_set(err, EINVAL, "%s is %g: must be %g to %g", name, value, low, high);
}

static int check(const struct ddpg_options *o, int n_obs, int n_action, struct err *err)
{
	const struct {
		const char *name;
		double value, low, high;
	} limits[] = {
	    {"the observation's size", n_obs, 1, MOST_INPUTS},
	    {"the action's size", n_action, 1, MOST_INPUTS},
	    {"the first hidden layer", o->hidden[0], 1, MLP_MAX_WIDTH},
	    {"the second hidden layer", o->hidden[1], 1, MLP_MAX_WIDTH},
	    {"the actor's rate", o->actor_rate, 0, 1},
	    {"the critic's rate", o->critic_rate, 0, 1},
	    {"gamma", o->gamma, 0, 1},
	    {"tau", o->tau, 0, 1},
	    {"the batch", o->batch, 1, 1 << 16},
	    {"the replay memory", o->replay, 1, 1 << 24},
	    {"the warm-up", o->warmup, 1, o->replay},
	    {"the first noise", o->noise_first, 0, 10},
	    {"the last noise", o->noise_last, 0, 10},
	    {"the target noise", o->target_noise, 0, 10},
	    {"the target noise's limit", o->target_noise_limit, 0, 10},
	    {"the policy's delay", o->policy_delay, 1, 1000},
	};
	const double most_values = (double)(1 << 30);
	int rc = in_range("the replay memory, in numbers", (double)o->replay * (2. * n_obs + n_action + 2), 1,
			  most_values, err);
	for (size_t i = 0; rc == 0 && i < sizeof(limits) / sizeof(limits[0]); i++)
		rc = in_range(limits[i].name, limits[i].value, limits[i].low, limits[i].high, err);
	return rc;
}

static int open_batch(struct ddpg *d, struct err *err)
{
	size_t rows = (size_t)d->options.batch, width = (size_t)d->n_obs + (size_t)d->n_action;
	d->batch = (struct replay_batch){
	    .size = d->options.batch,
	    .before = calloc(rows * width, sizeof(float)),
	    .after = calloc(rows * width, sizeof(float)),
	    .outcome = calloc(rows * 2, sizeof(float)),
	};
	d->wanted = calloc(rows, sizeof(float));
	if (!d->batch.before || !d->batch.after || !d->batch.outcome || !d->wanted)
		return err_set(err, ENOMEM, "no memory for a batch of %zu", rows);
	return 0;
}

int ddpg_open(struct ddpg *d, const struct ddpg_options *options, int n_obs, int n_action, struct err *err)
{
	*d = (struct ddpg){.options = *options, .n_obs = n_obs, .n_action = n_action};
	int rc = check(options, n_obs, n_action, err);
	if (rc < 0)
		return rc;
	const int *h = options->hidden;
	struct mlp actor = {3, {n_obs, h[0], h[1], n_action}, true};
	struct mlp critic = {3, {n_obs + n_action, h[0], h[1], 1}, false};
	d->n_critics = options->td3 ? 2 : 1;
	rc = learner_open(&d->actor, &actor, options->batch, err);
	for (int i = 0; rc == 0 && i < d->n_critics; i++)
		rc = learner_open(&d->critic[i], &critic, options->batch, err);
	rc = rc < 0 ? rc : replay_open(&d->replay, options->replay, n_obs, n_action, err);
	return rc < 0 ? rc : open_batch(d, err);
}

void ddpg_close(struct ddpg *d)
{
	learner_close(&d->actor);
	for (int i = 0; i < DDPG_MAX_CRITICS; i++)
		learner_close(&d->critic[i]);
	replay_close(&d->replay);
	free(d->batch.before);
	free(d->batch.after);
	free(d->batch.outcome);
	free(d->wanted);
	*d = (struct ddpg){0};
}

void ddpg_init(struct ddpg *d, struct rng *rng)
{
	learner_init(&d->actor, LAST_BOUND, rng);
	for (int i = 0; i < d->n_critics; i++)
		learner_init(&d->critic[i], LAST_BOUND, rng);
}

void ddpg_act(const struct ddpg *d, const float *obs, float *action)
{
	mlp_infer(&d->actor.net, d->actor.parameters, obs, action);
}

static double within(double value, double limit)
{
	return fmin(fmax(value, -limit), limit);
}

void ddpg_explore(const struct ddpg *d, const float *obs, double sigma, struct rng *rng, float *action)
{
	bool random = d->replay.count < d->options.warmup;
	if (!random)
		ddpg_act(d, obs, action);
	for (int i = 0; i < d->n_action; i++)
		action[i] = random ? (float)rng_uniform(rng, -1, 1)
				   : (float)within(action[i] + rng_normal(rng, 0, sigma), 1);
}

// Writes actions [batch][n_action] beside the observations of rows [batch][n_obs + n_action].
static void put_actions(const struct ddpg *d, float *rows, const float *actions)
{
	size_t width = (size_t)d->n_obs + (size_t)d->n_action, n = (size_t)d->n_action;
	for (size_t i = 0; i < (size_t)d->batch.size; i++)
		memcpy(rows + i * width + d->n_obs, actions + i * n, n * sizeof(float));
}

static void smooth_target_actions(const struct ddpg *d, struct rng *rng)
{
	float *action = d->actor.tape->output[d->actor.net.n_layers - 1];
	for (int i = 0; i < d->batch.size * d->n_action; i++) {
		double noise = rng_normal(rng, 0, d->options.target_noise);
		action[i] =
		    (float)within((double)action[i] + within(noise, d->options.target_noise_limit), 1);
	}
}

// wanted = r + gamma min over the critics of Q'(s', mu'(s')).
static void look_ahead(struct ddpg *d, struct rng *rng)
{
	int stride = d->n_obs + d->n_action;
	const float *action =
	    mlp_forward(&d->actor.net, d->actor.target, d->batch.after, stride, d->actor.tape);
	if (d->options.td3)
		smooth_target_actions(d, rng);
	put_actions(d, d->batch.after, action);
	for (int c = 0; c < d->n_critics; c++) {
		const struct learner *critic = &d->critic[c];
		const float *value =
		    mlp_forward(&critic->net, critic->target, d->batch.after, stride, critic->tape);
		for (int i = 0; i < d->batch.size; i++)
			d->wanted[i] = c == 0 ? value[i] : fminf(d->wanted[i], value[i]);
	}
	float gamma = (float)d->options.gamma;
	for (ptrdiff_t i = 0; i < d->batch.size; i++) {
		const float *outcome = d->batch.outcome + 2 * i; // r, goes on
		d->wanted[i] = outcome[0] + gamma * outcome[1] * d->wanted[i];
	}
}

double ddpg_critic_gradient(struct ddpg *d, struct learner *critic)
{
	int stride = d->n_obs + d->n_action, last = critic->net.n_layers - 1;
	const float *value =
	    mlp_forward(&critic->net, critic->parameters, d->batch.before, stride, critic->tape);
	double loss = 0;
	for (int i = 0; i < d->batch.size; i++) {
		float off = value[i] - d->wanted[i];
		critic->tape->gradient[last][i] = 2 * off / (float)d->batch.size;
		loss += (double)off * (double)off / d->batch.size;
	}
	mlp_backward(&critic->net, critic->parameters, d->batch.before, stride, critic->tape,
		     critic->gradient, NULL);
	return loss;
}

double ddpg_actor_gradient(struct ddpg *d)
{
	int stride = d->n_obs + d->n_action;
	struct learner *actor = &d->actor, *critic = &d->critic[0];
	const float *action =
	    mlp_forward(&actor->net, actor->parameters, d->batch.before, stride, actor->tape);
	put_actions(d, d->batch.before, action);
	const float *value =
	    mlp_forward(&critic->net, critic->parameters, d->batch.before, stride, critic->tape);
	double loss = 0;
	for (int i = 0; i < d->batch.size; i++) {
		loss -= (double)value[i] / d->batch.size;
		critic->tape->gradient[critic->net.n_layers - 1][i] = -1 / (float)d->batch.size;
	}
	float *by_action = actor->tape->gradient[actor->net.n_layers - 1];
	mlp_backward(&critic->net, critic->parameters, d->batch.before, stride, critic->tape, NULL,
		     &(struct mlp_input_gradient){by_action, d->n_obs, d->n_action});
	mlp_backward(&actor->net, actor->parameters, d->batch.before, stride, actor->tape, actor->gradient,
		     NULL);
	return loss;
}

void ddpg_update(struct ddpg *d, struct rng *rng)
{
	const struct ddpg_options *o = &d->options;
	if (d->replay.count < o->warmup)
		return;
	replay_draw(&d->replay, rng, &d->batch);
	look_ahead(d, rng);
	for (int c = 0; c < d->n_critics; c++) {
		ddpg_critic_gradient(d, &d->critic[c]);
		learner_step(&d->critic[c], o->critic_rate);
	}
	d->updates++;
	if (o->td3 && d->updates % o->policy_delay != 0)
		return;
	ddpg_actor_gradient(d);
	learner_step(&d->actor, o->actor_rate);
	learner_track(&d->actor, o->tau);
	for (int c = 0; c < d->n_critics; c++)
		learner_track(&d->critic[c], o->tau);
}
