// SPDX-License-Identifier: BSD-3-Clause
// Orchestration as policies. Response times count: deadlines are not looked at, and who misses one is
// reported as infeasible. More than ORCH_TABLE_USERS jobs are planned so many at a time, and each such group
// keeps the threshold.
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include "edge/policy/builtin.h"
#include "edge/policy/orchestration/choose.h"
#include "edge/policy/orchestration/round_private.h"
#include "edge/policy/write.h"

const struct policy_parameter orch_parameters[] = {
    [ORCH_THRESHOLD] = {"threshold", "", 0, 0, 1, "least mean accuracy of the jobs of a round, 0 = none"},
    [ORCH_SELECTION] = {"selection", "switch", 1, 0, 1, "devices may run the variants of a job's network"},
    {0},
};

// More jobs than are searched at once: the next ones of the list, those after it see the nodes as these leave
// them.
static int choose_some(struct orch_round *r, enum orch_strategy strategy, struct orch_problem *rest,
		       int first, struct err *err)
{
	struct orch_result result[ORCH_TABLE_USERS];
	rest->users = r->users + first;
	rest->n_users = r->problem.n_users - first;
	if (rest->n_users > ORCH_TABLE_USERS)
		rest->n_users = ORCH_TABLE_USERS;
	int rc = orch_choose(strategy, rest, r->action + first, err);
	if (rc < 0)
		return rc;
	orch_evaluate(rest, r->action + first, result);
	for (int i = 0; i < rest->n_users; i++) {
		int action = r->action[first + i];
		struct orch_node *node = action == ORCH_EDGE ? &rest->edge : &rest->cloud;
		if (action >= ORCH_EDGE)
			*orch_first_free(node) = result[i].start_s + result[i].exec_s;
	}
	return 0;
}

static int choose(struct orch_round *r, enum orch_strategy strategy, struct err *err)
{
	struct orch_problem rest = r->problem;
	if (strategy != ORCH_ORACLE && strategy != ORCH_NO_SELECTION)
		return orch_choose(strategy, &r->problem, r->action, err);
	int rc = 0;
	for (int first = 0; rc == 0 && first < r->problem.n_users; first += ORCH_TABLE_USERS)
		rc = choose_some(r, strategy, &rest, first, err);
	return rc;
}

// When the runs on servers start. Ties at the edge go by this order; at the WAN by the snapshot's, as
// plan_predict has it.
static int time_runs(struct orch_round *r, struct err *err)
{
	size_t n = (size_t)r->problem.n_users + 1;
	struct orch_result *result = calloc(n, sizeof(*result));
	struct orch_user *users = calloc(n, sizeof(*users));
	int *action = calloc(n, sizeof(*action));
	struct orch_problem by_job = r->problem;
	by_job.users = users;
	int rc =
	    result && users && action ? 0 : err_set(err, ENOMEM, "no memory to orchestrate %zu jobs", n - 1);
	if (rc == 0)
		orch_evaluate(&r->problem, r->action, result);
	for (int k = 0; rc == 0 && k < r->problem.n_users; k++) {
		r->start_s[k] = result[k].start_s;
		users[r->job[k]] = r->users[k];
		action[r->job[k]] = r->action[k];
	}
	if (rc == 0)
		orch_evaluate(&by_job, action, result);
	for (int k = 0; rc == 0 && k < r->problem.n_users; k++)
		if (r->action[k] == ORCH_CLOUD)
			r->start_s[k] = result[r->job[k]].start_s;
	free(result);
	free(users);
	free(action);
	return rc;
}

static void write_job(const struct orch_round *r, int k, struct plan *plan)
{
	const struct snapshot *s = r->snapshot;
	int m = r->job[k], action = r->action[k], server = action == ORCH_CLOUD;
	struct plan_job *out = &plan->jobs[m];
	out->network = r->network[k][action < ORCH_EDGE ? action : 0];
	const struct snapshot_network *net = &s->networks[out->network];
	if (action < ORCH_EDGE) {
		bool works = !s->jobs[m].device_s && r->users[k].device_s[action] > 0;
		out->cut = net->n_subtasks;
		out->freq_flops = works ? s->jobs[m].device.f_max_flops : 0;
		return;
	}
	double start_s = r->start_s[k];
	out->cut = 0;
	out->server = server;
	out->group = k;
	for (int n = 0; n < net->n_subtasks; n++) {
		write_batch(plan, out->network, n, k, start_s)->server = server;
		write_member(plan, m);
		start_s += snapshot_server_batch_s(s, server, out->network, n, 1);
	}
}

static int plan_round(struct orch_round *r, enum orch_strategy strategy, struct plan *plan, struct err *err)
{
	if (strategy == ORCH_CLOUD_ONLY && r->snapshot->n_servers < 2)
		strategy = ORCH_EDGE_ONLY;
	int rc = choose(r, strategy, err);
	for (int k = 0; rc == 0 && k < r->snapshot->n_jobs; k++)
		if (r->action[k] >= ORCH_EDGE && !isfinite(r->users[k].up_s))
			r->action[k] = 0; // no coverage
	rc = rc < 0 ? rc : time_runs(r, err);
	for (int k = 0; rc == 0 && k < r->snapshot->n_jobs; k++)
		write_job(r, k, plan);
	return rc;
}

static int plan_as(enum orch_strategy strategy, const struct policy *self, const struct snapshot *snapshot,
		   struct plan *plan, struct err *err)
{
	struct orch_round r;
	int rc = orch_round_open(&r, snapshot, self->parameters ? self->value[ORCH_THRESHOLD] : 0, err);
	rc = rc < 0 ? rc : plan_round(&r, strategy, plan, err);
	orch_round_close(&r);
	return rc;
}

int plan_orch_oracle(const struct policy *self, const struct snapshot *snapshot, struct plan *plan,
		     struct err *err)
{
	bool selects = self->value[ORCH_SELECTION] > 0;
	return plan_as(selects ? ORCH_ORACLE : ORCH_NO_SELECTION, self, snapshot, plan, err);
}

int plan_orch_device_only(const struct policy *self, const struct snapshot *snapshot, struct plan *plan,
			  struct err *err)
{
	return plan_as(ORCH_DEVICE_ONLY, self, snapshot, plan, err);
}

int plan_orch_edge_only(const struct policy *self, const struct snapshot *snapshot, struct plan *plan,
			struct err *err)
{
	return plan_as(ORCH_EDGE_ONLY, self, snapshot, plan, err);
}

int plan_orch_cloud_only(const struct policy *self, const struct snapshot *snapshot, struct plan *plan,
			 struct err *err)
{
	return plan_as(ORCH_CLOUD_ONLY, self, snapshot, plan, err);
}
