// SPDX-License-Identifier: BSD-3-Clause
// The exact search in a table of response times.
#include <math.h>
#include <string.h>
#include "edge/policy/orchestration/table.h"

// What a better choice must save.
#define LEAST_GAIN_S 1e-13
enum { BISECTIONS = 30 };

enum place { ON_EDGE, IN_CLOUD, ON_DEVICE };

struct search {
	const struct orch_table *t;
	enum place place[ORCH_TABLE_USERS];
	int action[ORCH_TABLE_USERS], best_action[ORCH_TABLE_USERS];
	double best_s;
	// Of the division in hand: its users on their devices, and what they must bring.
	int n_local, local[ORCH_TABLE_USERS];
	double nodes_s, need;
	double price;					// of accuracy
	int order[ORCH_TABLE_USERS][ORCH_MAX_VARIANTS]; // of variants, cheapest at that price first
	double rest_s[ORCH_TABLE_USERS + 1], rest_accuracy[ORCH_TABLE_USERS + 1]; // of local[k..]: the least
										  // at that price, the most
};

static double priced_s(const struct search *s, int i, int v)
{
	return s->t->local_s[i][v] - s->price * s->t->accuracy[i][v];
}

static int cheapest(const struct search *s, int i)
{
	int best = 0;
	for (int v = 1; v < s->t->n_variants[i]; v++)
		if (priced_s(s, i, v) < priced_s(s, i, best))
			best = v;
	return best;
}

// What the cheapest variants at the price in hand bring.
static double accuracy_at_price(const struct search *s)
{
	double sum = 0;
	for (int k = 0; k < s->n_local; k++)
		sum += s->t->accuracy[s->local[k]][cheapest(s, s->local[k])];
	return sum;
}

// The price with the best bound: the least at which the cheapest variants are accurate enough.
static void find_price(struct search *s)
{
	double low = 0, high = 1e-3;
	s->price = 0;
	if (s->n_local == 0 || accuracy_at_price(s) >= s->need)
		return;
	for (s->price = high; accuracy_at_price(s) < s->need && high < 1e9; s->price = high)
		high *= 4;
	for (int i = 0; i < BISECTIONS; i++) {
		s->price = (low + high) / 2;
		if (accuracy_at_price(s) < s->need)
			low = s->price;
		else
			high = s->price;
	}
	s->price = high;
}

static void order_variants(struct search *s, int i)
{
	int *order = s->order[i];
	for (int v = 0; v < s->t->n_variants[i]; v++) {
		int at = v;
		while (at > 0 && priced_s(s, i, order[at - 1]) > priced_s(s, i, v)) {
			order[at] = order[at - 1];
			at--;
		}
		order[at] = v;
	}
}

static void prepare_rest(struct search *s)
{
	s->rest_s[s->n_local] = s->rest_accuracy[s->n_local] = 0;
	for (int k = s->n_local - 1; k >= 0; k--) {
		int i = s->local[k];
		double most = 0;
		order_variants(s, i);
		for (int v = 0; v < s->t->n_variants[i]; v++)
			if (isfinite(s->t->local_s[i][v]))
				most = fmax(most, s->t->accuracy[i][v]);
		s->rest_s[k] = s->rest_s[k + 1] + priced_s(s, i, s->order[i][0]);
		s->rest_accuracy[k] = s->rest_accuracy[k + 1] + most;
	}
}

static void keep(struct search *s, double sum_s)
{
	s->best_s = sum_s;
	memcpy(s->best_action, s->action, sizeof(s->best_action));
}

// Variants of local[k..]; sum_s and accuracy are those of everybody before, nodes included in sum_s only.
static void choose_variants(struct search *s, int k, double sum_s, double accuracy)
{
	double bound_s = sum_s + s->rest_s[k] + s->price * (s->need - accuracy);
	if (!(bound_s < s->best_s - LEAST_GAIN_S) || accuracy + s->rest_accuracy[k] < s->need)
		return;
	if (k == s->n_local) {
		if (sum_s < s->best_s - LEAST_GAIN_S)
			keep(s, sum_s);
		return;
	}
	int i = s->local[k], before = s->t->alike[i];
	int least = before >= 0 && s->place[before] == ON_DEVICE ? s->action[before] : 0;
	for (int o = 0; o < s->t->n_variants[i]; o++) {
		int v = s->order[i][o];
		if (v < least || !isfinite(s->t->local_s[i][v]))
			continue;
		s->action[i] = v;
		choose_variants(s, k + 1, sum_s + s->t->local_s[i][v], accuracy + s->t->accuracy[i][v]);
	}
}

static double fastest_s(const struct orch_table *t, int i)
{
	double least_s = INFINITY;
	for (int v = 0; v < t->n_variants[i]; v++)
		least_s = fmin(least_s, t->local_s[i][v]);
	return least_s;
}

// A division of all users is there: set up its knapsack and solve it.
static void divide_done(struct search *s)
{
	uint32_t edge = 0, cloud = 0;
	double least_s = 0;
	s->n_local = 0;
	s->need = s->t->least_accuracy;
	for (int i = 0; i < s->t->n_users; i++) {
		if (s->place[i] == ON_DEVICE) {
			s->local[s->n_local++] = i;
			least_s += fastest_s(s->t, i);
			continue;
		}
		s->action[i] = s->place[i] == ON_EDGE ? ORCH_EDGE : ORCH_CLOUD;
		s->need -= s->t->accuracy[i][0];
		*(s->place[i] == ON_EDGE ? &edge : &cloud) |= 1U << i;
	}
	s->nodes_s = s->t->edge_s[edge] + s->t->cloud_s[orch_table_set(s->t, cloud)];
	if (!(s->nodes_s + least_s < s->best_s - LEAST_GAIN_S))
		return;
	find_price(s);
	prepare_rest(s);
	choose_variants(s, 0, s->nodes_s, 0);
}

static void divide(struct search *s, int i)
{
	if (i == s->t->n_users) {
		divide_done(s);
		return;
	}
	int before = s->t->alike[i];
	enum place first = before >= 0 ? s->place[before] : ON_EDGE;
	for (int place = (int)first; place <= (int)ON_DEVICE; place++) {
		s->place[i] = (enum place)place;
		divide(s, i + 1);
	}
}

double orch_table_solve(const struct orch_table *t, int action[])
{
	struct search s = {.t = t, .best_s = INFINITY};
	divide(&s, 0);
	if (isfinite(s.best_s))
		memcpy(action, s.best_action, (size_t)t->n_users * sizeof(*action));
	return s.best_s;
}
