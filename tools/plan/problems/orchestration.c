// SPDX-License-Identifier: BSD-3-Clause
// Where each user's inference runs, and with which variant: tools/plan/orchestration.h has the keys.
//
// {"policy", "mean_response_s", "accuracy" (mean), "feasible" (it reaches the threshold),
//  "users": [{"action" (0..7 local with that model, 8 edge, 9 cloud), "node", "model", "response_s",
//  "transfer_s" (both ways), "queue_s" (for the device or a core), "exec_s"}, ...]}; response = decision +
//  transfer + queue + exec.
#include "tools/plan/orchestration.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "edge/online/orchestration/agent.h"
#include "edge/policy/orchestration/choose.h"
#include "tools/plan/problems/kinds.h"

struct chosen {
	const struct orchestration *in;
	const char *policy;
	int action[ORCH_TABLE_USERS];
	struct orch_result result[ORCH_TABLE_USERS];
};

static const char *model_of(const struct chosen *c, int user)
{
	return c->in->names[c->action[user] < ORCH_EDGE ? c->action[user] : 0];
}

static json_t *user_json(const struct chosen *c, int i)
{
	const struct orch_result *r = &c->result[i];
	return json_pack("{s:i, s:s, s:s, s:f, s:f, s:f, s:f}", "action", c->action[i], "node",
			 orch_node_text(c->action[i]), "model", model_of(c, i), "response_s", r->response_s,
			 "transfer_s", r->transfer_s, "queue_s", r->queue_s, "exec_s", r->exec_s);
}

static int print_json(const struct chosen *c, FILE *out)
{
	const struct orch_problem *p = &c->in->problem;
	json_t *users = json_array();
	for (int i = 0; i < p->n_users; i++)
		json_array_append_new(users, user_json(c, i));
	json_t *root = json_pack("{s:s, s:f, s:f, s:b, s:o}", "policy", c->policy, "mean_response_s",
				 orch_mean_s(p, c->result), "accuracy", orch_accuracy(p, c->action),
				 "feasible", orch_is_accurate(p, c->action), "users", users);
	bool written = root && json_dumpf(root, out, JSON_COMPACT | JSON_REAL_PRECISION(15)) == 0 &&
		       fputc('\n', out) != EOF;
	json_decref(root);
	return written ? 0 : -EIO;
}

static int print_table(const struct chosen *c, FILE *out)
{
	const struct orch_problem *p = &c->in->problem;
	fprintf(out, "%s: mean response %.6g ms, mean accuracy %.4g, %s\n", c->policy,
		orch_mean_s(p, c->result) * 1e3, orch_accuracy(p, c->action),
		orch_is_accurate(p, c->action) ? "accurate enough" : "NOT accurate enough");
	fprintf(out, "%-6s %-7s %-10s %12s %12s %10s %12s\n", "user", "node", "model", "response ms",
		"transfer ms", "queue ms", "execution ms");
	for (int i = 0; i < p->n_users; i++) {
		const struct orch_result *r = &c->result[i];
		char ue[16];
		snprintf(ue, sizeof(ue), "ue%d", i + 1);
		fprintf(out, "%-6s %-7s %-10s %12.4f %12.4f %10.4f %12.4f\n", ue,
			orch_node_text(c->action[i]), model_of(c, i), r->response_s * 1e3,
			r->transfer_s * 1e3, r->queue_s * 1e3, r->exec_s * 1e3);
	}
	return ferror(out) ? -EIO : 0;
}

static int read(void **problem, const struct field *document)
{
	struct orchestration *out = malloc(sizeof(*out));
	*problem = NULL;
	int rc = out ? orchestration_read(out, document) : err_set(document->err, ENOMEM, "no memory");
	if (rc < 0)
		free(out);
	else
		*problem = out;
	return rc;
}

static int ask_agent(struct chosen *c, const char *path, struct err *err)
{
	const struct orch_problem *p = &c->in->problem;
	const struct orch_agent_kind *kind = c->policy ? orch_agent_kind_find(c->policy, err) : NULL;
	struct orch_agent *agent;
	struct orch_task task;
	int rc = orch_agent_load(&agent, path, err);
	if (rc < 0)
		return rc;
	rc = orch_task_of(&task, p, err);
	rc = rc < 0 ? rc : orch_agent_fits(agent, kind, &task, false, err);
	if (rc < 0)
		err_prefix(err, "%s", path);
	c->policy = orch_agent_kind_of(agent)->name;
	struct orch_state state = orch_observe(p);
	rc = rc < 0 ? rc : orch_agent_decide(agent, &state, c->action, err);
	orch_agent_close(agent);
	return rc;
}

// By the agent that is given, or by rule.
static int choose(struct chosen *c, const char *agent, struct err *err)
{
	enum orch_strategy strategy;
	bool learns = c->policy && orch_agent_kind_find(c->policy, NULL);
	if (agent && c->policy && !learns)
		return err_set(err, EINVAL,
			       "--agent has no effect on '%.60s': give it to a policy that learns",
			       c->policy);
	if (agent)
		return ask_agent(c, agent, err);
	if (learns)
		return err_set(
		    err, EINVAL,
		    "the policy %s needs a trained agent: give --agent FILE (airbatch train --instance "
		    "makes one)",
		    c->policy);
	c->policy = c->policy ? c->policy : "oracle";
	int rc = orch_strategy_find(c->policy, &strategy, err);
	return rc < 0 ? rc : orch_choose(strategy, &c->in->problem, c->action, err);
}

static int answer(const void *problem, const struct plan_question *question, struct err *err)
{
	struct chosen c = {.in = problem, .policy = question->policy};
	if (choose(&c, question->agent, err) < 0)
		return PLAN_WRONG_INPUT;
	orch_evaluate(&c.in->problem, c.action, c.result);
	if ((question->json ? print_json : print_table)(&c, question->out) == 0)
		return PLAN_DONE;
	err_sys(err, EIO, "writing the answer");
	return PLAN_FAILED;
}

const struct problem_kind problem_orchestration = {
    "orchestration", "device, edge or cloud for each user, and which variant of the network", read, answer,
    free};
