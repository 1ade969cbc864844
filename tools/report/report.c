// SPDX-License-Identifier: BSD-3-Clause
#include "tools/report/report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cache.h"
#include "base/log.h"
#include "base/output.h"
#include "tools/report/axes.h"
#include "tools/report/draw.h"
#include "tools/report/page.h"
#include "tools/report/runs.h"

struct report {
	struct runs runs;
	struct groups groups;
	struct axes axes;
	struct plots *plots;
	char *metrics; // a copy of the option, which axes points into
	json_t *problems;
};

static void note_problem(struct report *r, const char *sentence)
{
	log_error("%s", sentence);
	json_array_append_new(r->problems, json_string(sentence));
}

static void draw(struct report *r)
{
	struct err err;
	draw_axes(r->plots, &r->groups, &r->axes);
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
				  .runs = r->runs.run,
				  .n_runs = r->runs.n,
				  .axes = &r->axes,
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
	for (size_t i = 0; i < r->runs.n; i++)
		problems += json_array_size(r->runs.run[i].problems);
	return problems == 0;
}

// Two runs that somebody puts side by side are no curve; two points of a sweep are.
static int least_points(const struct report *r)
{
	return r->runs.n_sweeps > 0 ? 2 : 3;
}

static int make(struct report *r, const struct report_options *o, const char *path, struct err *err)
{
	int code = groups_make(&r->groups, r->runs.run, r->runs.n);
	code = code < 0 ? code : axes_find(&r->axes, &r->groups, least_points(r));
	if (code < 0)
		return err_set(err, ENOMEM, "no memory for %zu runs", r->runs.n);
	draw(r);
	code = write_page(r, path, err);
	if (code == 0 && o->plots)
		code = plots_write_files(r->plots, o->plots, err);
	return code < 0 ? code : !is_complete(r);
}

static void choose_path(char *path, size_t size, const struct report_options *o)
{
	bool alone = !o->directories[1];
	if (o->out)
		snprintf(path, size, "%s", o->out);
	else
		snprintf(path, size, "%s%sreport.html", alone ? o->directories[0] : "", alone ? "/" : "");
}

static int read_and_make(struct report *r, const struct report_options *o, const char *path, struct err *err)
{
	r->metrics = o->metrics ? strdup(o->metrics) : NULL;
	if (!r->plots || (o->metrics && !r->metrics))
		return err_set(err, ENOMEM, "no memory");
	int code = axes_choose(&r->axes, r->metrics, err);
	for (size_t i = 0; code >= 0 && o->directories[i]; i++) {
		struct err why;
		code = runs_add(&r->runs, o->directories[i], r->problems, &why);
		if (code == -ENOMEM)
			*err = why;
	}
	if (code < 0)
		return code;
	if (r->runs.n == 0)
		return err_set(err, EINVAL, "no run to report");
	code = output_file(path, "<title>airbatch report</title>", "report", "--out", err);
	return code < 0 ? code : make(r, o, path, err);
}

int report_runs(const struct report_options *o, char *path, unsigned long path_size, struct err *err)
{
	struct report r = {.problems = json_array(), .plots = plots_new()};
	char place[4096];
	choose_path(place, sizeof(place), o);
	if (path)
		snprintf(path, path_size, "%s", place);
	int code = read_and_make(&r, o, place, err);
	axes_free(&r.axes);
	groups_free(&r.groups);
	runs_free(&r.runs);
	plots_free(r.plots);
	free(r.metrics);
	json_decref(r.problems);
	return code;
}
