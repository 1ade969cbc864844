// SPDX-License-Identifier: BSD-3-Clause
// How long a decision for 1 to 5 users takes, beside the limit of 1 ms: the oracle, and trained agents.
// Median and worst over many decisions in the standard problem at 89 %, conditions A to D in turn.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/clock.h"
#include "base/quantile.h"
#include "edge/online/orchestration/train.h"
#include "edge/policy/orchestration/choose.h"
#include "edge/policy/orchestration/standard.h"
#include "edge/policy/rl/mlp.h"

enum { DECISIONS = 2000, LEARNT = 200, CONDITIONS = 4 };
#define LIMIT_S 1e-3

struct setting {
	struct orch_problem problems[CONDITIONS];
	struct orch_user users[CONDITIONS][ORCH_TABLE_USERS];
	struct orch_world world;
	struct orch_agent *agent; // NULL = the oracle
};

static int decide(struct setting *s, int k)
{
	int action[ORCH_TABLE_USERS];
	const struct orch_problem *p = &s->problems[k % CONDITIONS];
	if (!s->agent)
		return orch_choose(ORCH_ORACLE, p, action, NULL);
	struct orch_state state = orch_observe(p);
	return orch_agent_decide(s->agent, &state, action, NULL);
}

static int teach(struct setting *s, const struct orch_agent_kind *kind)
{
	struct orch_task task;
	struct rng *rng = rng_new(1, 0, RNG_AGENT, 0);
	struct orch_training *t = calloc(1, sizeof(*t));
	int rc = orch_task_of(&task, &s->problems[0], NULL);
	rc = rc < 0 ? rc : orch_agent_open(&s->agent, kind, &task, rng, NULL);
	if (rc == 0 && t) {
		*t = (struct orch_training){.agent = s->agent,
					    .world = &s->world,
					    .interactions = LEARNT,
					    .epsilon_first = 1,
					    .every = LEARNT};
		rc = orch_train(t, rng, NULL);
	}
	free(t);
	rng_free(rng);
	return rc;
}

static int open_setting(struct setting *s, const struct orch_agent_kind *kind, int users)
{
	for (int c = 0; c < CONDITIONS; c++)
		orch_standard(&s->problems[c], s->users[c],
			      &(struct orch_standard){users, (char)('A' + c), .89, ORCH_STANDARD_INPUT_BITS});
	s->agent = NULL;
	int rc = orch_world_open(&s->world, s->problems, CONDITIONS, !kind || kind->selects, NULL);
	return rc == 0 && kind ? teach(s, kind) : rc;
}

static void measure(const char *name, const struct orch_agent_kind *kind)
{
	static double took_s[DECISIONS];
	for (int users = 1; users <= ORCH_AGENT_USERS; users++) {
		struct setting s;
		if (open_setting(&s, kind, users) < 0) {
			fprintf(stderr, "%s for %d users cannot be set up\n", name, users);
			continue;
		}
		double worst_s = 0;
		for (int k = 0; k < DECISIONS; k++) {
			int64_t start_ns = clock_now_ns();
			(void)decide(&s, k);
			took_s[k] = ns_to_s(clock_now_ns() - start_ns);
			worst_s = fmax(worst_s, took_s[k]);
		}
		double median_s = quantile(took_s, DECISIONS, .5);
		printf("%-18s %5d %9.2f us %9.2f us %9.4f\n", name, users, median_s * 1e6, worst_s * 1e6,
		       median_s / LIMIT_S);
		orch_agent_close(s.agent);
	}
}

int main(void)
{
	int threads = mlp_single_thread();
	printf("%-18s %5s %12s %12s %9s\n", "policy", "users", "median", "worst", "of 1 ms");
	measure("oracle", NULL);
	for (const struct orch_agent_kind *const *kind = orch_agent_kinds(); *kind; kind++)
		measure((*kind)->name, *kind);
	mlp_restore_threads(threads);
	return 0;
}
