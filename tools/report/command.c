// SPDX-License-Identifier: BSD-3-Clause
#include <argp.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "tools/report/axes.h"
#include "tools/report/report.h"

enum { KEY_PLOTS = 256, KEY_METRICS };

static const struct argp_option option_table[] = {
    {"out", 'o', "FILE", 0,
     "where the page goes (default: DIR/report.html for one run, report.html for several)", 0},
    {"plots", KEY_PLOTS, "DIR", 0,
     "write each plot to DIR, too: NAME.svg, NAME.pdf, NAME.csv (its data) and NAME.gp "
     "(the gnuplot script that draws it)",
     0},
    {"metrics", KEY_METRICS, "NAME,...", 0,
     "what is drawn against the parameters of a sweep: columns of sweep.csv or saving_percent (default: "
     "energy_mj,saving_percent,latency_mean_ms,latency_p95_ms,met_share,mean_batch)",
     0},
    {0},
};

#define MOST_RUNS 1024

struct arguments {
	struct report_options options;
	const char *directories[MOST_RUNS + 1];
};

static void check_metrics(const char *list, struct argp_state *state)
{
	struct axes axes;
	struct err err;
	char *copy = strdup(list);
	if (copy && axes_choose(&axes, copy, &err) < 0)
		argp_error(state, "%s", err.text);
	free(copy);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	switch (key) {
	case 'o':
		a->options.out = arg;
		return 0;
	case KEY_PLOTS:
		a->options.plots = arg;
		return 0;
	case KEY_METRICS:
		check_metrics(arg, state);
		a->options.metrics = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num >= MOST_RUNS)
			argp_error(state, "at most %d folders", MOST_RUNS);
		a->directories[state->arg_num] = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "a run directory or a sweep is needed, such as runs/quickstart-ip-ssa-...");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp report_argp = {
    .options = option_table,
    .parser = parse,
    .args_doc = "DIR...",
    .doc = "Writes run directories, and all points of sweeps, as one page with plots "
	   "that needs nothing else: validity and accuracy, latency and energy by "
	   "their parts, deadlines, distributions, links over time, batches, plan "
	   "against simulation against measurement; of a sweep each metric against "
	   "each parameter, a curve a policy. Runs whose given topology differs in "
	   "seed and run number only are grouped, with intervals over them; the "
	   "simulation of a topology stands beside its measurement.\v"
	   "Exit status: 0 done, 1 written but with something missing or damaged (which is said), or not "
	   "written; 2 wrong usage."};

int report_command(int argc, char **argv)
{
	static struct arguments a;
	static char path[PATH_MAX];
	a.options.directories = a.directories;
	argp_parse(&report_argp, argc, argv, 0, NULL, &a);
	struct err err = {0};
	int r = report_runs(&a.options, path, sizeof(path), &err);
	if (r < 0)
		log_error("%s", err.text);
	else
		printf("report: %s\n", path);
	return r == 0 ? 0 : 1;
}
