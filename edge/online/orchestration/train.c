// SPDX-License-Identifier: BSD-3-Clause
#include "edge/online/orchestration/train.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include "edge/policy/orchestration/choose.h"

#define EXPLORING_SHARE (2. / 3)

static int check_same_task(const struct orch_problem *first, const struct orch_problem *p, int i,
			   struct err *err)
{
	struct orch_task a, b;
	int rc = orch_task_of(&a, first, err);
	rc = rc < 0 ? rc : orch_task_of(&b, p, err);
	if (rc < 0)
		return rc;
	bool same = a.users == b.users && a.n_variants == b.n_variants &&
		    fabs(a.threshold - b.threshold) <= ORCH_ACCURACY_SLACK &&
		    memcmp(a.accuracy, b.accuracy, sizeof(a.accuracy)) == 0;
	return same ? 0
		    : err_set(err, EINVAL,
			      "problem %d has other users, models or another threshold than the first: an "
			      "agent is for one task",
			      i + 1);
}

int orch_world_open(struct orch_world *w, const struct orch_problem problems[], int n, bool selects,
		    struct err *err)
{
	*w = (struct orch_world){.n_problems = n, .problems = problems, .selects = selects};
	if (n < 1 || n > ORCH_MAX_PROBLEMS)
		return err_set(err, EINVAL, "%d problems: must be 1 to %d", n, ORCH_MAX_PROBLEMS);
	for (int i = 0; i < n; i++) {
		int action[ORCH_TABLE_USERS];
		struct orch_result result[ORCH_TABLE_USERS];
		int rc = check_same_task(&problems[0], &problems[i], i, err);
		rc = rc < 0
			 ? rc
			 : orch_choose(selects ? ORCH_ORACLE : ORCH_NO_SELECTION, &problems[i], action, err);
		if (rc < 0)
			return rc;
		orch_evaluate(&problems[i], action, result);
		w->best_s[i] = orch_mean_s(&problems[i], result);
	}
	return 0;
}

int orch_score(struct orch_agent *a, const struct orch_world *w, struct orch_score *score, struct err *err)
{
	*score = (struct orch_score){.least_accuracy = 1, .accurate = true};
	for (int i = 0; i < w->n_problems; i++) {
		const struct orch_problem *p = &w->problems[i];
		struct orch_state state = orch_observe(p);
		struct orch_result result[ORCH_AGENT_USERS];
		int action[ORCH_AGENT_USERS];
		int rc = orch_agent_decide(a, &state, action, err);
		if (rc < 0)
			return rc;
		orch_evaluate(p, action, result);
		double mean_s = orch_mean_s(p, result);
		score->mean_s += mean_s / w->n_problems;
		score->worst_loss = fmax(score->worst_loss, mean_s / w->best_s[i] - 1);
		score->least_accuracy = fmin(score->least_accuracy, orch_accuracy(p, action));
		score->accurate = score->accurate && orch_is_accurate(p, action);
	}
	return 0;
}

int orch_training_every(int interactions)
{
	return interactions / (ORCH_EVALUATIONS - 2) + 1;
}

static double epsilon_at(const struct orch_training *t, int step)
{
	double share = fmin(1, step / (EXPLORING_SHARE * t->interactions));
	return t->epsilon_first + share * (t->epsilon_last - t->epsilon_first);
}

static int keep_score(struct orch_training *t, int step, struct err *err)
{
	if (t->n_scores == ORCH_EVALUATIONS)
		return 0;
	struct orch_score *score = &t->score[t->n_scores++];
	int rc = orch_score(t->agent, t->world, score, err);
	score->step = step;
	return rc;
}

static int interact(struct orch_training *t, int step, const struct orch_problem *p,
		    const struct orch_problem *next, struct rng *rng, struct err *err)
{
	struct orch_state now = orch_observe(p), then = orch_observe(next);
	struct orch_result result[ORCH_AGENT_USERS];
	int action[ORCH_AGENT_USERS];
	int rc = orch_agent_try(t->agent, &now, epsilon_at(t, step), rng, action, err);
	if (rc < 0)
		return rc;
	orch_evaluate(p, action, result);
	struct orch_step seen = {.state = &now,
				 .next = &then,
				 .action = action,
				 .result = result,
				 .reward = orch_reward(orch_agent_task(t->agent), action, result)};
	return orch_agent_learn(t->agent, &seen, (double)step / t->interactions, rng, err);
}

int orch_train(struct orch_training *t, struct rng *rng, struct err *err)
{
	const struct orch_world *w = t->world;
	const struct orch_problem *p = &w->problems[0];
	t->n_scores = 0;
	int rc = keep_score(t, 0, err);
	for (int step = 0; rc == 0 && step < t->interactions; step++) {
		const struct orch_problem *next = &w->problems[rng_below(rng, (uint64_t)w->n_problems)];
		rc = interact(t, step, p, next, rng, err);
		bool due = (step + 1) % t->every == 0 || step + 1 == t->interactions;
		rc = rc == 0 && due ? keep_score(t, step + 1, err) : rc;
		p = next;
	}
	return rc;
}

int orch_converged(const struct orch_training *t, double most_loss)
{
	int from = -1;
	for (int i = t->n_scores - 1; i >= 0 && t->score[i].worst_loss <= most_loss && t->score[i].accurate;
	     i--)
		from = t->score[i].step;
	return from;
}
