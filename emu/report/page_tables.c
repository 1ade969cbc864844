// SPDX-License-Identifier: BSD-3-Clause
#include <math.h>
#include <stdlib.h>

#include "base/quantile.h"
#include "emu/records/summary.h"
#include "emu/report/html.h"
#include "emu/report/measure.h"
#include "emu/report/page.h"

static void quantile_cells(FILE *out, const struct group *g, struct task_figure figure)
{
	size_t n;
	double *values = group_values(g, figure, &n);
	html_number_cell(out, values ? quantile(values, n, .5) : NAN, 2);
	html_number_cell(out, values ? quantile(values, n, .95) : NAN, 2);
	html_number_cell(out, values ? quantile(values, n, .99) : NAN, 2);
	free(values);
}

static double mean_of_summaries(const struct group *g, const char *a, const char *b, const char *c)
{
	double sum = 0;
	for (size_t i = 0; i < g->n_runs; i++)
		sum += summary_number(g->runs[i]->summary, a, b, c);
	return sum / (double)g->n_runs;
}

static void comparison_row(FILE *out, const struct group *g, double base_mj)
{
	struct group_counts c = group_count(g);
	struct estimate energy = group_estimate(g, 0, figure_energy_mj),
			met = group_estimate(g, 0, figure_met);
	char basis[48];
	group_basis(g, basis, sizeof(basis));
	html_row(out);
	html_name_cell(out, "%s", g->label);
	html_cell(out, "%zu", g->n_runs);
	html_cell(out, "%zu", c.done);
	html_estimate_cell(out, group_estimate(g, 0, figure_latency_ms), 2);
	quantile_cells(out, g, figure_latency_ms);
	html_estimate_cell(out, energy, 3);
	html_number_cell(out, 100 * (1 - energy.mean / base_mj), 1);
	html_estimate_cell(out, (struct estimate){.mean = 100 * met.mean, .ci95 = 100 * met.ci95}, 1);
	html_number_cell(out, mean_of_summaries(g, "batches", "mean_size", NULL), 2);
	html_number_cell(out, mean_of_summaries(g, "edge", "energy", "per_task_mj"), 3);
	html_text_cell(out, "%s", basis);
	html_row_end(out);
}

static void deadline_row(FILE *out, const struct group *g)
{
	struct group_counts c = group_count(g);
	html_row(out);
	html_name_cell(out, "%s", g->label);
	html_cell(out, "%zu", c.tasks);
	html_cell(out, "%zu", c.done);
	html_cell(out, "%zu", c.met);
	html_cell(out, "%zu", c.done - c.met);
	html_cell(out, "%zu", c.promised);
	html_cell(out, "%zu", c.promised_missed);
	html_cell(out, "%zu", c.failed);
	html_cell(out, "%zu", c.cut_short);
	html_cell(out, "%zu", c.offloaded);
	html_row_end(out);
}

void page_comparison(const struct page *page, FILE *out)
{
	static const char *const heads[] = {"group",	  "runs",
					    "tasks",	  "latency mean (ms)",
					    "p50 (ms)",	  "p95 (ms)",
					    "p99 (ms)",	  "energy of a task (mJ)",
					    "saving (%)", "deadlines met (%)",
					    "mean batch", "edge energy a task (mJ, MODELLED)",
					    "<± over",	  NULL};
	static const char *const deadline_heads[] = {
	    "group",  "tasks",	   "done",	"met", "missed", "promised", "promised but missed",
	    "failed", "cut short", "offloaded", NULL};
	const struct groups *g = page->groups;
	html_section(
	    out, "comparison", "Side by side",
	    "Runs of one topology and policy that differ in seed and run number form a group. ± is the half "
	    "width of the 95 % interval (Student's t): over the means of the runs where a group has several, "
	    "else over the tasks of its run (which are not independent of each other: take it as a lower "
	    "bound). Savings are against the first group.");
	html_table(out);
	html_heads(out, heads);
	double base_mj = g->n ? group_estimate(&g->group[0], 0, figure_energy_mj).mean : NAN;
	for (int i = 0; i < g->n; i++)
		comparison_row(out, &g->group[i], base_mj);
	html_table_end(out);
	fputs("<h3>Deadlines</h3>\n", out);
	html_table(out);
	html_heads(out, deadline_heads);
	for (int i = 0; i < g->n; i++)
		deadline_row(out, &g->group[i]);
	html_table_end(out);
}

// One line of the plan's table: a figure as planned, simulated and measured.
struct line {
	const char *name;
	struct task_figure planned, real;
	int decimals;
	bool total;
};

// planned: whose plan is shown; of the others one may be NULL.
static void plan_row(FILE *out, const struct line *line, const struct group *planned,
		     const struct group *simulated, const struct group *measured)
{
	double plan = group_estimate(planned, 0, line->planned).mean;
	struct estimate s = simulated ? group_estimate(simulated, 0, line->real) : estimate_of(NULL, 0);
	struct estimate m = measured ? group_estimate(measured, 0, line->real) : estimate_of(NULL, 0);
	fputs(line->total ? "<tr class=\"total\">" : "<tr>", out);
	html_name_cell(out, "%s", line->name);
	html_number_cell(out, plan, line->decimals);
	if (simulated)
		html_estimate_cell(out, s, line->decimals);
	if (measured)
		html_estimate_cell(out, m, line->decimals);
	if (simulated)
		html_number_cell(out, s.mean - plan, line->decimals);
	if (measured)
		html_number_cell(out, m.mean - plan, line->decimals);
	if (simulated && measured)
		html_number_cell(out, m.mean - s.mean, line->decimals);
	html_row_end(out);
}

