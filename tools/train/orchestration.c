// SPDX-License-Identifier: BSD-3-Clause
#include "tools/train/orchestration.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/log.h"
#include "base/output.h"
#include "edge/online/orchestration/train.h"
#include "edge/policy/rl/format.h"
#include "edge/policy/rl/mlp.h"
#include "tools/plan/orchestration.h"
#include "tools/plan/problems/kinds.h"

#define CURVE_HEADER "interactions,mean_response_ms,worst_loss,least_accuracy"
#define EPSILON_FIRST 1.
#define EPSILON_ANEW .3 // of an agent that goes on
#define EPSILON_LAST .05
#define MOST_LOSS .01 // counts as converged

struct class
{
	struct written_problem files[TRAIN_MAX_INSTANCES];
	struct orch_problem problems[TRAIN_MAX_INSTANCES];
	int n_files;
	struct orch_world world;
	struct orch_task task;
	struct orch_agent *agent;
	struct rng *rng;
	struct orch_training training;
};

static int read_instances(struct class *c, const struct train_orchestration *t, struct err *err)
{
	for (int i = 0; i < t->n_instances; i++) {
		int rc = written_problem_read(&c->files[i], t->instances[i], err);
		if (rc < 0)
			return rc;
		c->n_files++;
		if (c->files[i].kind != &problem_orchestration)
			return err_set(err, EINVAL,
				       "%s is a problem of %s: agents are trained for orchestration",
				       t->instances[i], c->files[i].kind->name);
		c->problems[i] = ((const struct orchestration *)c->files[i].content)->problem;
	}
	int rc = orch_world_open(&c->world, c->problems, t->n_instances, t->kind->selects, err);
	return rc < 0 ? rc : orch_task_of(&c->task, &c->problems[0], err);
}

static int open_agent(struct class *c, const struct train_orchestration *t, struct err *err)
{
	c->rng = rng_new(t->seed, 0, RNG_AGENT, 0);
	if (!c->rng)
		return err_set(err, ENOMEM, "no memory");
	if (!t->from)
		return orch_agent_open(&c->agent, t->kind, &c->task, c->rng, err);
	int rc = orch_agent_load(&c->agent, t->from, err);
	if (rc < 0)
		return rc;
	rc = orch_agent_fits(c->agent, t->kind, &c->task, true, err);
	if (rc < 0)
		err_prefix(err, "%s", t->from);
	return rc;
}

static int prepare(struct class *c, const struct train_orchestration *t, struct err *err)
{
	int rc = output_file(t->out, FORMAT_MAGIC, "agent", "--out", err);
	if (rc == 0 && t->curve)
		rc = output_file(t->curve, CURVE_HEADER, "training curve", "--curve", err);
	rc = rc < 0 ? rc : read_instances(c, t, err);
	return rc < 0 ? rc : open_agent(c, t, err);
}

static int learn(struct class *c, const struct train_orchestration *t, struct err *err)
{
	int interactions = t->interactions > 0 ? t->interactions : t->kind->interactions[c->task.users - 1];
	c->training =
	    (struct orch_training){.agent = c->agent,
				   .world = &c->world,
				   .interactions = interactions * (t->interactions > 0 ? 1 : t->n_instances),
				   .epsilon_first = t->from ? EPSILON_ANEW : EPSILON_FIRST,
				   .epsilon_last = EPSILON_LAST};
	c->training.every = orch_training_every(c->training.interactions);
	int threads = mlp_single_thread();
	int rc = orch_train(&c->training, c->rng, err);
	mlp_restore_threads(threads);
	return rc;
}

static int write_curve(const struct orch_training *t, const char *path, struct err *err)
{
	FILE *f = fopen(path, "we");
	if (!f)
		return err_sys(err, errno, "cannot write %s", path);
	fputs(CURVE_HEADER "\n", f);
	for (int i = 0; i < t->n_scores; i++) {
		const struct orch_score *s = &t->score[i];
		fprintf(f, "%d,%.9g,%.9g,%.9g\n", s->step, 1e3 * s->mean_s, s->worst_loss, s->least_accuracy);
	}
	int failed = ferror(f);
	return fclose(f) != 0 || failed ? err_set(err, EIO, "cannot write %s", path) : 0;
}

static void report(const struct class *c, const struct train_orchestration *t)
{
	const struct orch_score *last = &c->training.score[c->training.n_scores - 1];
	int converged = orch_converged(&c->training, MOST_LOSS);
	printf("%s: %s after %d interactions: mean response %.4g ms, least mean accuracy %.4g, at most %.2f "
	       "%% above "
	       "the best choice\n",
	       t->out, t->kind->name, c->training.interactions, 1e3 * last->mean_s, last->least_accuracy,
	       100 * last->worst_loss);
	if (converged >= 0)
		printf("within %g %% of it from interaction %d on\n", 100 * MOST_LOSS, converged);
	else
		printf("NOT within %g %% of it\n", 100 * MOST_LOSS);
}

static int finish(const struct class *c, const struct train_orchestration *t, struct err *err)
{
	int rc = orch_agent_save(c->agent, t->out, err);
	rc = rc == 0 && t->curve ? write_curve(&c->training, t->curve, err) : rc;
	if (rc == 0 && !t->quiet)
		report(c, t);
	return rc;
}

static void close_class(struct class *c)
{
	orch_agent_close(c->agent);
	rng_free(c->rng);
	for (int i = 0; i < c->n_files; i++)
		written_problem_free(&c->files[i]);
	free(c);
}

static int complain(int status, const struct err *err)
{
	log_error("%s", err->text);
	return status;
}

int train_orchestration(const struct train_orchestration *t)
{
	struct err err = {""};
	struct class *c = calloc(1, sizeof(*c));
	if (!c) {
		err_set(&err, ENOMEM, "no memory");
		return complain(1, &err);
	}
	int rc = prepare(c, t, &err), status = rc == -ENOMEM ? 1 : rc < 0 ? 2 : 0;
	if (rc == 0) {
		rc = learn(c, t, &err);
		rc = rc < 0 ? rc : finish(c, t, &err);
		status = rc < 0;
	}
	close_class(c);
	return status ? complain(status, &err) : 0;
}
