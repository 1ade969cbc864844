// SPDX-License-Identifier: BSD-3-Clause
// What happened over time, in the first run of each group.
#include "tools/report/draw.h"

#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>

#include "base/quantile.h"
#include "tools/report/measure.h"
#include "tools/report/series.h"

#define CURVE_POINTS 300
#define MOST_CURVES 8 // more UEs are drawn as a band
#define BAND_POINTS 120

// From the start to the last record.
#define TIME_AXIS "set xrange [0:*]\nset autoscale xfixmax\n"

struct link_figure {
	const char *name, *title, *caption, *axis, *range, *columns, *band_columns;
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

static void write_curves(struct plots *p, FILE *s, const struct run_directory *run, uint32_t ues,
			 const struct link_figure *f, struct point *scratch)
{
	struct point curve[CURVE_POINTS];
	char name[16];
	plots_columns(p, f->columns);
	for (uint32_t ue = 1; ue <= ues; ue++) {
		size_t n = series_extremes(scratch, take_ue(run, ue, f, scratch), curve, CURVE_POINTS);
		snprintf(name, sizeof(name), "ue%u", ue);
		plots_block(p, name, n ? name : NULL);
		for (size_t i = 0; i < n; i++)
			PLOTS_ROW(p, curve[i].x, curve[i].y);
		if (n == 0)
			PLOTS_ROW(p, NAN, NAN);
		plots_block_end(p);
	}
	for (uint32_t ue = 1; ue <= ues; ue++)
		fprintf(s, "%s$ue%u with lines lc rgb '%s' dt %s lw 1.6 title 'ue%u'",
			ue > 1 ? ", " : "plot ", ue, plots_colour((int)ue - 1), plots_dash(((int)ue - 1) / 7),
			ue);
	fputc('\n', s);
}

// Per stretch of time the median and the middle 80 % of all points (whatever UE they are of).
static void write_band(struct plots *p, FILE *s, const struct point *points, size_t n, const char *of)
{
	double *values = malloc((n + 1) * sizeof(*values));
	double begin = points[0].x, width = (points[n - 1].x - begin) / BAND_POINTS;
	plots_block(p, "band", of);
	for (size_t i = 0, stretch = 0; values && i < n; stretch++) {
		double end = begin + (double)(stretch + 1) * width;
		size_t k = 0;
		for (; i < n && (points[i].x < end || stretch >= BAND_POINTS - 1); i++)
			values[k++] = points[i].y;
		if (k > 0)
			PLOTS_ROW(p, end - width / 2, quantile(values, k, .1), quantile(values, k, .5),
				  quantile(values, k, .9));
	}
	free(values);
	plots_block_end(p);
	fprintf(s,
		"plot $band using 1:2:4 with filledcurves fs transparent solid 0.3 lc rgb '%s' title "
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
	char name[48], title[200];
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
		if (n > 0) {
			plots_columns(p, f->band_columns);
			write_band(p, s, points, n, "UEs");
		} else
			write_curves(p, s, run, ues < MOST_CURVES ? ues : MOST_CURVES, f, points);
		fputc('\n', s);
	}
	free(points);
}

void draw_links(struct plots *p, const struct groups *g)
{
	static const struct link_figure figures[] = {
	    {"gain", "Channel gain", "As the shaper recorded it.", "gain (dB)", "[*:*]", "ue,time_s,gain_db",
	     "of,time_s,p10_db,p50_db,p90_db", gain_of},
	    {"rate", "Uplink rate", "What the link model grants at this gain.", "rate (Mbit/s)", "[0:*]",
	     "ue,time_s,uplink_mbps", "of,time_s,p10_mbps,p50_mbps,p90_mbps", rate_of},
	    {"queue", "Uplink queue", "Bytes that waited for the radio when the record was taken.",
	     "queue (kB)", "[0:*]", "ue,time_s,queue_kb", "of,time_s,p10_kb,p50_kb,p90_kb", queue_of},
	};
	for (int i = 0; i < g->n; i++)
		for (size_t k = 0; groups_over_time(g, i) && k < sizeof(figures) / sizeof(figures[0]); k++)
			draw_link_figure(p, &g->group[i], i, &figures[k]);
}

static int by_time(const void *a, const void *b)
{
	double x = ((const struct point *)a)->x, y = ((const struct point *)b)->x;
	return (x > y) - (x < y);
}

#define MOST_DOTS 700
#define MOST_MISSES 300

// The tasks that missed their deadline, at most MOST_MISSES of them. Returns how many there are in all.
static size_t write_missed(struct plots *p, const struct run_directory *run)
{
	size_t missed = 0, m = 0;
	for (size_t i = 0; i < run->n_tasks; i++)
		missed += task_row_done(&run->tasks[i]) && !run->tasks[i].met;
	plots_block(p, "missed", NULL);
	PLOTS_ROW(p, NAN, NAN);
	for (size_t i = 0; i < run->n_tasks; i++) {
		const struct task_row *t = &run->tasks[i];
		if (task_row_done(t) && !t->met && m++ % (1 + missed / MOST_MISSES) == 0)
			PLOTS_ROW(p, t->arrival_ms / 1e3, t->latency_ms);
	}
	plots_block_end(p);
	return missed;
}

// Tasks as points where they are few, else their distribution over time; missed deadlines on top.
static void draw_run_latency(struct plots *p, FILE *s, const struct run_directory *run, struct point *points)
{
	size_t n = 0, missed = write_missed(p, run);
	for (size_t i = 0; i < run->n_tasks; i++)
		if (task_row_done(&run->tasks[i]))
			points[n++] =
			    (struct point){run->tasks[i].arrival_ms / 1e3, run->tasks[i].latency_ms};
	qsort(points, n, sizeof(*points), by_time);
	if (n > MOST_DOTS) {
		plots_columns(p, "of,arrival_s,p10_ms,p50_ms,p90_ms");
		write_band(p, s, points, n, "tasks");
	} else {
		plots_columns(p, "of,arrival_s,latency_ms");
		plots_block(p, "tasks", "tasks");
		for (size_t i = 0; i < n; i++)
			PLOTS_ROW(p, points[i].x, points[i].y);
		plots_block_end(p);
		fprintf(s, "plot $tasks with points pt 7 ps 0.35 lc rgb '%s' title 'a task'",
			plots_colour(0));
	}
	if (missed > 0)
		fprintf(s, ", $missed with points pt 7 ps 0.4 lc rgb '%s' title 'missed its deadline'",
			plots_colour(1));
	fputc('\n', s);
}

static size_t count_done(const struct run_directory *run)
{
	size_t n = 0;
	for (size_t i = 0; i < run->n_tasks; i++)
		n += task_row_done(&run->tasks[i]);
	return n;
}

void draw_latency_over_time(struct plots *p, const struct groups *g)
{
	for (int i = 0; i < g->n; i++) {
		const struct group *group = &g->group[i];
		if (!groups_over_time(g, i))
			continue;
		const struct run_directory *run = group->runs[0];
		struct point *points = calloc(run->n_tasks + 1, sizeof(*points));
		char name[48], title[200];
		snprintf(name, sizeof(name), "latency-time-%d", i);
		snprintf(title, sizeof(title), "Latency over time: %s", group->label);
		FILE *s = points && count_done(run) > 0
			      ? plots_begin(p, name, 0, title, "Each task at its arrival.")
			      : NULL;
		if (s) {
			fputs(TIME_AXIS "set xlabel 'arrival (s)'\nset ylabel 'latency (ms)'\n", s);
			draw_run_latency(p, s, run, points);
		}
		free(points);
	}
}
