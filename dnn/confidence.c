// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/confidence.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "dnn/confidence_private.h"

// Thresholds 0, 1 / STEPS, .., 1, and CONFIDENCE_NEVER.
enum { STEPS = 200, RULES = STEPS + 2 };

struct confidence {
	int n, n_exits;
	struct confidence_answer *answers; // [n][n_exits + 1]
	double *accuracy;		   // [n_exits + 1][RULES] by the latest exit, the end last
	double *goes_on;		   // [n_exits + 1][RULES][n_exits]
};

static double threshold_of(int rule)
{
	return rule <= STEPS ? (double)rule / STEPS : CONFIDENCE_NEVER;
}

static const struct confidence_answer *answers_of(const struct confidence *c, int input)
{
	return c->answers + (ptrdiff_t)input * (c->n_exits + 1);
}

// latest: an exit from 0 on, n_exits = the end.
static double *goes_on_of(const struct confidence *c, int latest, int rule)
{
	return c->goes_on + ((ptrdiff_t)latest * RULES + rule) * c->n_exits;
}

static void try_rule(struct confidence *c, int latest, int rule)
{
	double threshold = threshold_of(rule), *goes_on = goes_on_of(c, latest, rule);
	int right = 0;
	for (int i = 0; i < c->n; i++) {
		const struct confidence_answer *a = answers_of(c, i);
		int at = 0;
		for (; at < latest && (double)a[at].sure < threshold; at++)
			goes_on[at]++;
		right += a[at].right != 0;
	}
	for (int e = 0; e < latest; e++)
		goes_on[e] /= c->n;
	c->accuracy[(ptrdiff_t)latest * RULES + rule] = (double)right / c->n;
}

int confidence_of(struct confidence **out, const struct confidence_answer *answers, int n, int n_exits)
{
	size_t ends = (size_t)n_exits + 1, bytes = (size_t)n * ends * sizeof(*answers);
	struct confidence *c = calloc(1, sizeof(*c));
	*out = NULL;
	if (!c)
		return -ENOMEM;
	*c = (struct confidence){.n = n,
				 .n_exits = n_exits,
				 .answers = malloc(bytes),
				 .accuracy = calloc(ends * RULES, sizeof(double)),
				 .goes_on = calloc(ends * RULES * (size_t)n_exits + 1, sizeof(double))};
	if (!c->answers || !c->accuracy || !c->goes_on) {
		confidence_close(c);
		return -ENOMEM;
	}
	memcpy(c->answers, answers, bytes);
	for (int latest = 0; latest <= n_exits; latest++)
		for (int rule = 0; rule < RULES; rule++)
			try_rule(c, latest, rule);
	*out = c;
	return 0;
}

void confidence_close(struct confidence *c)
{
	if (!c)
		return;
	free(c->answers);
	free(c->accuracy);
	free(c->goes_on);
	free(c);
}

// Normal, one-sided, 95 %.
static double lower_end(double accuracy, int n)
{
	return accuracy - 1.645 * sqrt(accuracy * (1 - accuracy) / n);
}

struct confidence_rule confidence_rule(const struct confidence *c, int exit, double least)
{
	int latest = exit > 0 ? exit - 1 : c->n_exits, rule = RULES - 1;
	const double *accuracy = c->accuracy + (ptrdiff_t)latest * RULES;
	while (rule > 0 && lower_end(accuracy[rule - 1], c->n) >= least)
		rule--;
	return (struct confidence_rule){.threshold = threshold_of(rule),
					.accuracy = accuracy[rule],
					.goes_on = goes_on_of(c, latest, rule)};
}

bool confidence_draw(const struct confidence *c, uint64_t seed, uint32_t ue, uint32_t task, int exit,
		     double threshold)
{
	double draw = rng_uniform_at(rng_key(seed, 0, RNG_CONFIDENCE, ue), task);
	const struct confidence_answer *a = answers_of(c, (int)(draw * c->n));
	return (double)a[exit - 1].sure >= threshold;
}
