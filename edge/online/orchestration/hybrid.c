// SPDX-License-Identifier: BSD-3-Clause
// hybrid-orch (ours, after the idea of arXiv 2202.11098 to mix model-free and model-based steps): learns the
// table of response times behind all choices (edge/policy/orchestration/table.h) and plans in it.
//
// An interaction with n users measures a local time for everybody who stays, and a sum for those on each
// node. What has not been measured counts 0, less than anything: a plan that needs it looks best and is
// tried, until the best plan is made of measured times. Measurements go on to count with weight 1/4, so the
// table follows a link that changes.
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "edge/online/orchestration/agent_private.h"

enum { COUNTS = ORCH_AGENT_USERS + 1, MOST_PARTS = 4 };

// Numbers in seconds; negative = not measured. By node: its processor's level, how many users with regular
// and how many with weak links are on it.
struct times {
	double local_s[2][ORCH_MAX_VARIANTS]; // by whether the device is busy
	double node_s[2][ORCH_LEVELS][COUNTS][COUNTS];
};

enum { N_TIMES = sizeof(struct times) / sizeof(double) };

static int hybrid_open(struct orch_agent *a, struct rng *rng, struct err *err)
{
	(void)rng;
	double *times = a->own = malloc(sizeof(struct times));
	if (!times)
		return err_set(err, ENOMEM, "no memory for an agent");
	for (int i = 0; i < N_TIMES; i++)
		times[i] = -1;
	return 0;
}

static void hybrid_close(struct orch_agent *a)
{
	free(a->own);
}

static double *node_time(struct times *times, const struct orch_state *state, int node, uint32_t set)
{
	int count[2] = {0, 0};
	for (int i = 0; i < state->users; i++)
		if (set >> i & 1)
			count[state->weak_link[i]]++;
	return &times->node_s[node][state->level[node]][count[0]][count[1]];
}

static double known_s(double time_s)
{
	return time_s >= 0 ? time_s : 0;
}

static void fill_table(struct orch_table *table, const struct orch_task *task, struct times *times,
		       const struct orch_state *state)
{
	table->n_users = task->users;
	table->least_accuracy = task->users * (task->threshold - ORCH_ACCURACY_SLACK);
	orch_state_alike(state, table->alike);
	for (int i = 0; i < task->users; i++) {
		table->n_variants[i] = task->n_variants;
		memcpy(table->accuracy[i], task->accuracy, sizeof(task->accuracy));
		for (int v = 0; v < task->n_variants; v++)
			table->local_s[i][v] = known_s(times->local_s[state->device_busy[i]][v]);
	}
	table->edge_s[0] = table->cloud_s[0] = 0;
	for (uint32_t set = 1; set < 1U << task->users; set++) {
		table->edge_s[set] = known_s(*node_time(times, state, 0, set));
		table->cloud_s[set] = known_s(*node_time(times, state, 1, set));
	}
}

static int hybrid_decide(struct orch_agent *a, const struct orch_state *state, int action[], struct err *err)
{
	struct orch_table table;
	fill_table(&table, &a->task, a->own, state);
	if (isfinite(orch_table_solve(&table, action)))
		return 0;
	return err_set(err, EINVAL, "the agent's times are too large to add up: train another one");
}

static void measure(double *time_s, double measured_s)
{
	*time_s = *time_s < 0 ? measured_s : *time_s + (measured_s - *time_s) / MOST_PARTS;
}

static int hybrid_learn(struct orch_agent *a, const struct orch_step *step, struct rng *rng, struct err *err)
{
	(void)rng;
	(void)err;
	struct times *times = a->own;
	uint32_t set[2] = {0, 0};
	double sum_s[2] = {0, 0};
	for (int i = 0; i < a->task.users; i++) {
		double response_s = step->result[i].response_s;
		int action = step->action[i], node = action - ORCH_EDGE;
		if (node < 0) {
			measure(&times->local_s[step->state->device_busy[i]][action], response_s);
		} else {
			set[node] |= 1U << i;
			sum_s[node] += response_s;
		}
	}
	for (int node = 0; node < 2; node++)
		if (set[node])
			measure(node_time(times, step->state, node, set[node]), sum_s[node]);
	return 0;
}

static void hybrid_write(const struct orch_agent *a, struct format_writer *w)
{
	format_section(w, ORCH_SECTION_VALUES, a->own, sizeof(struct times));
}

static int hybrid_read(struct orch_agent *a, const struct format_reader *r)
{
	int rc = format_copy(r, ORCH_SECTION_VALUES, a->own, sizeof(struct times));
	return rc < 0 ? rc : check_finite(a->own, N_TIMES, r);
}

const struct orch_agent_kind orch_hybrid = {
    .name = "hybrid-orch",
    .summary = "ours: learns the table of response times and plans in it",
    .selects = true,
    .open = hybrid_open,
    .close = hybrid_close,
    .decide = hybrid_decide,
    .learn = hybrid_learn,
    .write = hybrid_write,
    .read = hybrid_read,
    .interactions = {30, 40, 60, 80, 100},
};
