// SPDX-License-Identifier: BSD-3-Clause
#include "tools/sweep/arguments_private.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/argument.h"
#include "setup/topology/arguments.h"
#include "tools/sweep/command.h"

enum {
	KEY_POLICY = 256,
	KEY_SEEDS,
	KEY_RUNS,
	KEY_DURATION,
	KEY_ENGINE,
	KEY_SHARE,
	KEY_GATHER,
	KEY_SUMMARIES,
	MOST_JOBS = 1024
};

static const struct argp_option options[] = {
    {"set", 's', "KEY=VALUES", 0,
     "a parameter of the grid: any key of the topology with values a,b,c or a range low:high:step, such as "
     "ues.count=2:10:2 or cell.bandwidth=1MHz,5MHz; [a,b] is one value",
     0},
    {"policy", KEY_POLICY, "POLICY,...", 0, "same as --set policy=POLICY,...", 0},
    {"seeds", KEY_SEEDS, "N-M", 0, "same as --set seed=N,...,M: random worlds, such as 1-5 or 1,3", 0},
    {"runs", KEY_RUNS, "N-M", 0, "same as --set run=N,...,M: repetitions in each", 0},
    {"duration", KEY_DURATION, "TIME", 0, "same as --set duration=TIME", 0},
    {"jobs", 'j', "N", 0, "points at a time (default: one a core; with emulate: 1)", 0},
    {"out", 'o', "DIR", 0, "where results go (default: runs/sweep-FILE); an earlier sweep there is continued",
     0},
    {"engine", KEY_ENGINE, "local|slurm|emulate", 0,
     "local (default): virtual time, on this machine; slurm: write a job array for a cluster; emulate: real "
     "packets, one point after the other",
     0},
    {"share", KEY_SHARE, "K/N", 0, "only every N-th point from K on, as a task of a job array does", 0},
    {"gather", KEY_GATHER, 0, 0, "run nothing: make sweep.csv of the points that are done", 0},
    {"summaries", KEY_SUMMARIES, 0, 0, "keep only summary.json of each point", 0},
    {"dry-run", 'n', 0, 0, "print the points and what is done, and run nothing", 0},
    {"quiet", 'q', 0, 0, "print errors only", 0},
    {0},
};

static void add_axis(struct sweep_arguments *a, int r, struct argp_state *state)
{
	struct grid *g = &a->grid;
	if (r < 0)
		argp_error(state, "%s", a->err.text);
	for (int i = 0; i < g->n_axes; i++)
		if (strcmp(g->axes[i].key, g->axes[g->n_axes].key) == 0)
			argp_error(state, "%s is given twice", g->axes[i].key);
	g->n_axes++;
}

static struct axis *next_axis(struct sweep_arguments *a, struct argp_state *state)
{
	if (a->grid.n_axes == GRID_MOST_AXES)
		argp_error(state, "more than %d parameters", GRID_MOST_AXES);
	return &a->grid.axes[a->grid.n_axes];
}

static void add_named(struct sweep_arguments *a, const char *key, const char *values,
		      struct argp_state *state)
{
	char *text = NULL;
	struct axis *axis = next_axis(a, state);
	if (asprintf(&text, "%s=%s", key, values) < 0)
		argp_failure(state, 1, 0, "no memory");
	int r = axis_parse(axis, text, &a->err);
	free(text);
	add_axis(a, r, state);
}

static enum sweep_engine parse_engine(const char *text, struct argp_state *state)
{
	static const char *const names[] = {"local", "slurm", "emulate"};
	for (int i = 0; i < 3; i++)
		if (strcmp(names[i], text) == 0)
			return (enum sweep_engine)i;
	argp_error(state, "no engine '%s': local, slurm or emulate are", text);
	return ENGINE_LOCAL;
}

static void parse_share(struct sweep_arguments *a, const char *text, struct argp_state *state)
{
	char end;
	if (sscanf(text, "%zu/%zu%c", &a->share, &a->shares, &end) != 2 || a->share >= a->shares ||
	    *text == '-')
		argp_error(state, "--share %s: K/N with K below N is right, such as 0/4", text);
}

static void finish_arguments(struct sweep_arguments *a, struct argp_state *state)
{
	if (!a->file && !a->out)
		argp_error(state, "a topology file is needed, or --out DIR of an earlier sweep");
	if (!a->file && a->grid.n_axes > 0)
		argp_error(state, "parameters belong to a topology file: give it, too");
	if (a->engine == ENGINE_EMULATE && a->jobs > 1)
		argp_error(state, "emulations run one at a time: they would disturb each other's clocks");
	if (expect_anything(&a->expect) && (a->shares || a->dry_run || a->engine == ENGINE_SLURM))
		argp_error(state, "what is expected is judged when all points are there: with --gather");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct sweep_arguments *a = state->input;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->expect;
		return 0;
	case 's':
		add_axis(a, axis_parse(next_axis(a, state), arg, &a->err), state);
		return 0;
	case KEY_POLICY:
		add_named(a, "policy", arg, state);
		return 0;
	case KEY_SEEDS:
		add_axis(a, axis_parse_numbers(next_axis(a, state), "seed", arg, &a->err), state);
		return 0;
	case KEY_RUNS:
		add_axis(a, axis_parse_numbers(next_axis(a, state), "run", arg, &a->err), state);
		return 0;
	case KEY_DURATION:
		add_named(a, "duration", arg, state);
		return 0;
	case 'j':
		a->jobs = (int)argument_whole(arg, 1, MOST_JOBS, "--jobs", state);
		return 0;
	case 'o':
		a->out = arg;
		return 0;
	case KEY_ENGINE:
		a->engine = parse_engine(arg, state);
		return 0;
	case KEY_SHARE:
		parse_share(a, arg, state);
		return 0;
	case KEY_GATHER:
		a->gather_only = true;
		return 0;
	case KEY_SUMMARIES:
		a->summaries = true;
		return 0;
	case 'n':
		a->dry_run = true;
		return 0;
	case 'q':
		a->quiet = true;
		return 0;
	case ARGP_KEY_ARG:
		topology_arguments_file(&a->file, arg, state);
		return 0;
	case ARGP_KEY_END:
		finish_arguments(a, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = {{&expect_argp, 0, NULL, 0}, {0}};

const struct argp sweep_argp = {
    .options = options,
    .children = children,
    .parser = parse,
    .args_doc = "[TOPOLOGY.yaml]",
    .doc =
	"Runs one topology for every combination of the given parameters, by default in virtual time, "
	"several "
	"at once, and gathers the results into DIR/sweep.csv, a row a point. What is done is skipped: an "
	"interrupted sweep is continued by the same command (or by --out DIR alone), points that failed are "
	"tried again, and more values add points.\v"
	"Exit status: 0 all points are done, 1 some failed, are not as expected, or it was interrupted, 2 "
	"wrong "
	"usage or input."};
