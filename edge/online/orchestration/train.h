// SPDX-License-Identifier: BSD-3-Clause
// Training in virtual time on replayed response times: the environment, and the loop around an agent. Pure:
// random streams are handed in.
//
// A step is one request of all users: the agent sees the state, chooses, and is told the response times that
// the model says. The next problem is drawn from the list, so a list of several conditions trains one agent
// for all.
#pragma once

#include "edge/online/orchestration/agent.h"

enum { ORCH_MAX_PROBLEMS = 64, ORCH_EVALUATIONS = 400 };

struct orch_world {
	int n_problems;
	const struct orch_problem *problems; // [n_problems] of one task
	double best_s[ORCH_MAX_PROBLEMS];    // the oracle's mean response times
	bool selects; // false: the oracle's with variant 0 only, what such agents are held to
};

// The problems' oracle. Refuses problems of different tasks. 0, or -EINVAL with a sentence.
int orch_world_open(struct orch_world *w, const struct orch_problem problems[], int n, bool selects,
		    struct err *err);

// An agent without exploration, over all problems of the world.
struct orch_score {
	int step;	       // interactions so far
	double mean_s;	       // of the response times
	double worst_loss;     // largest loss to the oracle of a problem, relative
	double least_accuracy; // of a problem's choice
	bool accurate;	       // every choice reaches the threshold
};
int orch_score(struct orch_agent *a, const struct orch_world *w, struct orch_score *score, struct err *err);

struct orch_training {
	struct orch_agent *agent;
	const struct orch_world *world;
	int interactions;
	double epsilon_first, epsilon_last; // falls linearly over the first two thirds
	int every;			    // interactions between two scores
	// Filled: scores in turn, the first one before anything is learnt.
	struct orch_score score[ORCH_EVALUATIONS];
	int n_scores;
};

// `every` such that the scores fit.
int orch_training_every(int interactions);

// 0, or a negative errno with a sentence. Call it on one thread (mlp_single_thread).
int orch_train(struct orch_training *t, struct rng *rng, struct err *err);

// The interactions after which no score was worse than the oracle by more than most_loss; -1 = none.
int orch_converged(const struct orch_training *t, double most_loss);
