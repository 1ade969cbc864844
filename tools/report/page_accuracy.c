// SPDX-License-Identifier: BSD-3-Clause
// Measured accuracy beside promised, a row an exit.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "records/summary.h"
#include "tools/report/html.h"
#include "tools/report/page.h"

static const json_t *exits_of(const struct run_directory *run)
{
	return json_object_get(json_object_get(run->summary, "accuracy"), "exits");
}

static bool is_same(const json_t *a, const json_t *b)
{
	return json_equal(json_object_get(a, "network"), json_object_get(b, "network")) &&
	       json_equal(json_object_get(a, "exit"), json_object_get(b, "exit"));
}

static const json_t *find(const struct run_directory *run, const json_t *exit)
{
	size_t i;
	const json_t *one;
	json_array_foreach((json_t *)exits_of(run), i, one)
	{
		if (is_same(one, exit))
			return one;
	}
	return NULL;
}

// Whether an earlier run of the group has this exit.
static bool is_listed(const struct group *g, size_t run, const json_t *exit)
{
	for (size_t i = 0; i < run; i++)
		if (find(g->runs[i], exit))
			return true;
	return false;
}

// Over the group's runs, whose inputs are the same.
static void put_row(FILE *out, const struct group *g, const json_t *exit)
{
	double done = 0, known = 0, right = 0, inputs = 0;
	for (size_t i = 0; i < g->n_runs; i++) {
		const json_t *one = find(g->runs[i], exit);
		if (!one)
			continue;
		done += summary_number(one, "done", NULL, NULL);
		known += summary_number(one, "known", NULL, NULL);
		right += summary_number(one, "right", NULL, NULL);
		inputs = fmax(inputs, summary_number(one, "inputs", NULL, NULL));
	}
	double measured = known > 0 ? right / known : NAN;
	struct share_interval interval = share_interval(measured, inputs);
	html_row(out);
	html_name_cell(out, "%s", g->label);
	html_text_cell(out, "%s", summary_text(exit, "network"));
	html_cell(out, "%.0f", summary_number(exit, "exit", NULL, NULL));
	html_cell(out, "%.0f", done);
	html_number_cell(out, summary_number(exit, "promised", NULL, NULL), 4);
	html_number_cell(out, measured, 4);
	html_number_cell(out, interval.low, 4);
	html_number_cell(out, interval.high, 4);
	html_cell(out, "%.0f", right);
	html_cell(out, "%.0f", known);
	html_cell(out, "%.0f", inputs);
	html_text_cell(out, "%s", known > 0 ? "measured" : "MODELLED: no result is computed");
	html_row_end(out);
}

static void put_group(FILE *out, const struct group *g)
{
	size_t i;
	const json_t *exit;
	for (size_t run = 0; run < g->n_runs; run++)
		json_array_foreach((json_t *)exits_of(g->runs[run]), i, exit)
		{
			if (!is_listed(g, run, exit))
				put_row(out, g, exit);
		}
}

void page_accuracy(const struct page *page, FILE *out)
{
	static const char *const heads[] = {"group",	"<network", "exit", "tasks", "promised",
					    "measured", "low",	    "high", "right", "known",
					    "inputs",	"<",	    NULL};
	size_t n = 0;
	for (size_t i = 0; i < page->n_runs; i++)
		n += json_array_size(exits_of(&page->runs[i]));
	if (n == 0)
		return;
	fputs("<h3>Accuracy</h3>\n<p>Of tasks done, by the exit that they took (0: the network's end). Low "
	      "and high bound the measured share with 95 % (Clopper and Pearson), the different inputs being "
	      "the trials.</p>\n",
	      out);
	html_table(out);
	html_heads(out, heads);
	for (int i = 0; i < page->groups->n; i++)
		put_group(out, &page->groups->group[i]);
	html_table_end(out);
}
