// SPDX-License-Identifier: BSD-3-Clause
// Where time and energy go: means, because the means of parts add up to the mean of the sum.
#include "tools/report/draw.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/report/bars.h"
#include "tools/report/measure.h"

#define MOST_BARS (2 * MOST_CURVES)

struct part_figures {
	int n;
	struct task_figure planned[MOST_PARTS], real[MOST_PARTS]; // planned: .of NULL = no plan has it
	struct task_figure sum;
};

static double mean_or_zero(const struct group *g, struct task_figure figure)
{
	double mean = group_estimate(g, 0, figure).mean;
	return isfinite(mean) ? mean : 0;
}

static void fill(struct bar *bar, const struct group *g, const struct part_figures *f, bool planned)
{
	for (int i = 0; i < f->n; i++)
		bar->part[i] =
		    planned && !f->planned[i].of ? 0 : mean_or_zero(g, planned ? f->planned[i] : f->real[i]);
	double ci95 = planned ? 0 : group_estimate(g, 0, f->sum).ci95;
	bar->ci95 = isfinite(ci95) ? ci95 : 0;
	bool has_engine = strstr(g->short_label, group_engine(g)) != NULL;
	snprintf(bar->label, sizeof(bar->label), "%s%s%s%s", g->short_label,
		 has_engine || planned ? "" : ", ", has_engine || planned ? "" : group_engine(g),
		 planned ? ", plan" : "");
}

static bool has_rows(const struct group *g)
{
	size_t rows = 0;
	for (size_t r = 0; r < g->n_runs; r++)
		rows += g->runs[r]->n_tasks;
	return rows > 0 && group_count(g).done > 0;
}

// For each detailed group its own plan, then what came of it; a little room between cases.
static int make_bars(struct bar *bars, const struct groups *g, const struct part_figures *f)
{
	int n = 0, last_case = -1;
	for (int i = 0; i < g->n; i++) {
		const struct group *x = &g->group[i];
		if (!x->detailed || !has_rows(x))
			continue;
		fill(&bars[n], x, f, true);
		bars[n].after_gap = n > 0 && x->case_number != last_case;
		fill(&bars[n + 1], x, f, false);
		last_case = x->case_number;
		n += 2;
	}
	return n;
}

static void draw_parts(struct plots *p, const struct groups *g, const struct bars *style,
		       const struct part_figures *f)
{
	struct bar *bars = calloc(MOST_BARS, sizeof(*bars));
	if (bars)
		bars_draw(p, style, bars, make_bars(bars, g, f));
	free(bars);
}

void draw_stages(struct plots *p, const struct groups *g)
{
	struct bars style = {
	    .name = "stages",
	    .title = "Where the time goes",
	    .caption = "Mean latency of a task by stage. plan: the task before, request, "
		       "admission, decision; local: sub-tasks on the UE; wait: for the time of the "
		       "batch. Whiskers: 95 % interval of the sum.",
	    .axis = "latency (ms)",
	    .unit = " ms",
	    .columns = "bar,plan_ms,local_ms,upload_ms,wait_ms,batch_ms,result_ms,latency_ms,ci95_ms",
	    .decimals = 1,
	    .n_parts = STAGE_COUNT};
	struct part_figures f = {.n = STAGE_COUNT, .sum = figure_latency_ms};
	for (int s = 0; s < STAGE_COUNT; s++) {
		style.parts[s] = task_stage_name((enum task_stage)s);
		style.colours[s] = stage_fill[s];
		f.planned[s] = figure_plan_stage_ms((enum task_stage)s);
		f.real[s] = figure_stage_ms((enum task_stage)s);
	}
	draw_parts(p, g, &style, &f);
}

void draw_energy(struct plots *p, const struct groups *g)
{
	const struct bars style = {
	    .name = "energy",
	    .title = "Where the energy goes",
	    .caption =
		"Mean energy of a task at the UE: computing its local sub-tasks (modelled device), "
		"transmitting and receiving (power × airtime), and the radio while it does neither in the "
		"task's life. A plan predicts the first two. Whiskers: 95 % interval of the sum.",
	    .axis = "energy of a task (mJ)",
	    .unit = " mJ",
	    .columns = "bar,computing_mj,transmitting_mj,receiving_mj,idle_mj,energy_mj,ci95_mj",
	    .decimals = 2,
	    .n_parts = 4,
	    .parts = {"computing", "transmitting", "receiving", "idle radio"},
	    .colours = {stage_fill[STAGE_LOCAL], stage_fill[STAGE_UPLOAD], stage_fill[STAGE_RESULT],
			stage_fill[STAGE_WAIT]}};
	const struct part_figures f = {
	    .n = 4,
	    .planned = {figure_plan_compute_mj, figure_plan_transmit_mj},
	    .real = {figure_compute_mj, figure_transmit_mj, figure_receive_mj, figure_idle_mj},
	    .sum = figure_energy_mj};
	draw_parts(p, g, &style, &f);
}
