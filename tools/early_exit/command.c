// SPDX-License-Identifier: BSD-3-Clause
#include "tools/early_exit/command.h"

#include <argp.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/argument.h"
#include "base/clock.h"
#include "base/units.h"
#include "edge/policy/parameters.h"
#include "tools/early_exit/draws.h"
#include "tools/plan/instance.h"
#include "tools/plan/problems/early_exit.h"

enum { KEY_BUDGET = 256, KEY_NEED, KEY_LIKE, KEY_SEED, MOST_DRAWS = 100000, MOST_POLICIES = 32 };

static const struct argp_option options[] = {
    {"users", 'k', "K", 0, "who ask in a round (default: 40)", 0},
    {"band", 'w', "HERTZ", 0, "that are granted in all, such as 20MHz (the default)", 0},
    {"snr", 's', "DB", 0, "mean SNR, Rayleigh fading around it, such as 10dB (the default)", 0},
    {"budget", KEY_BUDGET, "FROM..TO", 0, "what deadlines leave behind T_u, such as 8ms..20ms (the default)",
     0},
    {"need", KEY_NEED, "FROM..TO", 0, "accuracies needed, such as 0.5..0.9 (the default)", 0},
    {"like", KEY_LIKE, "FILE.json", 0,
     "exits, batch times and T_u of an instance file of early exits, not the standard network's", 0},
    {"draws", 'n', "N", 0, "rounds (default: 200)", 0},
    {"seed", KEY_SEED, "N", 0, "of the draws (default: 1)", 0},
    {"policy", 'p', "POLICY", 0, "plan with this one; several times (default: all with early exits)", 0},
    {0},
};

struct arguments {
	struct draws_setting setting;
	int draws, n_policies;
	const char *policies[MOST_POLICIES];
	const char *like;
};

static double quantity(const char *text, enum unit unit, struct argp_state *state)
{
	struct err err;
	double value = 0;
	if (unit_parse(text, unit, &value, &err) < 0)
		argp_error(state, "%s", err.text);
	return value;
}

static void read_range(const char *text, enum unit unit, double *low, double *high, struct argp_state *state)
{
	char from[64];
	const char *dots = strstr(text, "..");
	if (!dots || (size_t)(dots - text) >= sizeof(from))
		argp_error(state, "'%s' is no range: write FROM..TO", text);
	snprintf(from, sizeof(from), "%.*s", (int)(dots - text), text);
	*low = quantity(from, unit, state);
	*high = quantity(dots + 2, unit, state);
	if (!(*low >= 0 && *high >= *low))
		argp_error(state, "'%s' is no range: must be FROM..TO with 0 <= FROM <= TO", text);
}

static int add_policy(struct arguments *a, const char *name, struct argp_state *state)
{
	if (a->n_policies == MOST_POLICIES)
		argp_error(state, "--policy is there more than %d times", MOST_POLICIES);
	a->policies[a->n_policies++] = name;
	return 0;
}

