// SPDX-License-Identifier: BSD-3-Clause
// Plan, simulation and measurement beside each other.
#include <math.h>
#include <stdio.h>

#include "tools/report/html.h"
#include "tools/report/measure.h"
#include "tools/report/page.h"

// One line of a case's table: a figure as planned and as it came.
struct line {
	const char *name;
	struct task_figure planned, real;
	int decimals;
	bool has_plan, total;
};

// The group's own plan, what came of it, and the difference.
static void group_cells(FILE *out, const struct line *line, const struct group *g)
{
	double plan = line->has_plan ? group_estimate(g, 0, line->planned).mean : NAN;
	struct estimate real = group_estimate(g, 0, line->real);
	html_number_cell(out, plan, line->decimals);
	html_estimate_cell(out, real, line->decimals);
	html_number_cell(out, real.mean - plan, line->decimals);
}

static void plan_row(FILE *out, const struct line *line, const struct group *simulated,
		     const struct group *measured)
{
	fputs(line->total ? "<tr class=\"total\">" : "<tr>", out);
	html_name_cell(out, "%s", line->name);
	if (simulated)
		group_cells(out, line, simulated);
	if (measured)
		group_cells(out, line, measured);
	if (simulated && measured)
		html_number_cell(out,
				 group_estimate(measured, 0, line->real).mean -
				     group_estimate(simulated, 0, line->real).mean,
				 line->decimals);
	html_row_end(out);
}

static void put_heads(FILE *out, bool simulated, bool measured)
{
	static const char *const both[] = {"mean of a task",	 "plan of the simulation",   "simulation",
					   "simulation − plan",	 "plan of the measurement",  "measurement",
					   "measurement − plan", "measurement − simulation", NULL};
	static const char *const simulation[] = {"mean of a task", "plan", "simulation", "simulation − plan",
						 NULL};
	static const char *const measurement[] = {"mean of a task", "plan", "measurement",
						  "measurement − plan", NULL};
	html_heads(out, simulated && measured ? both : simulated ? simulation : measurement);
}

static void plan_table(FILE *out, const struct group *simulated, const struct group *measured)
{
	const struct line rest[] = {
	    {"latency (ms)", figure_plan_latency_ms, figure_latency_ms, 3, true, true},
	    {"computing (mJ)", figure_plan_compute_mj, figure_compute_mj, 4, true, false},
	    {"transmitting (mJ)", figure_plan_transmit_mj, figure_transmit_mj, 4, true, false},
	    {"both: what a plan predicts (mJ)", figure_plan_energy_mj, figure_planned_parts_mj, 4, true,
	     true},
	    {"receiving (mJ)", figure_receive_mj, figure_receive_mj, 4, false, false},
	    {"idle radio (mJ)", figure_idle_mj, figure_idle_mj, 4, false, false},
	    {"energy (mJ)", figure_energy_mj, figure_energy_mj, 4, false, true},
	};
	html_table(out);
	put_heads(out, simulated, measured);
	for (int s = 0; s < STAGE_COUNT; s++) {
		char name[32];
		snprintf(name, sizeof(name), "%s (ms)", task_stage_name((enum task_stage)s));
		plan_row(out,
			 &(struct line){name, figure_plan_stage_ms((enum task_stage)s),
					figure_stage_ms((enum task_stage)s), 3, true, false},
			 simulated, measured);
	}
	for (size_t i = 0; i < sizeof(rest) / sizeof(rest[0]); i++)
		plan_row(out, &rest[i], simulated, measured);
	html_table_end(out);
}

static void put_case(const struct groups *g, int number, FILE *out)
{
	const struct group *of[2] = {NULL, NULL};
	for (int i = 0; i < g->n; i++) {
		const struct group *x = &g->group[i];
		if (x->case_number == number && !of[x->simulated] && group_count(x).done > 0)
			of[x->simulated] = x;
	}
	if (!of[0] && !of[1])
		return;
	fputs("<h3>", out);
	html_text(out, of[0] && of[1] ? of[0]->case_label : of[0] ? of[0]->label : of[1]->label);
	fputs("</h3>\n", out);
	plan_table(out, of[1], of[0]);
}

void page_plan(const struct page *page, FILE *out)
{
	const struct groups *g = page->groups;
	html_section(
	    out, "plan", "Plan, simulation, measurement",
	    "Means over tasks, so that stages add up to the latency and parts to the energy; a difference is "
	    "to the group's own plan. A simulation stands beside a measurement when what was given differs "
	    "in "
	    "nothing but seed, run number, duration and captures. No plan predicts what receiving and the "
	    "idle "
	    "radio cost.");
	html_fold(out, g->n > FOLDED_GROUPS, "Table of each group");
	for (int c = 0; c < g->n_cases; c++)
		put_case(g, c, out);
	html_fold_end(out, g->n > FOLDED_GROUPS);
}
