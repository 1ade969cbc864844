// SPDX-License-Identifier: BSD-3-Clause
// dqn-orch: deep Q-learning (Mnih et al. 2015) with replay memory and target network. The network sees the
// state's features. For up to three users it has one output for each joint choice; for more a factored head,
// a deviation: Q(s, a) = sum over the users of Q_i(s, a_i), whose best allowed choice is found by
// orch_table_solve. Users who are alike have one order (state.h), so Q_i is the value of a role, not of a
// person.
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "edge/online/orchestration/agent_private.h"
#include "edge/policy/rl/learner.h"
#include "edge/policy/rl/replay.h"

#define GAMMA .1
#define TAU .02
#define FIRST_RATE 2e-3
#define LAST_RATE 1e-4
#define LAST_BOUND 3e-3
enum { HIDDEN = 64, BATCH = 32, MEMORY = 4096, JOINT_USERS = 3, JOINTS = 1000 };

struct dqn {
	struct learner net;
	struct replay replay;
	struct replay_batch batch;
	int n_obs, n_out;
	float wanted[BATCH];
	float row[BATCH * (ORCH_MAX_FEATURES + ORCH_AGENT_USERS)],
	    after[BATCH * (ORCH_MAX_FEATURES + ORCH_AGENT_USERS)], outcome[BATCH * 2];
};

static bool is_factored(const struct orch_task *task)
{
	return task->users > JOINT_USERS;
}

static int dqn_open(struct orch_agent *a, struct rng *rng, struct err *err)
{
	struct dqn *d = a->own = calloc(1, sizeof(*d));
	if (!d)
		return err_set(err, ENOMEM, "no memory for an agent");
	int users = a->task.users;
	d->n_obs = 3 * users + 6;
	d->n_out = is_factored(&a->task) ? users * ORCH_ACTIONS : 1;
	for (int i = 0; !is_factored(&a->task) && i < users; i++)
		d->n_out *= ORCH_ACTIONS;
	d->batch = (struct replay_batch){BATCH, d->row, d->after, d->outcome};
	const struct mlp net = {3, {d->n_obs, HIDDEN, HIDDEN, d->n_out}, false};
	int rc = learner_open(&d->net, &net, BATCH, err);
	rc = rc < 0 ? rc : replay_open(&d->replay, MEMORY, d->n_obs, users, err);
	if (rc == 0 && rng)
		learner_init(&d->net, LAST_BOUND, rng);
	return rc;
}

static void dqn_close(struct orch_agent *a)
{
	struct dqn *d = a->own;
	if (d) {
		learner_close(&d->net);
		replay_close(&d->replay);
	}
	free(d);
}

static bool has_variants(const struct orch_task *task, const int action[])
{
	for (int i = 0; i < task->users; i++)
		if (action[i] < ORCH_EDGE && action[i] >= task->n_variants)
			return false;
	return true;
}

// The best allowed canonical choice by one output for each joint choice. Returns its value; not finite = none
// is found.
static double best_joint(const struct orch_task *task, const struct orch_state *state, const float q[],
			 int n_out, int action[])
{
	int best = -1;
	for (int j = 0; j < n_out; j++) {
		int tried[ORCH_AGENT_USERS];
		if (best >= 0 && q[j] <= q[best])
			continue;
		orch_actions(task->users, j, tried);
		if (!has_variants(task, tried) || !orch_task_allows(task, tried))
			continue;
		orch_canonical(state, tried);
		if (orch_joint(task->users, tried) == j)
			best = j;
	}
	if (best < 0)
		return NAN;
	orch_actions(task->users, best, action);
	return (double)q[best];
}

// By ten outputs for each user.
static double best_factored(const struct orch_task *task, const struct orch_state *state, const float q[],
			    int action[])
{
	struct orch_table table;
	table.n_users = task->users;
	table.least_accuracy = task->users * (task->threshold - ORCH_ACCURACY_SLACK);
	orch_state_alike(state, table.alike);
	for (int i = 0; i < task->users; i++) {
		table.n_variants[i] = task->n_variants;
		memcpy(table.accuracy[i], task->accuracy, sizeof(task->accuracy));
		for (int v = 0; v < task->n_variants; v++)
			table.local_s[i][v] = -(double)q[i * ORCH_ACTIONS + v];
	}
	for (uint32_t set = 0; set < 1U << task->users; set++) {
		table.edge_s[set] = table.cloud_s[set] = 0;
		for (int i = 0; i < task->users; i++)
			if (set >> i & 1) {
				table.edge_s[set] -= (double)q[i * ORCH_ACTIONS + ORCH_EDGE];
				table.cloud_s[set] -= (double)q[i * ORCH_ACTIONS + ORCH_CLOUD];
			}
	}
	return -orch_table_solve(&table, action);
}

static double best_of(const struct orch_agent *a, const struct orch_state *state, const float *parameters,
		      int action[])
{
	const struct dqn *d = a->own;
	float features[ORCH_MAX_FEATURES], q[JOINTS];
	orch_state_features(state, features);
	mlp_infer(&d->net.net, parameters, features, q);
	return is_factored(&a->task) ? best_factored(&a->task, state, q, action)
				     : best_joint(&a->task, state, q, d->n_out, action);
}

static int dqn_decide(struct orch_agent *a, const struct orch_state *state, int action[], struct err *err)
{
	const struct dqn *d = a->own;
	if (isfinite(best_of(a, state, d->net.parameters, action)))
		return 0;
	return err_set(err, EINVAL,
		       "the agent's network has no finite value for a choice: train another one");
}

