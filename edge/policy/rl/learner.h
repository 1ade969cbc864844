// SPDX-License-Identifier: BSD-3-Clause
// A network that learns: its parameters, their slowly following copy (the target network), a gradient, and
// Adam's state (Kingma and Ba 2015: beta1 0.9, beta2 0.999, epsilon 1e-8, both moments bias-corrected).
#pragma once

#include <stdint.h>
#include "base/err.h"
#include "edge/policy/rl/mlp.h"

struct learner {
	struct mlp net;
	size_t n;	   // parameters; the length of each array
	float *parameters; // this and the next four lie one after another: n_saved values to save and load
	float *target;
	float *m, *v;	 // Adam's moments
	float *gradient; // not saved
	int64_t steps;	 // Adam's
	struct mlp_tape *tape;
};

// Allocates for batches of `batch`; everything 0. The caller closes, also after a failure.
int learner_open(struct learner *l, const struct mlp *net, int batch, struct err *err);
void learner_close(struct learner *l);

// First parameters (mlp_init), and the target equal to them.
void learner_init(struct learner *l, double last_bound, struct rng *rng);

// One Adam step along l->gradient.
void learner_step(struct learner *l, double rate);

// target += tau (parameters - target)
void learner_track(struct learner *l, double tau);

// Values that make up the state besides `steps`, from l->parameters on.
static inline size_t learner_saved(const struct learner *l)
{
	return 4 * l->n;
}
