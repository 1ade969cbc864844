// SPDX-License-Identifier: BSD-3-Clause
#include "tests/unit/edge/orch_school.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "edge/policy/rl/mlp.h"

static void set_problem(struct school *s, int users, char condition, double threshold)
{
	struct err err = {""};
	const struct orch_agent_kind *kind = s->agent ? orch_agent_kind_of(s->agent) : NULL;
	orch_standard(&s->p, s->users,
		      &(struct orch_standard){users, condition, threshold, ORCH_STANDARD_INPUT_BITS});
	if (orch_world_open(&s->world, &s->p, 1, !kind || kind->selects, &err) < 0 ||
	    orch_task_of(&s->task, &s->p, &err) < 0)
		fail_msg("%s", err.text);
}

void school_open(struct school *s, const char *kind_name, int users, char condition, double threshold,
		 uint64_t seed)
{
	struct err err = {""};
	const struct orch_agent_kind *kind = orch_agent_kind_find(kind_name, &err);
	struct rng *rng = rng_new(seed, 0, RNG_AGENT, 0);
	s->agent = NULL;
	set_problem(s, users, condition, threshold);
	if (!kind || !rng || orch_agent_open(&s->agent, kind, &s->task, rng, &err) < 0)
		fail_msg("%s", err.text);
	rng_free(rng);
	set_problem(s, users, condition, threshold);
}

void school_close(struct school *s)
{
	orch_agent_close(s->agent);
	s->agent = NULL;
}

void school_move(struct school *s, char condition, double threshold)
{
	struct err err = {""};
	set_problem(s, s->task.users, condition, threshold);
	if (orch_agent_fits(s->agent, NULL, &s->task, true, &err) < 0)
		fail_msg("%s", err.text);
}

void school_train(struct school *s, int interactions, uint64_t seed)
{
	struct err err = {""};
	struct rng *rng = rng_new(seed, 0, RNG_EXPLORATION, 0);
	int steps =
	    interactions > 0 ? interactions : orch_agent_kind_of(s->agent)->interactions[s->task.users - 1];
	s->training = (struct orch_training){.agent = s->agent,
					     .world = &s->world,
					     .interactions = steps,
					     .epsilon_first = 1,
					     .epsilon_last = .05,
					     .every = orch_training_every(steps)};
	int threads = mlp_single_thread();
	if (!rng || orch_train(&s->training, rng, &err) < 0)
		fail_msg("%s", err.text);
	mlp_restore_threads(threads);
	rng_free(rng);
}

const struct orch_score *school_score(const struct school *s)
{
	return &s->training.score[s->training.n_scores - 1];
}
