// SPDX-License-Identifier: BSD-3-Clause
#include "tools/report/measure.h"

#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "records/summary.h"

#define FIGURE(name, expression, ...)                                                                        \
	static double name##_of(const struct task_row *t, int argument)                                      \
	{                                                                                                    \
		(void)argument;                                                                              \
		return expression;                                                                           \
	}                                                                                                    \
	const struct task_figure figure_##name = {name##_of, 0, {__VA_ARGS__}};

FIGURE(latency_ms, t->latency_ms, "latency_ms", "mean")
FIGURE(plan_latency_ms, t->plan_latency_ms, "plan_latency_ms", "mean")
FIGURE(energy_mj, t->energy_mj, "energy_mj", "mean")
FIGURE(plan_energy_mj, t->plan_energy_mj, "plan_energy_mj")
FIGURE(compute_mj, t->compute_mj, "compute_mj")
FIGURE(plan_compute_mj, t->plan_compute_mj)
FIGURE(transmit_mj, t->transmit_mj, "transmit_mj")
FIGURE(plan_transmit_mj, t->plan_transmit_mj)
FIGURE(receive_mj, t->receive_mj, "receive_mj")
FIGURE(idle_mj, t->idle_mj, "idle_mj")
FIGURE(planned_parts_mj, t->compute_mj + t->transmit_mj)
FIGURE(met, t->met ? 1 : 0)
FIGURE(latency_off_ms, t->latency_ms - t->plan_latency_ms)

static double stage_of(const struct task_row *t, int stage)
{
	return t->stage_ms[stage];
}

static double plan_stage_of(const struct task_row *t, int stage)
{
	return t->plan_stage_ms[stage];
}

struct task_figure figure_stage_ms(enum task_stage stage)
{
	return (struct task_figure){stage_of, (int)stage, {NULL}};
}

struct task_figure figure_plan_stage_ms(enum task_stage stage)
{
	return (struct task_figure){plan_stage_of, (int)stage, {NULL}};
}

// Appends the figures of a run's tasks to values; returns how many.
static size_t take(const struct run_directory *run, uint32_t ue, struct task_figure figure, double *values)
{
	size_t n = 0;
	for (size_t i = 0; i < run->n_tasks; i++) {
		const struct task_row *t = &run->tasks[i];
		if (!task_row_done(t) || (ue && t->ue != ue))
			continue;
		values[n] = figure.of(t, figure.argument);
		n += isfinite(values[n]) ? 1 : 0;
	}
	return n;
}

static size_t count_rows(const struct group *g)
{
	size_t n = 0;
	for (size_t r = 0; r < g->n_runs; r++)
		n += g->runs[r]->n_tasks;
	return n;
}

static double mean_of_summary(const struct run_directory *run, struct task_figure figure)
{
	if (figure.of == figure_met.of)
		return summary_number(run->summary, "tasks", "met", NULL) /
		       summary_number(run->summary, "tasks", "done", NULL);
	return figure.mean[0] ? summary_number(run->summary, "tasks", figure.mean[0], figure.mean[1]) : NAN;
}

double run_mean(const struct run_directory *run, struct task_figure figure)
{
	if (!run->tasks)
		return mean_of_summary(run, figure);
	double sum = 0;
	size_t n = 0;
	for (size_t i = 0; i < run->n_tasks; i++) {
		double value =
		    task_row_done(&run->tasks[i]) ? figure.of(&run->tasks[i], figure.argument) : NAN;
		if (!isfinite(value))
			continue;
		sum += value;
		n++;
	}
	return n ? sum / (double)n : NAN;
}

struct estimate group_estimate(const struct group *g, uint32_t ue, struct task_figure figure)
{
	double *values = malloc((count_rows(g) + 1) * sizeof(*values));
	double *means = malloc(g->n_runs * sizeof(*means));
	struct estimate e = estimate_of(NULL, 0);
	size_t n_means = 0;
	for (size_t r = 0; values && means && r < g->n_runs; r++) {
		size_t n = take(g->runs[r], ue, figure, values);
		e = estimate_of(values, n);
		if (n > 0)
			means[n_means++] = e.mean;
		else if (ue == 0 && isfinite(means[n_means] = run_mean(g->runs[r], figure)))
			n_means++;
	}
	if (means && (g->n_runs > 1 || isnan(e.mean)))
		e = estimate_of(means, n_means);
	free(values);
	free(means);
	return e;
}

double *group_values(const struct group *g, struct task_figure figure, size_t *n)
{
	double *values = malloc((count_rows(g) + 1) * sizeof(*values));
	*n = 0;
	for (size_t r = 0; values && r < g->n_runs; r++)
		*n += take(g->runs[r], 0, figure, values + *n);
	if (*n == 0) {
		free(values);
		return NULL;
	}
	gsl_sort(values, 1, *n);
	return values;
}

static void count_rows_of(const struct run_directory *run, struct group_counts *c)
{
	for (size_t i = 0; i < run->n_tasks; i++) {
		const struct task_row *t = &run->tasks[i];
		bool done = task_row_done(t);
		c->tasks++;
		c->done += done;
		c->met += done && t->met;
		c->failed += strcmp(t->outcome, task_outcome_name(TASK_FAILED)) == 0;
		c->cut_short += strcmp(t->outcome, task_outcome_name(TASK_CUT_SHORT)) == 0;
		c->refused += strcmp(t->outcome, task_outcome_name(TASK_REFUSED)) == 0;
		c->dropped += strcmp(t->outcome, task_outcome_name(TASK_DROPPED)) == 0;
		c->promised += done && t->promised;
		c->promised_missed += done && t->promised && !t->met;
		c->offloaded += done && t->cut < t->n_subtasks;
	}
}

static size_t counted(const struct run_directory *run, const char *key)
{
	double n = summary_number(run->summary, "tasks", key, NULL);
	return isfinite(n) && n > 0 ? (size_t)n : 0;
}

static void count_summary_of(const struct run_directory *run, struct group_counts *c)
{
	size_t done = counted(run, "done"), failed = counted(run, "failed"), cut = counted(run, "cut_short");
	size_t refused = counted(run, "refused"), dropped = counted(run, "dropped");
	c->tasks += done + failed + cut + refused + dropped;
	c->refused += refused;
	c->dropped += dropped;
	c->done += done;
	c->met += counted(run, "met");
	c->failed += failed;
	c->cut_short += cut;
	c->promised += counted(run, "promised");
	c->promised_missed += counted(run, "promised_but_missed");
	c->offloaded += counted(run, "offloaded");
}

struct group_counts group_count(const struct group *g)
{
	struct group_counts c = {0};
	for (size_t r = 0; r < g->n_runs; r++)
		if (g->runs[r]->tasks)
			count_rows_of(g->runs[r], &c);
		else
			count_summary_of(g->runs[r], &c);
	return c;
}

void group_basis(const struct group *g, char *text, size_t size)
{
	if (g->n_runs > 1)
		snprintf(text, size, "%zu runs", g->n_runs);
	else
		snprintf(text, size, "%zu tasks", group_count(g).done);
}

uint32_t group_ues(const struct group *g)
{
	size_t most = 0;
	for (size_t r = 0; r < g->n_runs; r++) {
		size_t n = json_array_size(json_object_get(g->runs[r]->summary, "ues"));
		most = n > most ? n : most;
	}
	return (uint32_t)most;
}