// The state behind features.
static struct orch_state state_of(const float features[], int users)
{
	struct orch_state s = {.users = users};
	for (int i = 0; i < users; i++, features += 3) {
		s.device_busy[i] = features[0] > 0;
		s.memory_busy[i] = features[1] > 0;
		s.weak_link[i] = features[2] > 0;
	}
	for (int node = 0; node < 2; node++, features += 3) {
		s.level[node] = (int)lround((double)features[0] * (ORCH_LEVELS - 1));
		s.node_memory_busy[node] = features[1] > 0;
		s.node_weak_link[node] = features[2] > 0;
	}
	return s;
}

// wanted = r + gamma max Q'(s', .); states repeat, so the last one's maximum is kept.
static void look_ahead(const struct orch_agent *a, struct dqn *d)
{
	const float *before = NULL;
	double ahead = 0;
	size_t width = (size_t)d->n_obs + (size_t)a->task.users;
	for (size_t i = 0; i < BATCH; i++) {
		const float *next = d->batch.after + i * width;
		if (!before || memcmp(before, next, (size_t)d->n_obs * sizeof(*next)) != 0) {
			int action[ORCH_AGENT_USERS];
			struct orch_state state = state_of(next, a->task.users);
			ahead = best_of(a, &state, d->net.target, action);
		}
		before = next;
		d->wanted[i] = d->batch.outcome[2 * i] + (float)(GAMMA * ahead);
	}
}

// The outputs of a choice; returns how many.
static int outputs_of(const struct orch_task *task, const float action[], int output[])
{
	int actions[ORCH_AGENT_USERS];
	for (int i = 0; i < task->users; i++) {
		actions[i] = (int)action[i];
		output[i] = i * ORCH_ACTIONS + actions[i];
	}
	if (is_factored(task))
		return task->users;
	output[0] = orch_joint(task->users, actions);
	return 1;
}

// The newest transition is in every batch (combined experience replay, Zhang and Sutton 2017): a choice that
// looks better than it is is found out at once, not when the memory happens to be asked for it.
static void draw_batch(struct dqn *d, int users, struct rng *rng)
{
	const struct replay *r = &d->replay;
	size_t newest = (size_t)(r->next + r->capacity - 1) % (size_t)r->capacity, n_obs = (size_t)d->n_obs;
	size_t width = n_obs + (size_t)users;
	replay_draw(r, rng, &d->batch);
	memcpy(d->batch.before, r->before + newest * width, width * sizeof(float));
	memcpy(d->batch.after, r->after + newest * n_obs, n_obs * sizeof(float));
	memcpy(d->batch.outcome, r->outcome + 2 * newest, 2 * sizeof(float));
}

static void update(struct orch_agent *a, struct dqn *d, struct rng *rng)
{
	int stride = d->n_obs + a->task.users, last = d->net.net.n_layers - 1;
	draw_batch(d, a->task.users, rng);
	look_ahead(a, d);
	const float *q = mlp_forward(&d->net.net, d->net.parameters, d->batch.before, stride, d->net.tape);
	float *gradient = d->net.tape->gradient[last];
	memset(gradient, 0, (size_t)(BATCH * d->n_out) * sizeof(*gradient));
	for (int i = 0; i < BATCH; i++) {
		int output[ORCH_AGENT_USERS];
		int n = outputs_of(&a->task, d->batch.before + i * stride + d->n_obs, output);
		float off = -d->wanted[i];
		for (int k = 0; k < n; k++)
			off += q[i * d->n_out + output[k]];
		for (int k = 0; k < n; k++)
			gradient[i * d->n_out + output[k]] = 2 * off / BATCH;
	}
	mlp_backward(&d->net.net, d->net.parameters, d->batch.before, stride, d->net.tape, d->net.gradient,
		     NULL);
	learner_step(&d->net, FIRST_RATE * pow(LAST_RATE / FIRST_RATE, a->share));
	learner_track(&d->net, TAU);
}

static int dqn_learn(struct orch_agent *a, const struct orch_step *step, struct rng *rng, struct err *err)
{
	(void)err;
	struct dqn *d = a->own;
	float before[ORCH_MAX_FEATURES], after[ORCH_MAX_FEATURES], action[ORCH_AGENT_USERS];
	orch_state_features(step->state, before);
	orch_state_features(step->next, after);
	for (int i = 0; i < a->task.users; i++)
		action[i] = (float)step->action[i];
	replay_add(&d->replay, before, action, (float)step->reward, after, false);
	if (d->replay.count >= BATCH)
		update(a, d, rng);
	return 0;
}

// Parameters, target and Adam's moments; the memory is not kept.
static void dqn_write(const struct orch_agent *a, struct format_writer *w)
{
	const struct dqn *d = a->own;
	format_section(w, ORCH_SECTION_VALUES, d->net.parameters, learner_saved(&d->net) * sizeof(float));
}

static int dqn_read(struct orch_agent *a, const struct format_reader *r)
{
	struct dqn *d = a->own;
	return format_floats(r, ORCH_SECTION_VALUES, d->net.parameters, learner_saved(&d->net));
}

const struct orch_agent_kind orch_dqn = {
    .name = "dqn-orch",
    .summary = "deep Q-learning; a factored head for four users and more",
    .explores = true,
    .selects = true,
    .open = dqn_open,
    .close = dqn_close,
    .decide = dqn_decide,
    .learn = dqn_learn,
    .write = dqn_write,
    .read = dqn_read,
    .interactions = {1500, 3000, 8000, 12000, 15000},
};
