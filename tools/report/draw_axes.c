// SPDX-License-Identifier: BSD-3-Clause
// Metrics against the parameters in which groups differ.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "records/figures.h"
#include "setup/topology/topology.h"
#include "tools/report/axis_scale_private.h"
#include "tools/report/draw.h"
#include "tools/report/savings.h"

struct metric {
	const char *name, *title, *axis, *range;
};

static struct metric metric_of(const char *name)
{
	static const struct metric known[] = {
	    {"energy_mj", "Energy of a task", "energy of a task (mJ)", "[0:*]"},
	    {"saving_percent", "Energy saved", "saving (%)", "[*:*]"},
	    {"latency_mean_ms", "Mean latency", "latency, mean (ms)", "[0:*]"},
	    {"latency_p50_ms", "Median latency", "latency, median (ms)", "[0:*]"},
	    {"latency_p95_ms", "Latency, 95th percentile", "latency, p95 (ms)", "[0:*]"},
	    {"met_share", "Deadlines met", "share of deadlines met", "[0:1.03]"},
	    {"mean_batch", "Batch size", "users in a batch, mean", "[0:*]"},
	};
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i].name, name) == 0)
			return known[i];
	return (struct metric){name, name, name, "[*:*]"};
}

// Over the group's runs.
static struct estimate estimate_metric(const struct groups *g, int i, const char *metric)
{
	int figure = figure_index(metric);
	if (figure < 0)
		return group_saving(g, i).percent;
	const struct group *x = &g->group[i];
	double *values = calloc(x->n_runs + 1, sizeof(*values));
	size_t n = 0;
	for (size_t r = 0; values && r < x->n_runs; r++) {
		values[n] = figure_value(x->runs[r]->summary, figure);
		n += isfinite(values[n]) ? 1 : 0;
	}
	struct estimate e = estimate_of(values, n);
	free(values);
	return e;
}

struct curve {
	char label[96];
	int colour;
	bool simulated, has_points, has_intervals;
};

static bool is_of(const struct curve *c, const struct group *x)
{
	return c->simulated == x->simulated && c->colour == x->policy_number;
}

struct mark {
	double x;
	struct estimate e;
	int group;
};

static int by_x(const void *a, const void *b)
{
	double x = ((const struct mark *)a)->x, y = ((const struct mark *)b)->x;
	return (x > y) - (x < y);
}

struct panel_plot {
	const struct groups *g;
	const struct report_axis *axis;
	const struct axis_panel *panel;
	struct metric metric;
	struct axis_scale scale;
};

// The curve's points from left to right; how many.
static int collect(const struct panel_plot *d, const struct curve *c, struct mark *marks)
{
	int n = 0;
	for (int i = 0; i < d->panel->n_groups; i++) {
		int k = d->panel->group[i];
		const struct group *x = &d->g->group[k];
		if (!is_of(c, x))
			continue;
		struct estimate e = estimate_metric(d->g, k, d->metric.name);
		if (isfinite(e.mean))
			marks[n++] = (struct mark){axis_place(d->axis, &d->scale, x), e, k};
	}
	qsort(marks, (size_t)n, sizeof(*marks), by_x);
	return n;
}

static void write_curve(struct plots *p, const struct panel_plot *d, struct curve *c, int number,
			const struct mark *marks, int n)
{
	c->has_points = true;
	char block[16], text[64];
	snprintf(block, sizeof(block), "c%d", number);
	plots_block(p, block, NULL);
	for (int i = 0; i < n; i++) {
		const struct group *x = &d->g->group[marks[i].group];
		const json_t *at = json_object_get(x->flat, d->axis->path);
		topology_si_text(d->axis->path, at, text, sizeof(text));
		PLOTS_ROW(p, marks[i].x, marks[i].e.mean, marks[i].e.ci95);
		c->has_intervals |= marks[i].e.ci95 > 0;
		const double row[] = {json_number_value(at), marks[i].e.mean, marks[i].e.ci95,
				      (double)x->n_runs};
		if (d->axis->numeric)
			plots_table_row(p, c->label, NULL, row, 4);
		else
			plots_table_row(p, c->label, text, row + 1, 3);
	}
	plots_block_end(p);
}

enum { MOST_PANEL_CURVES = 24 };

