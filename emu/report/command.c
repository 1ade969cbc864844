// SPDX-License-Identifier: BSD-3-Clause
#include <argp.h>
#include <limits.h>
#include <stdio.h>

#include "base/log.h"
#include "emu/report/report.h"

enum { KEY_PLOTS = 256 };

static const struct argp_option option_table[] = {
    {"out", 'o', "FILE", 0,
     "where the page goes (default: DIR/report.html for one run, report.html for several)", 0},
    {"plots", KEY_PLOTS, "DIR", 0, "write each plot to DIR/NAME.svg, too", 0},
    {0},
};

#define MOST_RUNS 1024

struct arguments {
	struct report_options options;
	const char *directories[MOST_RUNS + 1];
};

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
	case ARGP_KEY_ARG:
		if (state->arg_num >= MOST_RUNS)
			argp_error(state, "at most %d runs", MOST_RUNS);
		a->directories[state->arg_num] = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "a run directory is needed, such as runs/quickstart-ip-ssa-...");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp report_argp = {.options = option_table,
				 .parser = parse,
				 .args_doc = "DIR...",
				 .doc = "Writes run directories as one page with plots that needs nothing "
					"else: validity and accuracy, "
					"latency and energy by their parts, deadlines, distributions, links "
					"over time, batches, plan against "
					"simulation against measurement. Runs that differ in seed and run "
					"number only are grouped; the "
					"simulation of a topology stands beside its measurement.\v"
					"Exit status: 0 done, 1 written but with something missing or "
					"damaged (which is said), or not "
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