static error_t parse_setting(int key, char *value, struct draws_setting *s, struct argp_state *state)
{
	switch (key) {
	case 'k':
		s->users = (int)argument_whole(value, 1, DRAWS_MOST_USERS, "--users", state);
		return 0;
	case 'w':
		s->band_hz = quantity(value, UNIT_HZ, state);
		if (!(s->band_hz > 0))
			argp_error(state, "--band is '%s': must be above 0", value);
		return 0;
	case 's':
		s->mean_snr_db = quantity(value, UNIT_DB, state);
		return 0;
	case KEY_BUDGET:
		read_range(value, UNIT_S, &s->least_budget_s, &s->most_budget_s, state);
		return 0;
	case KEY_NEED:
		read_range(value, UNIT_RATIO, &s->least_need, &s->most_need, state);
		return 0;
	case KEY_SEED:
		s->seed = (uint64_t)argument_whole(value, 0, UINT32_MAX, "--seed", state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct arguments *a = state->input;
	switch (key) {
	case KEY_LIKE:
		a->like = value;
		return 0;
	case 'n':
		a->draws = (int)argument_whole(value, 1, MOST_DRAWS, "--draws", state);
		return 0;
	case 'p':
		return add_policy(a, value, state);
	case ARGP_KEY_ARG:
		return argument_refuse(value, state);
	default:
		return parse_setting(key, value, &a->setting, state);
	}
}

const struct argp early_exit_argp = {
    .options = options,
    .parser = parse,
    .doc = "Plans drawn rounds of batching with early exits with every policy, over the same users: how many "
	   "are served in time, as CSV on standard output.\vExit status: 0 done, 1 planning failed, 2 wrong "
	   "usage or input."};

struct world {
	struct draws_setting setting;
	const struct snapshot_network *network;
	struct snapshot snapshot;
	struct snapshot_job jobs[DRAWS_MOST_USERS];
	double bits[POLICY_MAX_SUBTASKS + 1];
	struct plan *plan;
};

static int print_row(struct world *w, const struct policy *policy, const char *name, int draw,
		     struct err *err)
{
	int64_t start_ns = clock_now_ns();
	int rc = policy_plan(policy, &w->snapshot, w->plan, err);
	double plan_us = (double)(clock_now_ns() - start_ns) / 1e3, sum_hz = 0;
	double end_s = fmax(w->setting.upload_s, w->plan->gpu_end_s);
	int served = 0;
	for (int m = 0; m < w->snapshot.n_jobs && rc == 0; m++) {
		served += w->plan->jobs[m].feasible;
		sum_hz += w->plan->jobs[m].hertz;
	}
	if (rc == 0)
		printf("%d,%s,%d,%.6g,%.6g,%.1f\n", draw, name, served, sum_hz, end_s * 1e3, plan_us);
	return rc;
}

// The policy with the setting's T_u; NULL with a sentence.
static int choose(const char *text, double upload_s, struct policy *policy, struct err *err)
{
	char spelled[POLICY_NAME_SIZE], base[64], name[POLICY_NAME_SIZE + 64];
	size_t length = strcspn(text, ":");
	snprintf(base, sizeof(base), "%.*s", (int)length, text);
	snprintf(name, sizeof(name), "%s:upload=%.17g%s", base, upload_s, text + length);
	int rc = parameters_choose(name, policy, spelled, err);
	policy->name = text; // its name without T_u
	return rc;
}

static int print_rounds(struct world *w, const struct arguments *a, struct err *err)
{
	struct policy chosen[MOST_POLICIES];
	for (int p = 0; p < a->n_policies; p++)
		if (choose(a->policies[p], w->setting.upload_s, &chosen[p], err) < 0)
			return 2;
	puts("draw,policy,served,granted_hz,end_ms,plan_us");
	for (int draw = 1; draw <= a->draws; draw++) {
		draws_round(&w->snapshot, w->jobs, w->bits, w->network, &w->setting, (uint64_t)draw);
		for (int p = 0; p < a->n_policies; p++)
			if (print_row(w, &chosen[p], a->policies[p], draw, err) < 0)
				return 1;
	}
	return fflush(stdout) == 0 ? 0 : (err_sys(err, errno, "standard output"), 1);
}

// A file's network in place of the standard one. *problem must outlive the world.
static int take_like(struct world *w, struct written_problem *problem, const char *path, struct err *err)
{
	int rc = written_problem_read(problem, path, err);
	if (rc == 0 && problem->kind != &problem_early_exit)
		rc = err_set(err, EINVAL, "%s is a problem of %s: must be of %s", path, problem->kind->name,
			     problem_early_exit.name);
	if (rc < 0)
		return rc;
	const struct early_exit *early_exit = problem->content;
	const struct snapshot *like = plan_instance_snapshot(early_exit->instance);
	w->network = like->networks;
	w->setting.upload_s = early_exit->upload_s;
	if (like->n_jobs > 0)
		w->setting.upload_bits = like->jobs[0].upload_bits[0];
	return 0;
}

static void take_all_policies(struct arguments *a)
{
	for (const struct policy *policy = policies; policy->name; policy++)
		if (policy->parameters && strcmp(policy->parameters[0].name, "upload") == 0)
			a->policies[a->n_policies++] = policy->name;
}

static int plan_drawn(struct world *w, const struct arguments *a, struct err *err)
{
	struct written_problem problem = {0};
	w->setting = a->setting;
	w->network = draws_network();
	int status = a->like && take_like(w, &problem, a->like, err) < 0 ? 2 : 0;
	if (status == 0) {
		w->plan = plan_new(w->setting.users, w->network->n_subtasks);
		status = w->plan ? print_rounds(w, a, err) : (err_set(err, ENOMEM, "no memory"), 1);
	}
	plan_free(w->plan);
	written_problem_free(&problem);
	return status;
}

int early_exit_command(int argc, char **argv)
{
	struct arguments a = {.setting = draws_standard, .draws = 200};
	struct err err = {""};
	argp_err_exit_status = 2;
	argp_parse(&early_exit_argp, argc, argv, 0, NULL, &a);
	if (a.n_policies == 0)
		take_all_policies(&a);
	struct world *w = calloc(1, sizeof(*w));
	int status = w ? plan_drawn(w, &a, &err) : (err_set(&err, ENOMEM, "no memory"), 1);
	free(w);
	if (status != 0)
		fprintf(stderr, "airbatch early-exit: %s\n", err.text);
	return status;
}
