// SPDX-License-Identifier: BSD-3-Clause
#include "edge/policy/orchestration/model.h"

#include <math.h>

bool orch_has_action(const struct orch_problem *p, int user, int action)
{
	if (action == ORCH_EDGE)
		return p->edge.cores > 0;
	if (action == ORCH_CLOUD)
		return p->cloud.cores > 0;
	return action >= 0 && action < p->users[user].n_variants;
}

double orch_action_accuracy(const struct orch_user *user, int action)
{
	return user->accuracy[action < ORCH_EDGE ? action : 0];
}

double orch_accuracy(const struct orch_problem *p, const int action[])
{
	double sum = 0;
	for (int i = 0; i < p->n_users; i++)
		sum += orch_action_accuracy(&p->users[i], action[i]);
	return sum / p->n_users;
}

bool orch_is_accurate(const struct orch_problem *p, const int action[])
{
	return orch_accuracy(p, action) >= p->threshold - ORCH_ACCURACY_SLACK;
}

double orch_best_accuracy(const struct orch_problem *p)
{
	double sum = 0;
	for (int i = 0; i < p->n_users; i++) {
		double best = 0;
		for (int v = 0; v < p->users[i].n_variants; v++)
			best = fmax(best, p->users[i].accuracy[v]);
		sum += best;
	}
	return sum / p->n_users;
}

double orch_mean_s(const struct orch_problem *p, const struct orch_result result[])
{
	double sum_s = 0;
	for (int i = 0; i < p->n_users; i++)
		sum_s += result[i].response_s;
	return sum_s / p->n_users;
}

const char *orch_node_text(int action)
{
	return action == ORCH_EDGE ? "edge" : action == ORCH_CLOUD ? "cloud" : "device";
}

static void run_locally(const struct orch_problem *p, int i, int variant, struct orch_result *out)
{
	const struct orch_user *user = &p->users[i];
	*out = (struct orch_result){.queue_s = fmax(0, user->device_free_s - p->decision_s),
				    .exec_s = user->device_s[variant]};
	out->start_s = p->decision_s + out->queue_s;
	out->response_s = out->start_s + out->exec_s;
}

// The user of this action whose upload ends next after that of `last`; -1 at the end.
static int next_uploaded(const struct orch_problem *p, const int action[], int node, int last)
{
	int next = -1;
	for (int i = 0; i < p->n_users; i++) {
		double end_s = p->users[i].up_s;
		if (action[i] != node || (last >= 0 && end_s < p->users[last].up_s) ||
		    (last >= 0 && end_s <= p->users[last].up_s && i <= last))
			continue;
		if (next < 0 || end_s < p->users[next].up_s)
			next = i;
	}
	return next;
}

double *orch_first_free(struct orch_node *node)
{
	double *first = node->free_s;
	for (int c = 1; c < node->cores; c++)
		if (node->free_s[c] < *first)
			first = &node->free_s[c];
	return first;
}

static void serve(const struct orch_problem *p, const int action[], int action_of_node,
		  struct orch_result result[])
{
	bool cloud = action_of_node == ORCH_CLOUD;
	struct orch_node node = cloud ? p->cloud : p->edge;
	double wan_free_s = 0;
	for (int i = next_uploaded(p, action, action_of_node, -1); i >= 0;
	     i = next_uploaded(p, action, action_of_node, i)) {
		const struct orch_user *user = &p->users[i];
		double there_s = p->decision_s + user->up_s, back_s = user->down_s;
		if (cloud) {
			wan_free_s = fmax(wan_free_s, there_s) + user->wan_s;
			there_s = wan_free_s + p->wan_delay_s;
			back_s += user->wan_back_s;
		}
		double *core = orch_first_free(&node);
		double start_s = fmax(*core, there_s), exec_s = cloud ? user->cloud_s : user->edge_s;
		*core = start_s + exec_s;
		result[i] = (struct orch_result){.response_s = *core + back_s,
						 .transfer_s = there_s - p->decision_s + back_s,
						 .queue_s = start_s - there_s,
						 .start_s = start_s,
						 .exec_s = exec_s};
	}
}

void orch_evaluate(const struct orch_problem *p, const int action[], struct orch_result result[])
{
	for (int i = 0; i < p->n_users; i++)
		if (action[i] < ORCH_EDGE)
			run_locally(p, i, action[i], &result[i]);
	serve(p, action, ORCH_EDGE, result);
	serve(p, action, ORCH_CLOUD, result);
}
