// SPDX-License-Identifier: BSD-3-Clause
// Distributions, and figures of each UE.
#include "tools/report/draw.h"

#include <math.h>
#include <stdlib.h>

#include "tools/report/measure.h"
#include "tools/report/series.h"

#define CDF_POINTS 240
// Beyond this ratio of largest to smallest value the axis is logarithmic.
#define LOG_RATIO 50
// What values of tables with six decimals may differ by where they are the same.
#define ROUNDING 3e-6

struct distribution {
	const char *name, *title, *caption, *axis, *columns;
	struct task_figure figure;
};

static double slack_of(const struct task_row *t, int argument)
{
	(void)argument;
	return t->deadline_ms - t->latency_ms;
}

static void write_cdf(struct plots *p, int i, const char *series, const double *values, size_t n)
{
	struct point points[CDF_POINTS];
	size_t k = series_cdf(values, n, points, CDF_POINTS);
	char block[16];
	snprintf(block, sizeof(block), "g%d", i);
	plots_block(p, block, series);
	if (k > 0)
		PLOTS_ROW(p, points[0].x, 0);
	for (size_t j = 0; j < k; j++)
		PLOTS_ROW(p, points[j].x, 100 * points[j].y);
	plots_block_end(p);
}

// "plot $g0 ..., $g1 ...": one curve each of the groups that have data.
static void plot_groups(FILE *s, const struct groups *g, const bool *has_data, const char *using)
{
	const char *separator = "plot ";
	for (int i = 0; i < g->n; i++) {
		if (!has_data[i])
			continue;
		fprintf(s, "%s$g%d %s lc rgb '%s' dt %s lw 2 title ", separator, i, using,
			plots_colour(g->group[i].colour), plots_dash(g->group[i].colour));
		plots_text(s, g->group[i].short_label);
		separator = ", ";
	}
	fputc('\n', s);
}

static void draw_distribution(struct plots *p, const struct groups *g, const struct distribution *d)
{
	bool *has_data = calloc((size_t)g->n, sizeof(*has_data));
	double low = INFINITY, high = -INFINITY;
	FILE *s = NULL;
	for (int i = 0; has_data && i < g->n; i++) {
		size_t n;
		double *values = g->group[i].detailed ? group_values(&g->group[i], d->figure, &n) : NULL;
		if (!values)
			continue;
		if (!s && (s = plots_begin(p, d->name, 0, d->title, d->caption)))
			plots_columns(p, d->columns);
		if (s)
			write_cdf(p, i, g->group[i].label, values, n);
		has_data[i] = s != NULL;
		low = fmin(low, values[0]);
		high = fmax(high, values[n - 1]);
		free(values);
	}
	if (s) {
		fprintf(s, "set xlabel '%s'\nset ylabel 'tasks (%%)'\nset yrange [0:100.5]\nset ytics 20\n%s",
			d->axis, low > 0 && high > LOG_RATIO * low ? "set logscale x\n" : "");
		if (high - low <= ROUNDING)
			fprintf(s, "set xrange [%.9g:%.9g]\n", low - fabs(.01 * low) - 1e-3,
				high + fabs(.01 * high) + 1e-3);
		else if (low < 0 && high > 0)
			fputs("set arrow from 0, graph 0 to 0, graph 1 nohead lw 1 dt 2 lc rgb '" PLOTS_INK
			      "'\n",
			      s);
		plot_groups(s, g, has_data, "using 1:2 with lines");
	}
	free(has_data);
}

void draw_distributions(struct plots *p, const struct groups *g)
{
	const struct distribution all[] = {
	    {"latency-cdf", "Latency", "Share of tasks whose result was there within so many milliseconds.",
	     "latency (ms)", "group,latency_ms,tasks_percent", figure_latency_ms},
	    {"slack-cdf",
	     "Time left at the deadline",
	     "Deadline minus latency. Left of zero: the tasks that missed their deadline.",
	     "time left (ms)",
	     "group,left_ms,tasks_percent",
	     {slack_of, 0, {NULL}}},
	    {"off-cdf", "Measured against planned latency",
	     "How much later (right of zero) or earlier a result came than its plan said.",
	     "real - planned latency (ms)", "group,off_plan_ms,tasks_percent", figure_latency_off_ms},
	    {"energy-cdf", "Energy of a task", "Share of tasks that cost the UE at most so much energy.",
	     "energy (mJ)", "group,energy_mj,tasks_percent", figure_energy_mj},
	};
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		draw_distribution(p, g, &all[i]);
}

// The group's UEs side by side with those of the others. Returns whether any has tasks.
static bool write_ues(struct plots *p, const struct group *g, int i, double shift, struct task_figure figure)
{
	uint32_t n = group_ues(g);
	char block[16];
	bool any = false;
	snprintf(block, sizeof(block), "g%d", i);
	plots_block(p, block, NULL);
	for (uint32_t ue = 1; ue <= n; ue++) {
		struct estimate e = group_estimate(g, ue, figure);
		if (!isfinite(e.mean))
			continue;
		PLOTS_ROW(p, ue + shift, e.mean, e.ci95);
		plots_table_row(p, g->label, NULL, (const double[]){ue, e.mean, e.ci95}, 3);
		any = true;
	}
	plots_block_end(p);
	return any;
}

static void draw_ue_figure(struct plots *p, const struct groups *g, const struct distribution *d)
{
	FILE *s = plots_begin(p, d->name, 0, d->title, d->caption);
	bool *has_data = s ? calloc((size_t)g->n, sizeof(*has_data)) : NULL;
	uint32_t ues = 0;
	int shown = 0;
	if (has_data)
		plots_columns(p, d->columns);
	for (int i = 0; has_data && i < g->n; i++) {
		if (!g->group[i].detailed)
			continue;
		double shift = g->n_detailed > 1 ? 0.5 * (shown++ / (double)(g->n_detailed - 1) - 0.5) : 0;
		uint32_t n = group_ues(&g->group[i]);
		has_data[i] = write_ues(p, &g->group[i], i, shift, d->figure);
		ues = n > ues ? n : ues;
	}
	if (has_data) {
		fprintf(s,
			"set xlabel 'UE'\nset ylabel '%s'\nset xrange [0.5:%u.5]\nset yrange [0:*]\nset "
			"xtics %u\n",
			d->axis, ues, ues > 16 ? 1 + ues / 16 : 1);
		plot_groups(s, g, has_data, "using 1:2:3 with yerrorbars pt 7 ps 0.6");
	}
	free(has_data);
}

// One row a UE and group costs a pass over its tasks: bounded.
#define MOST_UES 64

void draw_ues(struct plots *p, const struct groups *g)
{
	const struct distribution all[] = {
	    {"energy-ue", "Energy by UE", "Mean energy of a UE's tasks and its 95 % interval.",
	     "energy of a task (mJ)", "group,ue,energy_mj,ci95_mj", figure_energy_mj},
	    {"latency-ue", "Latency by UE", "Mean latency of a UE's tasks and its 95 % interval.",
	     "latency (ms)", "group,ue,latency_ms,ci95_ms", figure_latency_ms},
	};
	size_t done = 0;
	for (int i = 0; i < g->n; i++) {
		if (!g->group[i].detailed || g->group[i].runs[0]->summary_only)
			continue;
		done += group_count(&g->group[i]).done;
		if (group_ues(&g->group[i]) > MOST_UES)
			return;
	}
	for (size_t i = 0; done > 0 && i < sizeof(all) / sizeof(all[0]); i++)
		draw_ue_figure(p, g, &all[i]);
}