// The panel's curves, one a policy and engine; how many.
static int find_curves(const struct panel_plot *d, struct curve curves[MOST_PANEL_CURVES])
{
	bool engines[2] = {false, false};
	int n = 0;
	for (int i = 0; i < d->g->n; i++)
		engines[d->g->group[i].simulated] = true;
	for (int i = 0; i < d->panel->n_groups && n < MOST_PANEL_CURVES; i++) {
		const struct group *x = &d->g->group[d->panel->group[i]];
		bool known = false;
		for (int k = 0; k < n && !known; k++)
			known = is_of(&curves[k], x);
		if (known)
			continue;
		curves[n] = (struct curve){.colour = x->policy_number, .simulated = x->simulated};
		bool both = engines[0] && engines[1];
		snprintf(curves[n++].label, sizeof(curves->label), "%s%s%s", x->policy, both ? ", " : "",
			 both ? group_engine(x) : "");
	}
	return n;
}

static FILE *begin(struct plots *p, const struct panel_plot *d, int number)
{
	bool saving = strcmp(d->metric.name, "saving_percent") == 0;
	char name[72], title[200], columns[160];
	axes_plot_name(name, d->axis, d->metric.name, number);
	snprintf(title, sizeof(title), "%s%s%s", d->metric.title, *d->panel->title ? ": " : "",
		 d->panel->title);
	FILE *s = plots_begin(p, name, 0, title,
			      saving ? "Against the first policy, pair by pair of equal seeds. Bars: 95 % "
				       "interval over the pairs."
				     : "Mean over seeds and runs. Bars: its 95 % interval.");
	if (!s)
		return NULL;
	snprintf(columns, sizeof(columns), "policy,%.60s,%.40s,ci95,runs", d->axis->path, d->metric.name);
	for (char *c = columns; *c; c++)
		*c = *c == '.' ? '_' : *c;
	plots_columns(p, columns);
	axis_write(s, d->axis, &d->scale);
	fputs("set ylabel ", s);
	plots_text(s, d->metric.axis);
	fprintf(s, "\nset yrange %s\n", d->metric.range);
	return s;
}

// Lines and points are of the policy's look, which the legend shows; bars lie on top.
static void plot_curves(FILE *s, const struct curve *curves, int n)
{
	const char *separator = "plot ";
	for (int i = 0; i < n; i++) {
		if (!curves[i].has_points)
			continue;
		int look = curves[i].colour + (curves[i].simulated ? 0 : 4);
		const char *colour = plots_colour(curves[i].colour);
		fprintf(s, "%s$c%d using 1:2 with linespoints pt %d ps 0.6 lw 1.8 lc rgb '%s' dt %s title ",
			separator, i, plots_shape(look), colour, plots_dash(look));
		plots_text(s, curves[i].label);
		fprintf(
		    s, ", $c%d using 1:($3 > 0 ? $2 : NaN):3 with yerrorbars ps 0 lw 1.2 lc rgb '%s' notitle",
		    i, colour);
		separator = ", ";
	}
	fputc('\n', s);
}

static void draw_panel(struct plots *p, const struct panel_plot *d, int number)
{
	struct curve curves[MOST_PANEL_CURVES];
	struct mark *marks = calloc((size_t)d->panel->n_groups + 1, sizeof(*marks));
	int n = marks ? find_curves(d, curves) : 0;
	FILE *s = NULL;
	for (int i = 0; i < n; i++) {
		int points = collect(d, &curves[i], marks);
		if (points == 0)
			continue;
		if (!s && !(s = begin(p, d, number)))
			break;
		write_curve(p, d, &curves[i], i, marks, points);
	}
	if (s)
		plot_curves(s, curves, n);
	free(marks);
}

void draw_axes(struct plots *p, const struct groups *g, const struct axes *a)
{
	for (int i = 0; i < a->n; i++) {
		const struct report_axis *axis = &a->axis[i];
		struct panel_plot d = {.g = g, .axis = axis, .scale = axis_scale_of(axis)};
		for (int m = 0; a->metric[m]; m++) {
			d.metric = metric_of(a->metric[m]);
			for (int k = 0; k < axis->n_panels; k++) {
				d.panel = &axis->panel[k];
				draw_panel(p, &d, k);
			}
		}
	}
}
