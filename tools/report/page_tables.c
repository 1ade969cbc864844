// SPDX-License-Identifier: BSD-3-Clause
#include <math.h>
#include <stdlib.h>

#include "base/quantile.h"
#include "records/summary.h"
#include "tools/report/html.h"
#include "tools/report/measure.h"
#include "tools/report/page.h"
#include "tools/report/savings.h"

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

static void saving_cells(FILE *out, const struct saving *s)
{
	html_estimate_cell(out, s->percent, 1);
	if (s->base && s->pairs > 1)
		html_text_cell(out, "%s, %zu pairs", s->base->label, s->pairs);
	else
		html_text_cell(out, "%s", s->base ? s->base->label : "–");
}

static void comparison_row(FILE *out, const struct group *g, const struct saving *saving)
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
	saving_cells(out, saving);
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
	html_cell(out, "%zu", c.refused);
	html_cell(out, "%zu", c.dropped);
	html_cell(out, "%zu", c.offloaded);
	html_number_cell(out, mean_of_summaries(g, "tasks", "accuracy", NULL), 3);
	html_row_end(out);
}

void page_comparison(const struct page *page, FILE *out)
{
	static const char *const heads[] = {"group",
					    "runs",
					    "tasks",
					    "latency mean (ms)",
					    "p50 (ms)",
					    "p95 (ms)",
					    "p99 (ms)",
					    "energy of a task (mJ)",
					    "saving (%)",
					    "<against",
					    "deadlines met (%)",
					    "mean batch",
					    "edge energy a task (mJ, MODELLED)",
					    "<± over",
					    NULL};
	static const char *const deadline_heads[] = {
	    "group",  "tasks",	   "done",    "met",	 "missed",    "promised", "promised but missed",
	    "failed", "cut short", "refused", "dropped", "offloaded", "accuracy", NULL};
	const struct groups *g = page->groups;
	html_section(
	    out, "comparison", "Side by side",
	    "Runs whose given topology and overrides differ in seed and run number only form a group. ± is "
	    "the "
	    "half width of the 95 % interval (Student's t): over the means of the runs where a group has "
	    "several, else over the tasks of its run (which are not independent of each other: take it as a "
	    "lower bound). Savings compare the same placements, pair by pair: runs of equal seed and run "
	    "number.");
	html_fold(out, g->n > FOLDED_GROUPS, "All groups");
	html_table(out);
	html_heads(out, heads);
	for (int i = 0; i < g->n; i++) {
		struct saving saving = group_saving(g, i);
		comparison_row(out, &g->group[i], &saving);
	}
	html_table_end(out);
	fputs("<h3>Deadlines</h3>\n", out);
	html_table(out);
	html_heads(out, deadline_heads);
	for (int i = 0; i < g->n; i++)
		deadline_row(out, &g->group[i]);
	html_table_end(out);
	page_accuracy(page, out);
	html_fold_end(out, g->n > FOLDED_GROUPS);
}
