// SPDX-License-Identifier: BSD-3-Clause
#include "emu/report/report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cache.h"
#include "base/log.h"
#include "emu/report/draw.h"
#include "emu/report/page.h"

struct report {
	struct run_directory *runs;
	size_t n;
	struct groups groups;
	struct plots *plots;
	json_t *problems;
};

static void note_problem(struct report *r, const char *sentence)
{
	log_error("%s", sentence);
	json_array_append_new(r->problems, json_string(sentence));
}

// Returns how many directories were given.
static size_t read_runs(struct report *r, const char *const *directories)
{
	size_t given = 0;
	for (; directories[given]; given++) {
		struct err err;
		struct run_directory *run = &r->runs[r->n];
		if (run_directory_read(run, directories[given], &err) < 0) {
			note_problem(r, err.text);
			continue;
		}
		size_t i;
		json_t *line;
		json_array_foreach(run->problems, i, line) log_error("%s", json_string_value(line));
		r->n++;
	}
	return given;
}

static void draw(struct report *r)
{
	struct err err;
	draw_stages(r->plots, &r->groups);
	draw_energy(r->plots, &r->groups);
	draw_distributions(r->plots, &r->groups);
	draw_ues(r->plots, &r->groups);
	draw_batches(r->plots, &r->groups);
	draw_links(r->plots, &r->groups);
	draw_latency_over_time(r->plots, &r->groups);
	if (plots_draw(r->plots, &err) < 0)
		note_problem(r, err.text);
}

static int write_page(const struct report *r, const char *path, struct err *err)
{
	const struct page page = {.groups = &r->groups,
				  .runs = r->runs,
				  .n_runs = r->n,
				  .plots = r->plots,
				  .problems = r->problems};
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	if (!out)
		return err_set(err, ENOMEM, "no memory for the page");
	page_write(&page, out);
	int failed = ferror(out);
	failed |= fclose(out) != 0;
	int code = failed ? err_set(err, ENOMEM, "no memory for the page")
			  : write_file_atomically(path, text, size, err);
	free(text);
	return code;
}

static int is_complete(const struct report *r)
{
	size_t problems = json_array_size(r->problems);
	for (size_t i = 0; i < r->n; i++)
		problems += json_array_size(r->runs[i].problems);
	return problems == 0;
}

static int make(struct report *r, const struct report_options *o, const char *path, struct err *err)
{
	int code = groups_make(&r->groups, r->runs, r->n);
	if (code < 0)
		return err_set(err, ENOMEM, "no memory for %zu runs", r->n);
	draw(r);
	code = write_page(r, path, err);
	if (code == 0 && o->plots)
		code = plots_write_files(r->plots, o->plots, err);
	return code < 0 ? code : !is_complete(r);
}

int report_runs(const struct report_options *o, char *path, unsigned long path_size, struct err *err)
{
	struct report r = {.problems = json_array(), .plots = plots_new()};
	size_t given = 0;
	while (o->directories[given])
		given++;
	r.runs = calloc(given + 1, sizeof(*r.runs));
	int code = -ENOMEM;
	if (!r.runs || !r.plots)
		err_set(err, ENOMEM, "no memory");
	else if (read_runs(&r, o->directories), r.n == 0)
		code = err_set(err, EINVAL, "no run to report");
	else {
		if (o->out)
			snprintf(path, path_size, "%s", o->out);
		else
			snprintf(path, path_size, "%s%sreport.html", given == 1 ? o->directories[0] : "",
				 given == 1 ? "/" : "");
		code = make(&r, o, path, err);
	}
	groups_free(&r.groups);
	for (size_t i = 0; i < r.n; i++)
		run_directory_free(&r.runs[i]);
	free(r.runs);
	plots_free(r.plots);
	json_decref(r.problems);
	return code;
}
