// SPDX-License-Identifier: BSD-3-Clause
#include "tools/offline/command.h"

#include <argp.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/argument.h"
#include "base/cache.h"
#include "base/log.h"
#include "base/output.h"
#include "tools/offline/csv.h"
#include "tools/offline/plot.h"
#include "tools/offline/findings.h"

enum { KEY_SEED = 256, KEY_PROFILE, KEY_INSTANCES, MOST_PLACEMENTS = 100000 };

static const struct argp_option options[] = {
    {"out", 'o', "DIR", 0, "where the results go (default: offline)", 0},
    {"placements", 'n', "N", 0, "random placements of each setting (default: 50)", 0},
    {"seed", KEY_SEED, "N", 0, "of the placements (default: 1)", 0},
    {"profile", KEY_PROFILE, "FILE.csv", 0,
     "batch times of MobileNet-V2 (default: the stated mobilenet-v2-gpu-model)", 0},
    {"instances", KEY_INSTANCES, "DIR", 0,
     "also write one problem of each setting of the grid, for `airbatch plan -i`", 0},
    {"no-plots", 'P', NULL, 0, "do not call gnuplot", 0},
    {0},
};

struct arguments {
	const char *out, *profile, *instances;
	int placements;
	uint64_t seed;
	bool no_plots;
};

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct arguments *a = state->input;
	switch (key) {
	case 'o':
		a->out = value;
		return 0;
	case 'n':
		a->placements = (int)argument_whole(value, 1, MOST_PLACEMENTS, "--placements", state);
		return 0;
	case KEY_SEED:
		a->seed = (uint64_t)argument_whole(value, 0, UINT32_MAX, "--seed", state);
		return 0;
	case KEY_PROFILE:
		a->profile = value;
		return 0;
	case KEY_INSTANCES:
		a->instances = value;
		return 0;
	case 'P':
		a->no_plots = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void show_progress(double share, void *user)
{
	(void)user;
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\rplanning %3.0f %%%s", 100 * share, share >= 1 ? "\r\033[K" : "");
}

static FILE *open_in(const char *directory, const char *name, struct err *err)
{
	char path[PATH_MAX];
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	FILE *file = fopen(path, "we");
	if (!file)
		err_sys(err, errno, "%s", path);
	return file;
}

static int close_file(FILE *file, int rc, const char *name, struct err *err)
{
	if (fclose(file) != 0 || rc < 0)
		return err_set(err, EIO, "cannot write %s", name);
	return 0;
}

static int write_tables(const struct experiment *experiment, const char *directory, struct err *err)
{
	FILE *csv = open_in(directory, "sweep.csv", err);
	if (!csv)
		return -errno;
	int rc = close_file(csv, experiment_csv(experiment, csv), "sweep.csv", err);
	if (rc < 0)
		return rc;
	struct finding findings[MOST_FINDINGS];
	int n = shapes_test(experiment, findings, MOST_FINDINGS);
	FILE *table = open_in(directory, "table.md", err);
	if (!table)
		return -errno;
	rc = close_file(table, findings_write(experiment, findings, n, table), "table.md", err);
	for (int i = 0; rc == 0 && i < n; i++)
		printf("%-10s %s\n           %s\n", verdict_text(findings[i].verdict), findings[i].shape,
		       findings[i].measured);
	return rc;
}

// The tables of an earlier `airbatch offline` may be replaced, no others.
static int check_output(const char *directory, struct err *err)
{
	char path[PATH_MAX];
	snprintf(path, sizeof(path), "%s/sweep.csv", directory);
	int rc = output_file(path, SWEEP_CSV_MARK, "table", "--out", err);
	snprintf(path, sizeof(path), "%s/table.md", directory);
	return rc < 0 ? rc : output_file(path, FINDINGS_MARK, "table", "--out", err);
}

static int plan_and_write(const struct arguments *a, struct experiment *experiment, struct err *err)
{
	int rc = make_dirs(a->out, err);
	rc = rc < 0 ? rc : check_output(a->out, err);
	rc = rc < 0 ? rc : experiment_run(experiment, show_progress, NULL, err);
	rc = rc < 0 ? rc : write_tables(experiment, a->out, err);
	if (rc == 0 && a->instances)
		rc = experiment_write_instances(experiment, a->instances, err);
	if (rc < 0 || a->no_plots)
		return rc;
	rc = plots_write(experiment, a->out, err);
	if (rc == -ENOENT) {
		log_warn("%s: no plots (apt-get install gnuplot-nox)", err->text);
		rc = 0;
	}
	return rc;
}

// A profile that cannot be used is found before anything is planned.
static int check_profile(const char *profile, struct err *err)
{
	struct experiment_network network;
	int rc = experiment_network_open(&network, NETWORK_MOBILENET_V2, 32, profile, err);
	experiment_network_close(&network);
	return rc;
}

const struct argp offline_argp = {
    .options = options,
    .parser = parse,
    .doc = "Plans thousands of random placements with every policy, in the ideal model, and writes "
	   "sweep.csv, table.md "
	   "(the shapes the literature leads one to expect, tested) and plots. Runs nothing.\v"
	   "Exit status: 0 done, 1 failed, 2 wrong usage or profile. A shape that does not hold is a "
	   "finding, not a "
	   "failure."};

int offline_command(int argc, char **argv)
{
	struct arguments a = {.out = "offline", .placements = 50, .seed = 1};
	argp_err_exit_status = 2;
	argp_parse(&offline_argp, argc, argv, 0, NULL, &a);
	struct err err = {""};
	size_t n;
	if (check_profile(a.profile, &err) < 0) {
		log_error("%s", err.text);
		return 2;
	}
	struct setting *settings = setting_grid(&n);
	struct experiment *experiment =
	    settings ? experiment_new(settings, n, a.placements, a.seed, a.profile) : NULL;
	int rc = experiment ? plan_and_write(&a, experiment, &err)
			    : err_set(&err, ENOMEM, "no memory for %d placements", a.placements);
	if (rc < 0)
		log_error("%s", err.text);
	experiment_free(experiment);
	free(settings);
	return rc < 0;
}
