// SPDX-License-Identifier: BSD-3-Clause
#include "tests/unit/edge/orch_lab.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void draw_node(struct rng *rng, struct orch_node *node)
{
	node->cores = 1 + (int)rng_below(rng, 3);
	for (int c = 0; c < node->cores; c++)
		node->free_s[c] = rng_below(rng, 2) ? rng_uniform(rng, 0, .05) : 0;
}

static void draw_user(struct rng *rng, struct orch_user *user, int n_variants)
{
	*user = (struct orch_user){.n_variants = n_variants,
				   .edge_s = rng_uniform(rng, .005, .03),
				   .cloud_s = rng_uniform(rng, .002, .02),
				   .device_free_s = rng_below(rng, 3) ? 0 : rng_uniform(rng, 0, .05),
				   .up_s = rng_uniform(rng, .002, .03),
				   .down_s = rng_uniform(rng, .001, .02),
				   .wan_s = rng_below(rng, 3) ? rng_uniform(rng, 0, .02) : 0,
				   .wan_back_s = rng_uniform(rng, 0, .03)};
	for (int v = 0; v < n_variants; v++) {
		user->accuracy[v] = rng_uniform(rng, .5, 1);
		user->device_s[v] = rng_uniform(rng, .01, .1) * user->accuracy[v];
	}
}

void orch_draw(struct rng *rng, struct orch_problem *p, struct orch_user users[], int n, int n_variants)
{
	*p = (struct orch_problem){.decision_s = rng_uniform(rng, 0, .003),
				   .n_users = n,
				   .users = users,
				   .wan_delay_s = rng_uniform(rng, 0, .03)};
	bool alike = rng_below(rng, 2) == 0;
	for (int i = 0; i < n; i++)
		if (alike && i > 0 && rng_below(rng, 4) > 0)
			users[i] = users[rng_below(rng, (uint64_t)i)];
		else
			draw_user(rng, &users[i], n_variants);
	draw_node(rng, &p->edge);
	if (rng_below(rng, 5) > 0)
		draw_node(rng, &p->cloud);
	p->threshold = rng_below(rng, 4) ? rng_uniform(rng, .5, orch_best_accuracy(p)) : 0;
}

void orch_draw_choice(struct rng *rng, const struct orch_problem *p, int action[])
{
	for (int i = 0; i < p->n_users; i++)
		do
			action[i] = (int)rng_below(rng, ORCH_ACTIONS);
		while (!orch_has_action(p, i, action[i]));
}

struct arrival {
	double at_s;
	int user;
};

static int by_arrival(const void *a, const void *b)
{
	const struct arrival *x = a, *y = b;
	if (x->at_s < y->at_s || x->at_s > y->at_s)
		return x->at_s < y->at_s ? -1 : 1;
	return x->user - y->user;
}

static int by_number(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

// The cores' remaining work, ascending, goes on from arrival to arrival.
static void walk(const struct orch_problem *p, const struct arrival list[], int n, bool cloud,
		 double response_s[])
{
	const struct orch_node *node = cloud ? &p->cloud : &p->edge;
	double work_s[ORCH_MAX_CORES], now_s = 0;
	memcpy(work_s, node->free_s, sizeof(work_s));
	for (int k = 0; k < n; k++) {
		const struct orch_user *user = &p->users[list[k].user];
		for (int c = 0; c < node->cores; c++)
			work_s[c] = fmax(0, work_s[c] - (list[k].at_s - now_s));
		now_s = list[k].at_s;
		qsort(work_s, (size_t)node->cores, sizeof(*work_s), by_number);
		work_s[0] += cloud ? user->cloud_s : user->edge_s;
		response_s[list[k].user] = now_s + work_s[0] + user->down_s + (cloud ? user->wan_back_s : 0);
	}
}

static void through_wan(const struct orch_problem *p, struct arrival list[], int n)
{
	double backlog_s = 0, last_s = 0;
	for (int k = 0; k < n; k++) {
		backlog_s = fmax(0, backlog_s - (list[k].at_s - last_s)) + p->users[list[k].user].wan_s;
		last_s = list[k].at_s;
		list[k].at_s += backlog_s + p->wan_delay_s;
	}
}

void orch_reference(const struct orch_problem *p, const int action[], double response_s[])
{
	for (int node = ORCH_EDGE; node <= ORCH_CLOUD; node++) {
		struct arrival list[ORCH_TABLE_USERS];
		int n = 0;
		for (int i = 0; i < p->n_users; i++)
			if (action[i] == node)
				list[n++] = (struct arrival){p->decision_s + p->users[i].up_s, i};
		if (n == 0)
			continue;
		qsort(list, (size_t)n, sizeof(*list), by_arrival);
		if (node == ORCH_CLOUD)
			through_wan(p, list, n);
		walk(p, list, n, node == ORCH_CLOUD, response_s);
	}
	for (int i = 0; i < p->n_users; i++)
		if (action[i] < ORCH_EDGE)
			response_s[i] =
			    fmax(p->decision_s, p->users[i].device_free_s) + p->users[i].device_s[action[i]];
}

static double mean_s(const struct orch_problem *p, const int action[])
{
	double response_s[ORCH_TABLE_USERS], sum_s = 0;
	orch_reference(p, action, response_s);
	for (int i = 0; i < p->n_users; i++)
		sum_s += response_s[i];
	return sum_s / p->n_users;
}

static bool is_possible(const struct orch_problem *p, const int action[], bool selection)
{
	double sum = 0;
	for (int i = 0; i < p->n_users; i++) {
		bool server = action[i] >= ORCH_EDGE;
		if (!orch_has_action(p, i, action[i]) || (!selection && !server && action[i] > 0))
			return false;
		sum += p->users[i].accuracy[server ? 0 : action[i]];
	}
	return sum / p->n_users >= p->threshold - ORCH_ACCURACY_SLACK;
}

double orch_brute_force_s(const struct orch_problem *p, bool selection)
{
	double best_s = INFINITY;
	int joint = 1, action[ORCH_TABLE_USERS];
	for (int i = 0; i < p->n_users; i++)
		joint *= ORCH_ACTIONS;
	for (int j = 0; j < joint; j++) {
		for (int i = 0, rest = j; i < p->n_users; i++, rest /= ORCH_ACTIONS)
			action[i] = rest % ORCH_ACTIONS;
		if (is_possible(p, action, selection))
			best_s = fmin(best_s, mean_s(p, action));
	}
	return best_s;
}
