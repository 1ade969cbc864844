// SPDX-License-Identifier: BSD-3-Clause
#include "edge/online/orchestration/state.h"

#include <errno.h>
#include <string.h>
#include "edge/policy/orchestration/choose.h"

static bool same_variants(const struct orch_user *a, const struct orch_user *b)
{
	return a->n_variants == b->n_variants &&
	       memcmp(a->accuracy, b->accuracy, (size_t)a->n_variants * sizeof(a->accuracy[0])) == 0;
}

int orch_task_of(struct orch_task *task, const struct orch_problem *p, struct err *err)
{
	if (p->n_users > ORCH_AGENT_USERS)
		return err_set(err, EINVAL, "%d users: agents are for 1 to %d", p->n_users, ORCH_AGENT_USERS);
	if (p->edge.cores < 1 || p->cloud.cores < 1)
		return err_set(err, EINVAL, "there is no %s: agents choose between device, edge and cloud",
			       p->edge.cores < 1 ? "edge" : "cloud");
	for (int i = 1; i < p->n_users; i++)
		if (!same_variants(&p->users[0], &p->users[i]))
			return err_set(err, EINVAL,
				       "users[%d] has other variants than users[0]: agents are for equal "
				       "devices",
				       i);
	int rc = orch_check_threshold(p, err);
	if (rc < 0)
		return rc;
	*task = (struct orch_task){.users = p->n_users,
				   .n_variants = p->users[0].n_variants,
				   .threshold = p->threshold,
				   .worst_s = 2 * orch_slowest_fixed_s(p)};
	memcpy(task->accuracy, p->users[0].accuracy, sizeof(task->accuracy));
	return 0;
}

static int level_of(const struct orch_node *node, double now_s)
{
	int taken = 0;
	for (int c = 0; c < node->cores; c++)
		taken += node->free_s[c] > now_s;
	return taken * (ORCH_LEVELS - 1) / node->cores;
}

struct orch_state orch_observe(const struct orch_problem *p)
{
	struct orch_state state = {
	    .users = p->n_users,
	    .level = {level_of(&p->edge, p->decision_s), level_of(&p->cloud, p->decision_s)}};
	for (int i = 0; i < p->n_users; i++) {
		state.device_busy[i] = p->users[i].device_free_s > p->decision_s;
		state.weak_link[i] = p->users[i].weak_link;
	}
	return state;
}

static unsigned user_bits(const struct orch_state *s, int i)
{
	return (unsigned)s->device_busy[i] | (unsigned)s->memory_busy[i] << 1 |
	       (unsigned)s->weak_link[i] << 2;
}

uint64_t orch_state_key(const struct orch_state *s)
{
	uint64_t key = (uint64_t)s->users;
	for (int i = 0; i < s->users; i++)
		key = key << 3 | user_bits(s, i);
	for (int node = 0; node < 2; node++)
		key = key << 6 | (uint64_t)s->level[node] << 2 | (uint64_t)s->node_memory_busy[node] << 1 |
		      (uint64_t)s->node_weak_link[node];
	return key;
}

int orch_state_features(const struct orch_state *s, float features[])
{
	int n = 0;
	for (int i = 0; i < s->users; i++)
		for (int bit = 0; bit < 3; bit++)
			features[n++] = (float)(user_bits(s, i) >> bit & 1);
	for (int node = 0; node < 2; node++) {
		features[n++] = (float)s->level[node] / (ORCH_LEVELS - 1);
		features[n++] = s->node_memory_busy[node];
		features[n++] = s->node_weak_link[node];
	}
	return n;
}

void orch_state_alike(const struct orch_state *s, int alike[])
{
	for (int i = 0; i < s->users; i++) {
		alike[i] = i - 1;
		while (alike[i] >= 0 && user_bits(s, alike[i]) != user_bits(s, i))
			alike[i]--;
	}
}

// Edge, cloud, device.
static int rank_of(int action)
{
	return action >= ORCH_EDGE ? action - ORCH_EDGE : action + 2;
}

void orch_canonical(const struct orch_state *s, int action[])
{
	int alike[ORCH_AGENT_USERS];
	orch_state_alike(s, alike);
	for (int i = 1; i < s->users; i++)
		for (int k = i; alike[k] >= 0 && rank_of(action[k]) < rank_of(action[alike[k]]);
		     k = alike[k]) {
			int before = action[alike[k]];
			action[alike[k]] = action[k];
			action[k] = before;
		}
}

bool orch_task_allows(const struct orch_task *task, const int action[])
{
	double sum = 0;
	for (int i = 0; i < task->users; i++)
		sum += task->accuracy[action[i] < ORCH_EDGE ? action[i] : 0];
	return sum >= task->users * (task->threshold - ORCH_ACCURACY_SLACK);
}

int orch_joint(int users, const int action[])
{
	int joint = 0;
	for (int i = 0; i < users; i++)
		joint = joint * ORCH_ACTIONS + action[i];
	return joint;
}

void orch_actions(int users, int joint, int action[])
{
	for (int i = users - 1; i >= 0; i--, joint /= ORCH_ACTIONS)
		action[i] = joint % ORCH_ACTIONS;
}

double orch_reward(const struct orch_task *task, const int action[], const struct orch_result result[])
{
	double sum_s = 0;
	if (!orch_task_allows(task, action))
		return -1;
	for (int i = 0; i < task->users; i++)
		sum_s += result[i].response_s;
	return -sum_s / task->users / task->worst_s;
}
