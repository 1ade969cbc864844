// SPDX-License-Identifier: BSD-3-Clause
#include "tools/report/savings.h"

#include <math.h>
#include <stdlib.h>

#include "records/summary.h"
#include "tools/report/measure.h"

static bool are_equal(const json_t *a, const json_t *b)
{
	return a == b || (a && b && json_equal(a, b));
}

// Whether the UEs stand at the same places. Runs of older versions that have no list of UEs do.
static bool same_places(const struct run_directory *a, const struct run_directory *b)
{
	static const char *const keys[] = {"distance_m", "gain_db", "angle_deg"};
	const json_t *x = json_object_get(json_object_get(json_object_get(a->summary, "topology"), "ues"),
					  "list"),
		     *y = json_object_get(json_object_get(json_object_get(b->summary, "topology"), "ues"),
					  "list");
	if (json_array_size(x) != json_array_size(y))
		return false;
	for (size_t i = 0; i < json_array_size(x); i++)
		for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++)
			if (!are_equal(json_object_get(json_array_get(x, i), keys[k]),
				       json_object_get(json_array_get(y, i), keys[k])))
				return false;
	return true;
}

static double number_of(const struct run_directory *r, const char *key)
{
	return summary_number(json_object_get(r->summary, "topology"), key, NULL, NULL);
}

static bool same_world(const struct run_directory *a, const struct run_directory *b)
{
	return number_of(a, "seed") == number_of(b, "seed") && number_of(a, "run") == number_of(b, "run") &&
	       same_places(a, b);
}

// The partner of run r of a group: where several runs have the same seed and number, the same one in turn.
static const struct run_directory *partner(const struct group *group, size_t r, const struct group *base)
{
	size_t before = 0;
	for (size_t i = 0; i < r; i++)
		before += same_world(group->runs[i], group->runs[r]);
	for (size_t i = 0; i < base->n_runs; i++)
		if (same_world(base->runs[i], group->runs[r]) && before-- == 0)
			return base->runs[i];
	return NULL;
}

// Fills savings[n_runs] in per cent; how many pairs there are.
static size_t compare(const struct group *group, const struct group *base, double *savings)
{
	size_t n = 0;
	for (size_t r = 0; r < group->n_runs; r++) {
		const struct run_directory *other = partner(group, r, base);
		double percent = other ? 100 * (1 - run_mean(group->runs[r], figure_energy_mj) /
							run_mean(other, figure_energy_mj))
				       : NAN;
		if (isfinite(percent))
			savings[n++] = percent;
	}
	return n;
}

static const struct group *base_of(const struct groups *g, int i, double *savings)
{
	const struct group *x = &g->group[i];
	int others = 0;
	for (int k = 0; k < g->n; k++)
		others +=
		    k != i && g->group[k].setting == x->setting && g->group[k].simulated == x->simulated;
	for (int k = 0; k < g->n; k++) {
		const struct group *base = &g->group[k];
		bool fits = base->simulated == x->simulated && (others == 0 || base->setting == x->setting);
		if (fits && (k == i || others > 0 || compare(x, base, savings) > 0))
			return base;
	}
	return x;
}

struct saving group_saving(const struct groups *g, int i)
{
	struct group *x = &g->group[i];
	double *savings = calloc(x->n_runs + 1, sizeof(*savings));
	struct saving s = {.percent = estimate_of(NULL, 0)};
	if (!savings)
		return s;
	const struct group *base = base_of(g, i, savings);
	if (base != x) {
		s.base = base;
		s.pairs = compare(x, base, savings);
		s.percent = estimate_of(savings, s.pairs);
	}
	free(savings);
	return s;
}
