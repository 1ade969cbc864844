// SPDX-License-Identifier: BSD-3-Clause
// The networks of the learned policies against arithmetic in double precision: outputs against a plain loop,
// gradients against central differences of that loop, Adam against its formula.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "edge/policy/rl/ddpg.h"

enum { BATCH = 16, N_OBS = 7, N_ACTION = 2, MOST = 4096 };

static const struct ddpg_options options = {
    .hidden = {24, 17},
    .actor_rate = 1e-4,
    .critic_rate = 1e-3,
    .gamma = 0.9,
    .tau = 0.01,
    .batch = BATCH,
    .replay = 64,
    .warmup = 1,
    .policy_delay = 1,
};

// y = net(x) in double precision.
static void shadow(const struct mlp *net, const double *parameters, const double *x, double *y)
{
	double in[MLP_MAX_WIDTH], out[MLP_MAX_WIDTH];
	for (int i = 0; i < net->width[0]; i++)
		in[i] = x[i];
	for (int l = 0; l < net->n_layers; l++) {
		int n = net->width[l], m = net->width[l + 1];
		bool last = l == net->n_layers - 1;
		for (int j = 0; j < m; j++) {
			double sum = parameters[n * m + j];
			for (int i = 0; i < n; i++)
				sum += in[i] * parameters[i * m + j];
			out[j] = !last ? fmax(sum, 0) : net->tanh_output ? tanh(sum) : sum;
		}
		parameters += n * m + m;
		for (int j = 0; j < m; j++)
			in[j] = out[j];
	}
	for (int j = 0; j < net->width[net->n_layers]; j++)
		y[j] = in[j];
}

static void widen(const float *from, size_t n, double *to)
{
	assert_true(n <= MOST);
	for (size_t i = 0; i < n; i++)
		to[i] = (double)from[i];
}

struct lab {
	struct ddpg d;
	struct rng *rng;
};

static void lab_open(struct lab *lab)
{
	struct err err;
	lab->rng = rng_new(20261120, 1, RNG_TEST, 1);
	assert_int_equal(ddpg_open(&lab->d, &options, N_OBS, N_ACTION, &err), 0);
	ddpg_init(&lab->d, lab->rng);
	// Larger last layers, so that tanh bends and gradients are not near 0.
	mlp_init(&lab->d.actor.net, lab->d.actor.parameters, 0.3, lab->rng);
	mlp_init(&lab->d.critic[0].net, lab->d.critic[0].parameters, 0.3, lab->rng);
	for (int i = 0; i < BATCH * (N_OBS + N_ACTION); i++)
		lab->d.batch.before[i] = (float)rng_uniform(lab->rng, -1, 1);
	for (int i = 0; i < BATCH; i++)
		lab->d.wanted[i] = (float)rng_uniform(lab->rng, -1, 1);
	mlp_single_thread();
}

static void lab_close(struct lab *lab)
{
	ddpg_close(&lab->d);
	rng_free(lab->rng);
}

static double critic_loss(const struct ddpg *d, const double *parameters)
{
	double loss = 0, x[N_OBS + N_ACTION], q;
	for (int i = 0; i < BATCH; i++) {
		widen(d->batch.before + (ptrdiff_t)i * (N_OBS + N_ACTION), N_OBS + N_ACTION, x);
		shadow(&d->critic[0].net, parameters, x, &q);
		loss += (q - (double)d->wanted[i]) * (q - (double)d->wanted[i]) / BATCH;
	}
	return loss;
}

static double actor_loss(const struct ddpg *d, const double *parameters)
{
	double critic[MOST], loss = 0, x[N_OBS + N_ACTION], q;
	widen(d->critic[0].parameters, d->critic[0].n, critic);
	for (int i = 0; i < BATCH; i++) {
		widen(d->batch.before + (ptrdiff_t)i * (N_OBS + N_ACTION), N_OBS, x);
		shadow(&d->actor.net, parameters, x, x + N_OBS);
		shadow(&d->critic[0].net, critic, x, &q);
		loss -= q / BATCH;
	}
	return loss;
}