static void plan_table(FILE *out, const struct group *planned, const struct group *simulated,
		       const struct group *measured)
{
	static const char *const simulation_heads[] = {"mean of a task", "plan", "simulation",
						       "simulation − plan", NULL};
	static const char *const measurement_heads[] = {"mean of a task", "plan", "measurement",
							"measurement − plan", NULL};
	static const char *const both_heads[] = {"mean of a task",
						 "plan",
						 "simulation",
						 "measurement",
						 "simulation − plan",
						 "measurement − plan",
						 "measurement − simulation",
						 NULL};
	const struct line rest[] = {
	    {"latency (ms)", figure_plan_latency_ms, figure_latency_ms, 3, true},
	    {"computing (mJ)", figure_plan_compute_mj, figure_compute_mj, 4, false},
	    {"transmitting (mJ)", figure_plan_transmit_mj, figure_transmit_mj, 4, false},
	    {"energy (mJ)", figure_plan_energy_mj, figure_energy_mj, 4, true},
	};
	html_table(out);
	html_heads(out, !measured ? simulation_heads : !simulated ? measurement_heads : both_heads);
	for (int s = 0; s < STAGE_COUNT; s++) {
		char name[32];
		snprintf(name, sizeof(name), "%s (ms)", task_stage_name((enum task_stage)s));
		plan_row(out,
			 &(struct line){name, figure_plan_stage_ms((enum task_stage)s),
					figure_stage_ms((enum task_stage)s), 3, false},
			 planned, simulated, measured);
	}
	for (size_t i = 0; i < sizeof(rest) / sizeof(rest[0]); i++)
		plan_row(out, &rest[i], planned, simulated, measured);
	html_table_end(out);
}

void page_plan(const struct page *page, FILE *out)
{
	const struct groups *g = page->groups;
	html_section(
	    out, "plan", "Plan, simulation, measurement",
	    "Means over tasks, so that stages add up to the latency and parts to the energy. A simulation "
	    "stands beside a measurement when their topologies differ in nothing but seed, run number, "
	    "duration and captures.");
	for (int c = 0; c < g->n_cases; c++) {
		const struct group *of[2] = {NULL, NULL};
		for (int i = 0; i < g->n; i++) {
			const struct group *x = &g->group[i];
			if (x->case_number == c && !of[x->simulated] && group_count(x).done > 0)
				of[x->simulated] = x;
		}
		if (!of[0] && !of[1])
			continue;
		fputs("<h3>", out);
		html_text(out, of[0] ? of[0]->case_label : of[1]->case_label);
		fputs("</h3>\n", out);
		plan_table(out, of[0] ? of[0] : of[1], of[1], of[0]);
	}
}

#define MOST_UE_ROWS 400

static void ue_row(FILE *out, const struct group *g, uint32_t ue)
{
	const json_t *radio = json_array_get(json_object_get(g->runs[0]->summary, "radio"), ue - 1);
	struct estimate met = group_estimate(g, ue, figure_met);
	html_row(out);
	html_name_cell(out, "%s", g->label);
	html_cell(out, "ue%u", ue);
	html_number_cell(out, summary_number(radio, "gain_db", NULL, NULL), 1);
	html_number_cell(out, summary_number(radio, "uplink_bps", NULL, NULL) / 1e6, 1);
	html_estimate_cell(out, group_estimate(g, ue, figure_latency_ms), 2);
	html_estimate_cell(out, group_estimate(g, ue, figure_energy_mj), 3);
	html_estimate_cell(out, group_estimate(g, ue, figure_compute_mj), 3);
	html_estimate_cell(out, group_estimate(g, ue, figure_transmit_mj), 3);
	html_number_cell(out, 100 * met.mean, 1);
	html_row_end(out);
}

void page_ues(const struct page *page, FILE *out)
{
	static const char *const heads[] = {"group",
					    "UE",
					    "gain at start (dB)",
					    "uplink at start (Mbit/s)",
					    "latency (ms)",
					    "energy (mJ)",
					    "computing (mJ)",
					    "transmitting (mJ)",
					    "deadlines met (%)",
					    NULL};
	const struct groups *g = page->groups;
	int rows = 0;
	fputs("<details><summary>Table of UEs</summary>\n", out);
	html_table(out);
	html_heads(out, heads);
	for (int i = 0; i < g->n; i++)
		for (uint32_t ue = 1; ue <= group_ues(&g->group[i]) && rows < MOST_UE_ROWS; ue++, rows++)
			ue_row(out, &g->group[i], ue);
	html_table_end(out);
	if (rows == MOST_UE_ROWS)
		fprintf(out, "<p class=\"note\">the first %d rows; summary.json and tasks.csv have all</p>\n",
			MOST_UE_ROWS);
	fputs("</details>\n", out);
}
