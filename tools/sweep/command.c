// SPDX-License-Identifier: BSD-3-Clause
#include "tools/sweep/command.h"

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
#include "base/output.h"
#include "records/results/summary_fields.h"
#include "tools/sweep/arguments_private.h"
#include "tools/sweep/check.h"
#include "tools/sweep/gather.h"
#include "tools/sweep/jobs.h"
#include "tools/sweep/point.h"
#include "tools/sweep/slurm.h"

#define LOCK ".lock"

// One sweep at a time in a folder; the tasks of a job array share it.
static int lock(const struct grid *g, bool shared, struct err *err)
{
	char path[PATH_MAX + 16];
	snprintf(path, sizeof(path), "%s/%s", g->directory, LOCK);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0)
		return err_sys(err, errno, "cannot write %s", path);
	if (flock(fd, (shared ? LOCK_SH : LOCK_EX) | LOCK_NB) == 0)
		return fd;
	close(fd);
	return err_set(err, EBUSY, "another sweep is running in %s", g->directory);
}

static int open_grid(struct sweep_arguments *a, struct err *err)
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
	return grid_check(g, err);
}

// The points of this share that are still to be run; how many. NULL without memory.
static size_t *open_points(const struct sweep_arguments *a, size_t *n)
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

static void tell(const char *text, bool holds, const char *found, void *user)
{
	if (holds)
		printf("%s: as expected: %s, found %s\n", (const char *)user, text, found);
}

// Every point is a run of its own; one that is not there yet has no figures.
static int judge(struct sweep_arguments *a, struct err *err)
{
	char name[GRID_NAME_SIZE];
	for (size_t i = 0; expect_anything(&a->expect) && i < grid_points(&a->grid); i++) {
		json_t *summary = point_summary(&a->grid, i);
		grid_name(&a->grid, i, name);
		expect_run(&a->expect, name, summary, "the point is not done", a->quiet ? NULL : tell, name);
		json_decref(summary);
	}
	if (expect_end(&a->expect))
		return err_set(err, EIO, "not all verdicts are written");
	return a->expect.runs_unmet ? err_set(err, EIO, "%d of %zu points are not as expected",
					      a->expect.runs_unmet, grid_points(&a->grid))
				    : 0;
}

static int gather_all(struct sweep_arguments *a, struct err *err)
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
	return r < 0 ? r : judge(a, err);
}

static void print_open_points(const struct sweep_arguments *a, const size_t *points, size_t n)
{
	char name[GRID_NAME_SIZE];
	for (size_t i = 0; i < n; i++) {
		grid_name(&a->grid, points[i], name);
		printf("%zu %s\n", points[i], name);
	}
	printf("%zu of %zu points to run\n", n, grid_points(&a->grid));
}

static int run_points(struct sweep_arguments *a, const size_t *points, size_t n, struct err *err)
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
	int gathered = a->shares ? 0 : gather_all(a, err);
	if (result.interrupted)
		return err_set(err, EINTR, "interrupted: the same command goes on from here");
	return result.failed ? err_set(err, EIO,
				       "%zu of %zu points failed (why: points/*.failed): the same command "
				       "tries them again",
				       result.failed, n)
			     : gathered;
}

static int write_slurm(const struct sweep_arguments *a, struct err *err)
{
	char path[PATH_MAX];
	int r = slurm_write(&a->grid, a->jobs, path, err);
	if (r == 0 && !a->quiet)
		printf("sbatch %s\n# when its tasks are done:\nairbatch sweep --gather --out %s\n", path,
		       a->grid.directory);
	return r;
}

// Takes the folder, and writes down what is swept there.
static int claim(struct sweep_arguments *a, int *fd, struct err *err)
{
	int r = make_dirs(a->grid.directory, err) < 0 ? -EIO : 0;
	r = r < 0 ? r : lock(&a->grid, a->shares > 0, err);
	*fd = r;
	return r >= 0 && a->file ? grid_save(&a->grid, err) : r;
}

static bool is_lock(const char *name)
{
	return strcmp(name, LOCK) == 0;
}

// A folder that is a sweep's may hold more than we know; one that is none must be empty.
static int check_folder(const struct grid *g, struct err *err)
{
	char path[PATH_MAX + 16];
	snprintf(path, sizeof(path), "%s/sweep.json", g->directory);
	return access(path, F_OK) == 0 ? 0 : output_folder(g->directory, is_lock, "--out", err);
}

static int work(struct sweep_arguments *a, const size_t *points, size_t n, struct err *err)
{
	int fd = -1, r = check_folder(&a->grid, err);
	r = r < 0 ? r : check_points(&a->grid, points, n, a->quiet, err);
	r = r < 0 ? r : claim(a, &fd, err);
	if (r >= 0)
		r = a->engine == ENGINE_SLURM ? write_slurm(a, err) : run_points(a, points, n, err);
	if (fd >= 0)
		close(fd);
	return r;
}

static int sweep(struct sweep_arguments *a, struct err *err)
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
	struct sweep_arguments *a = calloc(1, sizeof(*a));
	struct err err = {0};
	if (!a) {
		log_error("no memory");
		return 1;
	}
	a->expect.fields = summary_fields;
	argp_parse(&sweep_argp, argc, argv, 0, NULL, a);
	int r = sweep(a, &err);
	if (r < 0)
		log_error("%s", err.text);
	grid_free(&a->grid);
	free(a);
	return r >= 0 ? 0 : r == -EINVAL || r == -EEXIST || r == -ESTALE || r == -ENOENT ? 2 : 1;
}
