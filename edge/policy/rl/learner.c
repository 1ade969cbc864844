// SPDX-License-Identifier: BSD-3-Clause
#include "edge/policy/rl/learner.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "edge/policy/rl/vector.h"

#define BETA1 0.9
#define BETA2 0.999
#define EPSILON 1e-8f

int learner_open(struct learner *l, const struct mlp *net, int batch, struct err *err)
{
	*l = (struct learner){.net = *net, .n = mlp_parameters(net)};
	l->parameters = calloc(5 * l->n, sizeof(float));
	l->tape = mlp_tape_new(net, batch);
	if (!l->parameters || !l->tape)
		return err_set(err, ENOMEM, "no memory to train a network of %zu parameters", l->n);
	l->target = l->parameters + l->n;
	l->m = l->target + l->n;
	l->v = l->m + l->n;
	l->gradient = l->v + l->n;
	return 0;
}

void learner_close(struct learner *l)
{
	free(l->parameters);
	mlp_tape_free(l->tape);
	*l = (struct learner){0};
}

void learner_init(struct learner *l, double last_bound, struct rng *rng)
{
	mlp_init(&l->net, l->parameters, last_bound, rng);
	memcpy(l->target, l->parameters, l->n * sizeof(float));
}

// Moments corrected as rate sqrt(1 - beta2^t) / (1 - beta1^t): their paper's section 2, last paragraph.
void learner_step(struct learner *l, double rate)
{
	double t = (double)++l->steps;
	struct adam_rates rates = {
	    .rate = (float)(rate * sqrt(1 - pow(BETA2, t)) / (1 - pow(BETA1, t))),
	    .beta1 = (float)BETA1,
	    .beta2 = (float)BETA2,
	    .epsilon = EPSILON,
	};
	vector_adam(l->parameters, l->gradient, l->m, l->v, l->n, &rates);
}

void learner_track(struct learner *l, double tau)
{
	vector_track(l->target, (float)tau, l->parameters, l->n);
}
