// SPDX-License-Identifier: BSD-3-Clause
// Figures of a group's tasks. Only tasks that have their result count, as in summary.json. Of a run without
// tables (of a sweep that keeps summaries) the means and counts are its summary's.
#pragma once

#include "base/estimate.h"
#include "tools/report/groups.h"

// A figure of one task: a pure function of its row (argument: which stage or column, where it takes one).
struct task_figure {
	double (*of)(const struct task_row *t, int argument);
	int argument;
	const char
	    *mean[3]; // where a summary has its mean over all tasks: keys, NULL after the last; or nowhere
};

extern const struct task_figure figure_latency_ms, figure_plan_latency_ms, figure_energy_mj,
    figure_plan_energy_mj, figure_compute_mj, figure_plan_compute_mj, figure_transmit_mj,
    figure_plan_transmit_mj, figure_receive_mj, figure_idle_mj, figure_met,
    figure_planned_parts_mj, // what a plan predicts of the energy: computing and transmitting
    figure_latency_off_ms;   // measured - planned
struct task_figure figure_stage_ms(enum task_stage stage);
struct task_figure figure_plan_stage_ms(enum task_stage stage);

// The mean with its 95 % interval (Student's t): over the means of the runs where the group has several, else
// over its tasks. ue: 0 = all. NaN without tasks.
struct estimate group_estimate(const struct group *g, uint32_t ue, struct task_figure figure);

// The mean over one run's tasks; NaN without any.
double run_mean(const struct run_directory *run, struct task_figure figure);

// The figures of all tasks of all runs, in ascending order (infinite ones left out); *n of them, to be freed.
// NULL when there are none, or no memory.
double *group_values(const struct group *g, struct task_figure figure, size_t *n);

struct group_counts {
	size_t tasks, done, met, failed, cut_short, refused, dropped, promised, promised_missed, offloaded;
};
struct group_counts group_count(const struct group *g);

// "95 % interval over 5 runs", "... over 160 tasks"
void group_basis(const struct group *g, char *text, size_t size);

// Largest number of UEs in the group's runs.
uint32_t group_ues(const struct group *g);
