// SPDX-License-Identifier: BSD-3-Clause
// Runs the sections of the validation: validate [--seed N] [--series DIR] [section ..].
// Prints one line a law (report.h). Exit status 0 = every law holds, 1 = one fails, 2 = could not run.
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sections.h"

static const struct {
	const char *name;
	void (*run)(struct report *r);
} sections[] = {
    {"path-loss", validate_path_loss},
    {"line-of-sight", validate_line_of_sight},
    {"shadowing", validate_shadowing},
    {"fading", validate_fading},
    {"jakes", validate_jakes},
    {"rate", validate_rate},
    {"block-errors", validate_block_errors},
    {"loss", validate_loss},
    {"harq", validate_harq},
    {"fairness", validate_fairness},
    {"turns", validate_turns},
    {"queue", validate_queue},
    {"conservation", validate_conservation},
    {"conservation-cell", validate_conservation_cell},
};

#define N_SECTIONS (sizeof(sections) / sizeof(sections[0]))

static int asked_for(const char *name, char **names, int n)
{
	for (int i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return 1;
	return n == 0;
}

static int usage(void)
{
	fprintf(stderr, "usage: validate [--seed N] [--series DIR] [section ..]\nsections:");
	for (size_t i = 0; i < N_SECTIONS; i++)
		fprintf(stderr, " %s", sections[i].name);
	fprintf(stderr, "\n");
	return 2;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
	    {"seed", required_argument, NULL, 's'}, {"series", required_argument, NULL, 'd'}, {0}};
	struct report report = {.seed = 1};
	for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		if (c == 's')
			report.seed = strtoull(optarg, NULL, 10);
		else if (c == 'd')
			report.series_dir = optarg;
		else
			return usage();
	}
	for (size_t i = 0; i < N_SECTIONS; i++) {
		if (!asked_for(sections[i].name, argv + optind, argc - optind))
			continue;
		report.section = sections[i].name;
		sections[i].run(&report);
		fflush(stdout);
	}
	if (report.laws == 0)
		return usage();
	return report.failures > 0;
}
