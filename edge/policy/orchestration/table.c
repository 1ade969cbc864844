// SPDX-License-Identifier: BSD-3-Clause
#include "edge/policy/orchestration/table.h"

#include <math.h>
#include <string.h>

static bool same_numbers(const double *a, const double *b, int n)
{
	return memcmp(a, b, (size_t)n * sizeof(*a)) == 0;
}

static bool are_alike(const struct orch_user *a, const struct orch_user *b)
{
	int n = a->n_variants;
	return b->n_variants == n && same_numbers(a->accuracy, b->accuracy, n) &&
	       same_numbers(a->device_s, b->device_s, n) && same_numbers(&a->edge_s, &b->edge_s, 1) &&
	       same_numbers(&a->cloud_s, &b->cloud_s, 1) &&
	       same_numbers(&a->device_free_s, &b->device_free_s, 1) && same_numbers(&a->up_s, &b->up_s, 1) &&
	       same_numbers(&a->down_s, &b->down_s, 1) && same_numbers(&a->wan_s, &b->wan_s, 1) &&
	       same_numbers(&a->wan_back_s, &b->wan_back_s, 1);
}

void orch_table_init(struct orch_table *t, const struct orch_problem *p)
{
	t->n_users = p->n_users;
	t->least_accuracy = p->n_users * (p->threshold - ORCH_ACCURACY_SLACK);
	for (int i = 0; i < p->n_users; i++) {
		t->n_variants[i] = p->users[i].n_variants;
		memcpy(t->accuracy[i], p->users[i].accuracy, sizeof(t->accuracy[i]));
		t->alike[i] = i - 1;
		while (t->alike[i] >= 0 && !are_alike(&p->users[t->alike[i]], &p->users[i]))
			t->alike[i]--;
		for (int v = 0; v < ORCH_MAX_VARIANTS; v++)
			t->local_s[i][v] = INFINITY;
	}
	for (int set = 0; set < 1 << p->n_users; set++)
		t->edge_s[set] = t->cloud_s[set] = set == 0 ? 0 : INFINITY;
}

uint32_t orch_table_set(const struct orch_table *t, uint32_t set)
{
	for (int pass = 0; pass < t->n_users; pass++)
		for (int i = t->n_users - 1; i > 0; i--) {
			uint32_t mine = 1U << i, before = t->alike[i] < 0 ? 0 : 1U << t->alike[i];
			if (before && (set & mine) && !(set & before))
				set ^= mine | before;
		}
	return set;
}

static double sum_on_node(const struct orch_problem *p, uint32_t set, int node)
{
	int action[ORCH_TABLE_USERS];
	struct orch_result result[ORCH_TABLE_USERS];
	double sum_s = 0;
	for (int i = 0; i < p->n_users; i++)
		action[i] = set >> i & 1 ? node : 0;
	orch_evaluate(p, action, result);
	for (int i = 0; i < p->n_users; i++)
		sum_s += set >> i & 1 ? result[i].response_s : 0;
	return sum_s;
}

void orch_table_fill(struct orch_table *t, const struct orch_problem *p)
{
	orch_table_init(t, p);
	for (int v = 0; v < ORCH_MAX_VARIANTS; v++) {
		int action[ORCH_TABLE_USERS];
		struct orch_result result[ORCH_TABLE_USERS];
		for (int i = 0; i < p->n_users; i++)
			action[i] = v < t->n_variants[i] ? v : 0;
		orch_evaluate(p, action, result);
		for (int i = 0; i < p->n_users; i++)
			if (v < t->n_variants[i])
				t->local_s[i][v] = result[i].response_s;
	}
	for (uint32_t set = 1; set < 1U << p->n_users; set++) {
		if (orch_table_set(t, set) != set)
			continue;
		if (p->edge.cores > 0)
			t->edge_s[set] = sum_on_node(p, set, ORCH_EDGE);
		if (p->cloud.cores > 0)
			t->cloud_s[set] = sum_on_node(p, set, ORCH_CLOUD);
	}
}
