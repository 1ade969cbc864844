// SPDX-License-Identifier: BSD-3-Clause
// What happened over time, in the first run of each group.
#include "emu/report/draw.h"

#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>

#include "base/quantile.h"
#include "emu/report/measure.h"
#include "emu/report/series.h"

#define CURVE_POINTS 300
#define MOST_CURVES 8 // more UEs are drawn as a band
#define BAND_POINTS 120

// From the start to the last record.
#define TIME_AXIS "set xrange [0:*]\nset autoscale xfixmax\n"

struct link_figure {
	const char *name, *title, *caption, *axis, *range;
	double (*of)(const struct link_row *l);
};

static double gain_of(const struct link_row *l)
{
	return l->gain_db;
}

static double rate_of(const struct link_row *l)
{
	return l->up_bps / 1e6;
}

static double queue_of(const struct link_row *l)
{
	return l->up_queue_bytes / 1e3;
}

// The figure of one UE over time: finite points only. Returns how many.
static size_t take_ue(const struct run_directory *run, uint32_t ue, const struct link_figure *f,
		      struct point *points)
{
	size_t n = 0;
	for (size_t i = 0; i < run->n_links; i++) {
		const struct link_row *l = &run->links[i];
		if (l->ue == ue && isfinite(f->of(l)))
			points[n++] = (struct point){l->time_ms / 1e3, f->of(l)};
	}
	return n;
}

static void write_curves(FILE *s, const struct run_directory *run, uint32_t ues, const struct link_figure *f,
			 struct point *scratch)
{
	struct point curve[CURVE_POINTS];
	for (uint32_t ue = 1; ue <= ues; ue++) {
		size_t n = series_extremes(scratch, take_ue(run, ue, f, scratch), curve, CURVE_POINTS);
		fprintf(s, "$ue%u << END\n", ue);
		for (size_t i = 0; i < n; i++)
			fprintf(s, "%.6g %.6g\n", curve[i].x, curve[i].y);
		fputs(n ? "END\n" : "NaN NaN\nEND\n", s);
	}
	for (uint32_t ue = 1; ue <= ues; ue++)
		fprintf(s, "%s$ue%u with lines lc rgb '%s' dt %d lw 1.6 title 'ue%u'",
			ue > 1 ? ", " : "plot ", ue, plots_colour((int)ue - 1), plots_dash((int)ue - 1), ue);
	fputc('\n', s);
}

// Per stretch of time the median and the middle 80 % of all points (whatever UE they are of).
static void write_band(FILE *s, const struct point *points, size_t n, const char *of)
{
	double *values = malloc((n + 1) * sizeof(*values));
	double begin = points[0].x, width = (points[n - 1].x - begin) / BAND_POINTS;
	fputs("$band << END\n", s);
	for (size_t i = 0, stretch = 0; values && i < n; stretch++) {
		double end = begin + (double)(stretch + 1) * width;
		size_t k = 0;
		for (; i < n && (points[i].x < end || stretch >= BAND_POINTS - 1); i++)
			values[k++] = points[i].y;
		if (k > 0)
			fprintf(s, "%.6g %.6g %.6g %.6g\n", end - width / 2, quantile(values, k, .1),
				quantile(values, k, .5), quantile(values, k, .9));
	}
	free(values);
	fprintf(s,
		"END\nplot $band using 1:2:4 with filledcurves fs transparent solid 0.3 lc rgb '%s' title "
		"'middle 80 "
		"%% of %s', $band using 1:3 with lines lw 2 lc rgb '%s' title 'median'",
		plots_colour(0), of, plots_colour(0));
}

// gnuplot refuses a plot without a single point.
static bool has_values(const struct run_directory *run, const struct link_figure *f)
{
	for (size_t i = 0; i < run->n_links; i++)
		if (isfinite(f->of(&run->links[i])) && run->links[i].ue <= MOST_CURVES)
			return true;
	return false;
}