// Central differences of `loss` around the parameters; returns the error relative to the largest component.
static double difference(const struct ddpg *d, const struct learner *l,
			 double (*loss)(const struct ddpg *, const double *))
{
	double p[MOST], worst = 0, largest = 0, step = 1e-6;
	widen(l->parameters, l->n, p);
	for (size_t i = 0; i < l->n; i++) {
		double was = p[i];
		p[i] = was + step;
		double above = loss(d, p);
		p[i] = was - step;
		double below = loss(d, p);
		p[i] = was;
		double slope = (above - below) / (2 * step);
		worst = fmax(worst, fabs(slope - (double)l->gradient[i]));
		largest = fmax(largest, fabs(slope));
	}
	assert_true(largest > 1e-3);
	return worst / largest;
}

static void gradients_are_the_slopes(void **state)
{
	(void)state;
	struct lab lab;
	lab_open(&lab);
	double p[MOST];
	widen(lab.d.critic[0].parameters, lab.d.critic[0].n, p);
	double loss = ddpg_critic_gradient(&lab.d, &lab.d.critic[0]);
	assert_float_equal(loss, critic_loss(&lab.d, p), 1e-5);
	double critic = difference(&lab.d, &lab.d.critic[0], critic_loss);
	widen(lab.d.actor.parameters, lab.d.actor.n, p);
	loss = ddpg_actor_gradient(&lab.d);
	assert_float_equal(loss, actor_loss(&lab.d, p), 1e-5);
	double actor = difference(&lab.d, &lab.d.actor, actor_loss);
	printf("gradient error against central differences: critic %.1e, actor %.1e of the largest slope\n",
	       critic, actor);
	assert_true(critic < 1e-4);
	assert_true(actor < 1e-4);
	lab_close(&lab);
}

// Acting (plain arithmetic) and training (sgemm) are two ways through the same network.
static void three_forward_passes_agree(void **state)
{
	(void)state;
	struct lab lab;
	lab_open(&lab);
	const struct learner *a = &lab.d.actor;
	const float *batch =
	    mlp_forward(&a->net, a->parameters, lab.d.batch.before, N_OBS + N_ACTION, a->tape);
	double p[MOST], x[N_OBS], y[N_ACTION];
	widen(a->parameters, a->n, p);
	for (int i = 0; i < BATCH; i++) {
		const float *obs = lab.d.batch.before + (ptrdiff_t)i * (N_OBS + N_ACTION);
		float action[N_ACTION];
		ddpg_act(&lab.d, obs, action);
		widen(obs, N_OBS, x);
		shadow(&a->net, p, x, y);
		for (int j = 0; j < N_ACTION; j++) {
			assert_float_equal(action[j], y[j], 1e-6);
			assert_float_equal(batch[i * N_ACTION + j], y[j], 1e-6);
		}
	}
	lab_close(&lab);
}

// Against the published update, moment by moment.
static void adam_follows_its_formula(void **state)
{
	(void)state;
	struct lab lab;
	lab_open(&lab);
	struct learner *l = &lab.d.actor;
	double m = 0, v = 0, p = (double)l->parameters[5];
	for (int t = 1; t <= 50; t++) {
		for (size_t i = 0; i < l->n; i++)
			l->gradient[i] = (float)sin(0.3 * t + (double)i);
		double g = (double)l->gradient[5];
		learner_step(l, 1e-2);
		m = 0.9 * m + 0.1 * g;
		v = 0.999 * v + 0.001 * g * g;
		double right = sqrt(1 - pow(0.999, t));
		p -= 1e-2 * (m / (1 - pow(0.9, t))) / (sqrt(v) / right + 1e-8 / right);
		assert_float_equal(l->parameters[5], p, 1e-5);
	}
	lab_close(&lab);
}

static void a_target_follows_geometrically(void **state)
{
	(void)state;
	struct lab lab;
	lab_open(&lab);
	struct learner *l = &lab.d.critic[0];
	double gap = (double)(l->parameters[3] - l->target[3]);
	for (int i = 0; i < 100; i++)
		learner_track(l, 0.02);
	assert_float_equal(l->parameters[3] - l->target[3], (float)(gap * pow(0.98, 100)), 1e-5);
	lab_close(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(gradients_are_the_slopes),
	    cmocka_unit_test(three_forward_passes_agree),
	    cmocka_unit_test(adam_follows_its_formula),
	    cmocka_unit_test(a_target_follows_geometrically),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
