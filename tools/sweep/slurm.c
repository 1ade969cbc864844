// SPDX-License-Identifier: BSD-3-Clause
#include "base/program.h"
#include "tools/sweep/slurm.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cache.h"

// For sh: 'it'\''s'.
static void print_shell_word(FILE *f, const char *text)
{
	fputc('\'', f);
	for (; *text; text++)
		fprintf(f, *text == '\'' ? "'\\''" : "%c", *text);
	fputc('\'', f);
}

static void print_script(const struct grid *g, int at_once, const char *program, const char *here, FILE *f)
{
	size_t points = grid_points(g), tasks = points < SLURM_MOST_TASKS ? points : SLURM_MOST_TASKS;
	fprintf(f,
		"#!/bin/bash\n"
		"# %zu points in %zu tasks; points that are done are skipped. Afterwards:\n"
		"#   airbatch sweep --gather --out DIR\n"
		"#SBATCH --job-name=airbatch-sweep\n"
		"#SBATCH --array=0-%zu",
		points, tasks, tasks - 1);
	if (at_once > 0)
		fprintf(f, "%%%d", at_once);
	fprintf(f, "\n#SBATCH --output=\"%s/slurm-%%a.log\"\n", g->directory);
	fprintf(f, "set -euo pipefail\ncd ");
	print_shell_word(f, here);
	fputs("\nexec ", f);
	print_shell_word(f, program);
	fputs(" sweep --quiet --jobs \"${SLURM_CPUS_PER_TASK:-1}\" --share \"$SLURM_ARRAY_TASK_ID/", f);
	fprintf(f, "%zu\" --out ", tasks);
	print_shell_word(f, g->directory);
	fputc('\n', f);
}

static void print_points(const struct grid *g, FILE *f)
{
	char name[GRID_NAME_SIZE];
	for (size_t i = 0; i < grid_points(g); i++) {
		grid_name(g, i, name);
		fprintf(f, "%zu %s\n", i, name);
	}
}

static int write_text(const char *path, FILE *f, char **text, const size_t *size, struct err *err)
{
	int r = fclose(f) == 0 ? 0 : err_set(err, ENOMEM, "no memory for %s", path);
	r = r < 0 ? r : write_file_atomically(path, *text, *size, err);
	free(*text);
	*text = NULL;
	return r;
}

int slurm_write(const struct grid *g, int at_once, char path[PATH_MAX], struct err *err)
{
	char program[PATH_MAX], here[PATH_MAX], list[PATH_MAX + 16], *text = NULL;
	size_t size;
	int r = program_path(program, err);
	if (r < 0)
		return r;
	if (!getcwd(here, sizeof(here)))
		return err_sys(err, errno, "cannot tell where we are");
	FILE *f = open_memstream(&text, &size);
	if (!f)
		return err_set(err, ENOMEM, "no memory for a script");
	print_points(g, f);
	snprintf(list, sizeof(list), "%s/points.txt", g->directory);
	r = write_text(list, f, &text, &size, err);
	if (r < 0 || !(f = open_memstream(&text, &size)))
		return r < 0 ? r : err_set(err, ENOMEM, "no memory for a script");
	print_script(g, at_once, program, here, f);
	snprintf(path, PATH_MAX, "%.*s/sweep.sbatch", PATH_MAX - 20, g->directory);
	return write_text(path, f, &text, &size, err);
}
