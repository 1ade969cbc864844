// SPDX-License-Identifier: BSD-3-Clause
#include "emu/sweep/command.h"

#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/cache.h"
#include "base/log.h"
#include "emu/sweep/check.h"
#include "emu/sweep/gather.h"
#include "emu/sweep/jobs.h"
#include "emu/sweep/point.h"
#include "emu/sweep/slurm.h"

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

enum engine { ENGINE_LOCAL, ENGINE_SLURM, ENGINE_EMULATE };

struct arguments {
	struct grid grid;
	const char *file, *out;
	enum engine engine;
	int jobs; // 0 = not given
	size_t share, shares;
	bool gather_only, dry_run, quiet, summaries;
	struct err err; // of an axis
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

static void add_axis(struct arguments *a, int r, struct argp_state *state)
{
	struct grid *g = &a->grid;
	if (r < 0)
		argp_error(state, "%s", a->err.text);
	for (int i = 0; i < g->n_axes; i++)
		if (strcmp(g->axes[i].key, g->axes[g->n_axes].key) == 0)
			argp_error(state, "%s is given twice", g->axes[i].key);
	g->n_axes++;
}

static struct axis *next_axis(struct arguments *a, struct argp_state *state)
{
	if (a->grid.n_axes == GRID_MOST_AXES)
		argp_error(state, "more than %d parameters", GRID_MOST_AXES);
	return &a->grid.axes[a->grid.n_axes];
}

static void add_named(struct arguments *a, const char *key, const char *values, struct argp_state *state)
{
	char *text = NULL;
	struct axis *axis = next_axis(a, state);
	if (asprintf(&text, "%s=%s", key, values) < 0)
		argp_failure(state, 1, 0, "no memory");
	int r = axis_parse(axis, text, &a->err);
	free(text);
	add_axis(a, r, state);
}

static enum engine parse_engine(const char *text, struct argp_state *state)
{
	static const char *const names[] = {"local", "slurm", "emulate"};
	for (int i = 0; i < 3; i++)
		if (strcmp(names[i], text) == 0)
			return (enum engine)i;
	argp_error(state, "no engine '%s': local, slurm or emulate are", text);
	return ENGINE_LOCAL;
}

static void parse_share(struct arguments *a, const char *text, struct argp_state *state)
{
	char end;
	if (sscanf(text, "%zu/%zu%c", &a->share, &a->shares, &end) != 2 || a->share >= a->shares ||
	    *text == '-')
		argp_error(state, "--share %s: K/N with K below N is right, such as 0/4", text);
}

static int parse_jobs(const char *text, struct argp_state *state)
{
	char *end;
	long n = strtol(text, &end, 10);
	if (end == text || *end || n < 1 || n > MOST_JOBS)
		argp_error(state, "--jobs %s: a number from 1 to %d is right", text, MOST_JOBS);
	return (int)n;
}

static void finish_arguments(struct arguments *a, struct argp_state *state)
{
	if (!a->file && !a->out)
		argp_error(state, "a topology file is needed, or --out DIR of an earlier sweep");
	if (!a->file && a->grid.n_axes > 0)
		argp_error(state, "parameters belong to a topology file: give it, too");
	if (a->engine == ENGINE_EMULATE && a->jobs > 1)
		argp_error(state, "emulations run one at a time: they would disturb each other's clocks");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	switch (key) {
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
		a->jobs = parse_jobs(arg, state);
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
		if (a->file)
			argp_error(state, "one topology file at a time: '%s' is a second one", arg);
		a->file = arg;
		return 0;
	case ARGP_KEY_END:
		finish_arguments(a, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp sweep_argp = {
    .options = options,
    .parser = parse,
    .args_doc = "[TOPOLOGY.yaml]",
    .doc =
	"Runs one topology for every combination of the given parameters, by default in virtual time, "
	"several "
	"at once, and gathers the results into DIR/sweep.csv, a row a point. What is done is skipped: an "
	"interrupted sweep is continued by the same command (or by --out DIR alone), points that failed are "
	"tried again, and more values add points.\v"
	"Exit status: 0 all points are done, 1 some failed or it was interrupted, 2 wrong usage or input."};

// One sweep at a time in a folder; the tasks of a job array share it.
static int lock(const struct grid *g, bool shared, struct err *err)
{
	char path[PATH_MAX + 16];
	snprintf(path, sizeof(path), "%s/.lock", g->directory);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0)
		return err_sys(err, errno, "cannot write %s", path);
	if (flock(fd, (shared ? LOCK_SH : LOCK_EX) | LOCK_NB) == 0)
		return fd;
	close(fd);
	return err_set(err, EBUSY, "another sweep is running in %s", g->directory);
}

static int open_grid(struct arguments *a, struct err *err)
{
	if (!a->file)
		return grid_load(&a->grid, a->out, err);
	struct grid *g = &a->grid;
	char copy[PATH_MAX];
	g->emulate = a->engine == ENGINE_EMULATE;
	snprintf(copy, sizeof(copy), "%s", a->file);
	char *base = basename(copy), *dot = strrchr(base, '.');
	if (dot && dot != base)
		*dot = '\0';
	int n = a->out ? snprintf(g->directory, sizeof(g->directory), "%s", a->out)
		       : snprintf(g->directory, sizeof(g->directory), "runs/sweep-%s", base);
	if (snprintf(g->file, sizeof(g->file), "%s", a->file) >= (int)sizeof(g->file) ||
	    n >= (int)sizeof(g->directory))
		return err_set(err, ENAMETOOLONG, "the path %.80s... is too long", a->file);
	if (grid_points(g) == 0)
		return err_set(err, EINVAL, "more than %d points", GRID_MOST_POINTS);
	return 0;
}

// The points of this share that are still to be run; how many. NULL without memory.
static size_t *open_points(const struct arguments *a, size_t *n)
{
	size_t all = grid_points(&a->grid), *points = calloc(all + 1, sizeof(*points));
	*n = 0;
	for (size_t i = 0; points && i < all; i++) {
		if (a->shares && i % a->shares != a->share)
			continue;
		json_t *summary = point_summary(&a->grid, i);
		if (!summary)
			points[(*n)++] = i;
		json_decref(summary);
	}
	return points;
}

static int gather_all(const struct arguments *a, struct err *err)
{
	struct gathered gathered;
	int r = gather(&a->grid, &gathered, err);
	r = r < 0 ? r : gather_write_csv(&a->grid, &gathered, err);
	if (r == 0 && !a->quiet) {
		gather_print(&a->grid, &gathered, stdout);
		printf("%zu of %zu points: %s/sweep.csv\n", gathered.n_done, grid_points(&a->grid),
		       a->grid.directory);
	}
	gathered_free(&gathered);
	return r;
}

static void print_open_points(const struct arguments *a, const size_t *points, size_t n)
{
	char name[GRID_NAME_SIZE];
	for (size_t i = 0; i < n; i++) {
		grid_name(&a->grid, points[i], name);
		printf("%zu %s\n", points[i], name);
	}
	printf("%zu of %zu points to run\n", n, grid_points(&a->grid));
}

static int run_points(struct arguments *a, const size_t *points, size_t n, struct err *err)
{
	int cores = (int)sysconf(_SC_NPROCESSORS_ONLN);
	struct jobs jobs = {.grid = &a->grid,
			    .points = points,
			    .n = n,
			    .at_once = a->grid.emulate ? 1
				       : a->jobs       ? a->jobs
				       : cores > 0     ? cores
						       : 1,
			    .quiet = a->quiet,
			    .summary_only = a->summaries};
	struct jobs_result result;
	int r = jobs_run(&jobs, &result, err);
	if (r < 0)
		return r;
	if (!a->shares && gather_all(a, err) < 0)
		return -EIO;
	if (result.interrupted)
		return err_set(err, EINTR, "interrupted: the same command goes on from here");
	return result.failed ? err_set(err, EIO,
				       "%zu of %zu points failed (why: points/*.failed): the same command "
				       "tries them again",
				       result.failed, n)
			     : 0;
}

static int write_slurm(const struct arguments *a, struct err *err)
{
	char path[PATH_MAX];
	int r = slurm_write(&a->grid, a->jobs, path, err);
	if (r == 0 && !a->quiet)
		printf("sbatch %s\n# when its tasks are done:\nairbatch sweep --gather --out %s\n", path,
		       a->grid.directory);
	return r;
}

// Takes the folder, and writes down what is swept there.
static int claim(struct arguments *a, int *fd, struct err *err)
{
	int r = make_dirs(a->grid.directory, err);
	r = r < 0 ? r : lock(&a->grid, a->shares > 0, err);
	*fd = r;
	return r >= 0 && a->file ? grid_save(&a->grid, err) : r;
}

static int work(struct arguments *a, const size_t *points, size_t n, struct err *err)
{
	int fd = -1, r = check_points(&a->grid, points, n, a->quiet, err);
	r = r < 0 ? r : claim(a, &fd, err);
	if (r >= 0)
		r = a->engine == ENGINE_SLURM ? write_slurm(a, err) : run_points(a, points, n, err);
	if (fd >= 0)
		close(fd);
	return r;
}

static int sweep(struct arguments *a, struct err *err)
{
	size_t n = 0;
	int r = open_grid(a, err);
	if (r < 0 || a->gather_only)
		return r < 0 ? r : gather_all(a, err);
	size_t *points = open_points(a, &n);
	if (!points)
		return err_set(err, ENOMEM, "no memory for %zu points", grid_points(&a->grid));
	if (a->dry_run)
		print_open_points(a, points, n);
	else
		r = work(a, points, n, err);
	free(points);
	return r;
}

int sweep_command(int argc, char **argv)
{
	struct arguments *a = calloc(1, sizeof(*a));
	struct err err = {0};
	if (!a) {
		log_error("no memory");
		return 1;
	}
	argp_parse(&sweep_argp, argc, argv, 0, NULL, a);
	int r = sweep(a, &err);
	if (r < 0)
		log_error("%s", err.text);
	grid_free(&a->grid);
	free(a);
	return r >= 0 ? 0 : r == -EINVAL || r == -EEXIST || r == -ESTALE || r == -ENOENT ? 2 : 1;
}
