// SPDX-License-Identifier: BSD-3-Clause
// Where time and energy go: means, because the means of parts add up to the mean of the sum.
#include "emu/report/draw.h"

#include <math.h>
#include <stdlib.h>

#include "emu/report/bars.h"
#include "emu/report/measure.h"

// Enough for a page; further groups are in its tables.
#define MOST_BARS 40

struct part_figures {
	int n;
	struct task_figure planned[MOST_PARTS], real[MOST_PARTS], planned_sum, sum;
};

static double mean_or_zero(const struct group *g, struct task_figure figure)
{
	double mean = group_estimate(g, 0, figure).mean;
	return isfinite(mean) ? mean : 0;
}

static void fill(struct bar *bar, const struct group *g, const struct part_figures *f, bool planned)
{
	for (int i = 0; i < f->n; i++)
		bar->part[i] = mean_or_zero(g, planned ? f->planned[i] : f->real[i]);
	double ci95 = planned ? 0 : group_estimate(g, 0, f->sum).ci95;
	bar->ci95 = isfinite(ci95) ? ci95 : 0;
	snprintf(bar->label, sizeof(bar->label), "%s, %s", g->case_label, planned ? "plan" : group_engine(g));
}

// For each case the plan (of its last group, the measured one where there is one), then its groups.
static int make_bars(struct bar *bars, const struct groups *g, const struct part_figures *f)
{
	int n = 0;
	for (int first = 0, next; first < g->n && n < MOST_BARS - 1; first = next) {
		next = first + 1;
		while (next < g->n && g->group[next].case_number == g->group[first].case_number)
			next++;
		int begin = n;
		if (group_count(&g->group[next - 1]).done > 0)
			fill(&bars[n++], &g->group[next - 1], f, true);
		for (int i = first; i < next && n < MOST_BARS; i++)
			if (group_count(&g->group[i]).done > 0)
				fill(&bars[n++], &g->group[i], f, false);
		bars[begin].after_gap = n > begin && begin > 0;
	}
	return n;
}

void draw_stages(struct plots *p, const struct groups *g)
{
	const struct bars style = {
	    .name = "stages",
	    .title = "Where the time goes",
	    .caption = "Mean latency of a task by stage. plan: the task before, request, "
		       "admission, decision; local: sub-tasks on the UE; wait: for the slot of the "
		       "batch. Whiskers: 95 % interval of the sum.",
	    .axis = "latency (ms)",
	    .unit = " ms",
	    .decimals = 1,
	    .n_parts = STAGE_COUNT,
	    .parts = {"plan", "local", "upload", "wait", "batch", "result"},
	    .colours = {6, 0, 1, 3, 2, 4}};
	struct part_figures f = {
	    .n = STAGE_COUNT, .planned_sum = figure_plan_latency_ms, .sum = figure_latency_ms};
	for (int s = 0; s < STAGE_COUNT; s++) {
		f.planned[s] = figure_plan_stage_ms((enum task_stage)s);
		f.real[s] = figure_stage_ms((enum task_stage)s);
	}
	struct bar *bars = calloc(MOST_BARS, sizeof(*bars));
	if (bars)
		bars_draw(p, &style, bars, make_bars(bars, g, &f));
	free(bars);
}

void draw_energy(struct plots *p, const struct groups *g)
{
	const struct bars style = {.name = "energy",
				   .title = "Where the energy goes",
				   .caption =
				       "Mean energy of a task at the UE: computing its local sub-tasks "
				       "(modelled device) and transmitting (power × airtime). Whiskers: 95 % "
				       "interval of the sum.",
				   .axis = "energy of a task (mJ)",
				   .unit = " mJ",
				   .decimals = 2,
				   .n_parts = 2,
				   .parts = {"computing", "transmitting"},
				   .colours = {0, 1}};
	const struct part_figures f = {.n = 2,
				       .planned = {figure_plan_compute_mj, figure_plan_transmit_mj},
				       .real = {figure_compute_mj, figure_transmit_mj},
				       .planned_sum = figure_plan_energy_mj,
				       .sum = figure_energy_mj};
	struct bar *bars = calloc(MOST_BARS, sizeof(*bars));
	if (bars)
		bars_draw(p, &style, bars, make_bars(bars, g, &f));
	free(bars);
}
