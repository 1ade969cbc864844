// SPDX-License-Identifier: BSD-3-Clause
#include "tools/offline/shapes.h"

static double spent_j(const struct outcome *o, bool with_edge)
{
	return o->energy_j + (with_edge ? o->edge_j : 0);
}

static double excess_pct(double a_j, double b_j)
{
	return a_j > b_j * (1 + 1e-9) ? 100 * (a_j / b_j - 1) : 0;
}

static void compare_setting(struct contest *c, const struct experiment *experiment, size_t i,
			    const struct outcome *a, const struct outcome *b, bool with_edge)
{
	double sum_a = 0, sum_b = 0;
	for (int k = 0; k < experiment->placements; k++) {
		double a_j = spent_j(&a[k], with_edge), b_j = spent_j(&b[k], with_edge),
		       excess = excess_pct(a_j, b_j);
		sum_a += a_j;
		sum_b += b_j;
		c->pairs++;
		c->worse += excess > 0;
		if (excess > c->worst_pct) {
			c->worst_pct = excess;
			c->worst_setting = i;
		}
	}
	double excess = excess_pct(sum_a, sum_b);
	c->cells++;
	c->cells_worse += excess > 0;
	if (excess > c->worst_cell_pct) {
		c->worst_cell_pct = excess;
		c->worst_cell = i;
	}
}

struct contest contest_of(const struct experiment *experiment, bool (*pick)(const struct setting *),
			  const char *policy, const char *against, bool with_edge)
{
	struct contest c = {0};
	int a = experiment_policy(experiment, policy), b = experiment_policy(experiment, against);
	for (size_t i = 0; a >= 0 && b >= 0 && i < experiment->n_settings; i++)
		if (!pick || pick(&experiment->settings[i]))
			compare_setting(&c, experiment, i, experiment_at(experiment, i, a),
					experiment_at(experiment, i, b), with_edge);
	return c;
}