static void draw_link_figure(struct plots *p, const struct group *g, int number, const struct link_figure *f)
{
	const struct run_directory *run = g->runs[0];
	uint32_t ues = group_ues(g);
	char name[48], title[160];
	struct point *points = ues && has_values(run, f) ? malloc(run->n_links * sizeof(*points)) : NULL;
	if (!points)
		return;
	snprintf(name, sizeof(name), "%s-%d", f->name, number);
	snprintf(title, sizeof(title), "%s: %s", f->title, g->label);
	FILE *s = plots_begin(p, name, 0, title, f->caption);
	if (s) {
		fprintf(s, TIME_AXIS "set xlabel 'time (s)'\nset ylabel '%s'\nset yrange %s\n", f->axis,
			f->range);
		size_t n = 0;
		for (size_t i = 0; ues > MOST_CURVES && i < run->n_links; i++)
			if (isfinite(f->of(&run->links[i])))
				points[n++] =
				    (struct point){run->links[i].time_ms / 1e3, f->of(&run->links[i])};
		if (n > 0)
			write_band(s, points, n, "UEs");
		else
			write_curves(s, run, ues < MOST_CURVES ? ues : MOST_CURVES, f, points);
		fputc('\n', s);
	}
	free(points);
}

void draw_links(struct plots *p, const struct groups *g)
{
	static const struct link_figure figures[] = {
	    {"gain", "Channel gain", "As the shaper recorded it.", "gain (dB)", "[*:*]", gain_of},
	    {"rate", "Uplink rate", "What the link model grants at this gain.", "rate (Mbit/s)", "[0:*]",
	     rate_of},
	    {"queue", "Uplink queue", "Bytes that waited for the radio when the record was taken.",
	     "queue (kB)", "[0:*]", queue_of},
	};
	for (int i = 0; i < g->n && i < MOST_DETAILED; i++)
		for (size_t k = 0; k < sizeof(figures) / sizeof(figures[0]); k++)
			draw_link_figure(p, &g->group[i], i, &figures[k]);
}

static int by_time(const void *a, const void *b)
{
	double x = ((const struct point *)a)->x, y = ((const struct point *)b)->x;
	return (x > y) - (x < y);
}

#define MOST_DOTS 700
#define MOST_MISSES 300

// Tasks as points where they are few, else their distribution over time; missed deadlines on top.
static void draw_run_latency(FILE *s, const struct run_directory *run, struct point *points)
{
	size_t n = 0, missed = 0, every;
	for (size_t i = 0; i < run->n_tasks; i++)
		missed += task_row_done(&run->tasks[i]) && !run->tasks[i].met;
	every = 1 + missed / MOST_MISSES;
	fputs("$missed << END\nNaN NaN\n", s);
	for (size_t i = 0, m = 0; i < run->n_tasks; i++) {
		const struct task_row *t = &run->tasks[i];
		struct point at = {t->arrival_ms / 1e3, t->latency_ms};
		if (!task_row_done(t))
			continue;
		points[n++] = at;
		if (!t->met && m++ % every == 0)
			fprintf(s, "%.6g %.6g\n", at.x, at.y);
	}
	fputs("END\n", s);
	qsort(points, n, sizeof(*points), by_time);
	if (n > MOST_DOTS) {
		write_band(s, points, n, "tasks");
	} else {
		fputs("$tasks << END\n", s);
		for (size_t i = 0; i < n; i++)
			fprintf(s, "%.6g %.6g\n", points[i].x, points[i].y);
		fprintf(s, "END\nplot $tasks with points pt 7 ps 0.35 lc rgb '%s' title 'a task'",
			plots_colour(0));
	}
	if (missed > 0)
		fprintf(s, ", $missed with points pt 7 ps 0.4 lc rgb '%s' title 'missed its deadline'",
			plots_colour(1));
	fputc('\n', s);
}

void draw_latency_over_time(struct plots *p, const struct groups *g)
{
	for (int i = 0; i < g->n && i < MOST_DETAILED; i++) {
		const struct group *group = &g->group[i];
		const struct run_directory *run = group->runs[0];
		struct point *points = calloc(run->n_tasks + 1, sizeof(*points));
		char name[48], title[160];
		snprintf(name, sizeof(name), "latency-time-%d", i);
		snprintf(title, sizeof(title), "Latency over time: %s", group->label);
		FILE *s = points && group_count(group).done > 0
			      ? plots_begin(p, name, 0, title, "Each task at its arrival.")
			      : NULL;
		if (s) {
			fputs(TIME_AXIS "set xlabel 'arrival (s)'\nset ylabel 'latency (ms)'\n", s);
			draw_run_latency(s, run, points);
		}
		free(points);
	}
}
