// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/argument.h"
#include "base/log.h"
#include "base/output.h"
#include "setup/topology/arguments.h"
#include "tools/train/command.h"
#include "tools/train/evaluate.h"
#include "tools/train/train.h"

enum { KEY_POLICY = 256, KEY_AGENT, KEY_EPISODES, KEY_SLOTS, KEY_ARRIVALS, MOST_POLICIES = 128 };

static const struct argp_option option_table[] = {
    {"policy", KEY_POLICY, "POLICY", 0,
     "lc, ddpg-og, ddpg-ip-ssa, tw-K:og, tw-K:og:Lms, tw-K:ip-ssa, tw-K:ip-ssa:Lms or clairvoyant; repeat it "
     "to compare several "
     "(default: the topology's)",
     0},
    {"agent", KEY_AGENT, "FILE.abm", 0, "a trained agent, for the ddpg policy given before it", 0},
    {"episodes", KEY_EPISODES, "N", 0,
     "each with arrivals of its own, the same for every policy (default: 20)", 0},
    {"slots", KEY_SLOTS, "N", 0, "of an episode (default: 1000)", 0},
    {"arrivals", KEY_ARRIVALS, "evaluation|validation|run", 0,
     "which tasks arise: ones that no training has seen (default), those that choose the agent while it is "
     "trained, or those of `airbatch run` with the same seed and run",
     0},
    {"out", 'o', "FILE.csv", 0, "also write a row an episode", 0},
    {"quiet", 'q', 0, 0, "print errors only", 0},
    {0},
};

struct arguments {
	struct topology_arguments topology;
	struct evaluation evaluations[MOST_POLICIES];
	int n, episodes, slots;
	const char *arrivals;
	const char *out;
	bool quiet;
};

static void add_policy(struct arguments *a, const char *name, struct argp_state *state)
{
	if (a->n == MOST_POLICIES)
		argp_error(state, "more than %d policies", MOST_POLICIES);
	a->evaluations[a->n++] = (struct evaluation){.policy = name};
}

static void add_agent(struct arguments *a, const char *file, struct argp_state *state)
{
	if (a->n == 0)
		argp_error(state, "--agent %s: give the --policy that it is for before it", file);
	a->evaluations[a->n - 1].agent = file;
}

static error_t check_agents(const struct arguments *a, struct argp_state *state)
{
	for (int i = 0; i < a->n; i++)
		if (a->evaluations[i].agent && strncmp(a->evaluations[i].policy, "ddpg", 4) != 0)
			argp_error(
			    state,
			    "--agent %s has no effect on %s: give it behind --policy ddpg-og or ddpg-ip-ssa",
			    a->evaluations[i].agent, a->evaluations[i].policy);
	return 0;
}

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct arguments *a = state->input;
	switch (key) {
	case ARGP_KEY_END:
		return check_agents(a, state);
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->topology;
		return 0;
	case KEY_POLICY:
		add_policy(a, value, state);
		return 0;
	case KEY_AGENT:
		add_agent(a, value, state);
		return 0;
	case KEY_EPISODES:
		a->episodes = (int)argument_whole(value, 1, 100000, "--episodes", state);
		return 0;
	case KEY_SLOTS:
		a->slots = (int)argument_whole(value, 1, 100000000, "--slots", state);
		return 0;
	case KEY_ARRIVALS:
		a->arrivals = value;
		if (strcmp(value, "evaluation") != 0 && strcmp(value, "validation") != 0 &&
		    strcmp(value, "run") != 0)
			argp_error(state, "arrivals is '%s': evaluation, validation or run", value);
		return 0;
	case 'o':
		a->out = value;
		return 0;
	case 'q':
		a->quiet = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int evaluate_one(const struct arguments *a, const struct world *w, const struct evaluation *e,
			FILE *csv, struct err *err)
{
	struct evaluation_row *rows = calloc((size_t)e->episodes, sizeof(*rows));
	int rc = rows ? evaluate(w, e, rows, err) : err_set(err, ENOMEM, "no memory");
	if (rc == 0 && csv && evaluation_csv(csv, w, e, rows, e == a->evaluations) < 0)
		rc = err_set(err, EIO, "cannot write %s", a->out);
	if (rc == 0 && !a->quiet)
		evaluation_print(stdout, e, rows);
	free(rows);
	return rc;
}

static int evaluate_all(const struct arguments *a, const struct world *w, struct err *err)
{
	int allowed = a->out ? output_file(a->out, "policy,seed,run,episode,", "table", "--out", err) : 0;
	if (allowed < 0)
		return allowed;
	FILE *csv = a->out ? fopen(a->out, "we") : NULL;
	if (a->out && !csv)
		return err_sys(err, errno, "cannot write %s", a->out);
	int rc = 0;
	for (int i = 0; rc == 0 && i < a->n; i++)
		rc = evaluate_one(a, w, &a->evaluations[i], csv, err);
	if (csv && fclose(csv) != 0 && rc == 0)
		rc = err_set(err, EIO, "cannot write %s", a->out);
	return rc;
}

static uint64_t first_run(const struct arguments *a, const struct world *w)
{
	if (strcmp(a->arrivals, "run") == 0)
		return (uint64_t)w->topology->run;
	return strcmp(a->arrivals, "validation") == 0 ? VALIDATION_RUNS : EVALUATION_RUNS;
}

static int run(struct arguments *a)
{
	struct world w;
	struct err err = {""};
	int rc = world_open(&w, a->topology.file, a->topology.set, &err);
	if (rc == 0 && a->n == 0)
		a->evaluations[a->n++].policy = w.topology->policy;
	for (int i = 0; i < a->n; i++) {
		a->evaluations[i].episodes = a->episodes;
		a->evaluations[i].slots = a->slots;
		if (rc == 0)
			a->evaluations[i].first_run = first_run(a, &w);
		if (rc == 0 && !a->evaluations[i].agent && *w.topology->online.agent)
			a->evaluations[i].agent = w.topology->online.agent;
	}
	rc = rc < 0 ? rc : evaluate_all(a, &w, &err);
	world_close(&w);
	if (rc < 0)
		log_error("%s", err.text);
	return rc == 0 ? 0 : rc == -ENOMEM || rc == -EIO ? 1 : 2;
}

const struct argp evaluate_argp = {
    .options = option_table,
    .parser = parse,
    .args_doc = "TOPOLOGY.yaml",
    .doc = "Compares online policies in virtual time over the same arrivals: energy a task with its 95 % "
	   "interval, how far that is above what each task would cost with the edge to itself, missed "
	   "deadlines, groups "
	   "and batches.\v"
	   "Exit status: 0 done, 1 failed, 2 wrong usage, topology or agent.",
    .children = topology_argp_children};

int evaluate_command(int argc, char **argv)
{
	struct arguments a = {.episodes = 20, .slots = 1000, .arrivals = "evaluation"};
	argp_err_exit_status = 2;
	argp_parse(&evaluate_argp, argc, argv, 0, NULL, &a);
	int status = run(&a);
	topology_arguments_free(&a.topology);
	return status;
}
