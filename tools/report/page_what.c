// SPDX-License-Identifier: BSD-3-Clause
#include <stdlib.h>
#include <string.h>

#include "records/summary.h"
#include "setup/topology/topology.h"
#include "tools/report/html.h"
#include "tools/report/page.h"

static void value_cell(FILE *out, const char *path, const json_t *value)
{
	char text[100];
	topology_si_text(path, value, text, sizeof(text));
	html_text_cell(out, "%s", text);
}

// A column a group: what each was given.
static void put_columns(FILE *out, const struct groups *g)
{
	const char *path;
	json_t *unused;
	fputs("<tr><th>key</th>", out);
	for (int i = 0; i < g->n; i++) {
		fputs("<th class=\"text\">", out);
		html_text(out, g->group[i].label);
		fputs("</th>", out);
	}
	fputs("</tr>\n", out);
	json_object_foreach(g->differing, path, unused)
	{
		html_row(out);
		html_name_cell(out, "%s", path);
		for (int i = 0; i < g->n; i++)
			value_cell(out, path, json_object_get(g->group[i].flat, path));
		html_row_end(out);
	}
}

// Of many groups all values of each key, in one cell.
static void put_values(FILE *out, const struct groups *g)
{
	const char *path;
	json_t *values, *value;
	size_t i;
	fputs("<tr><th>key</th><th class=\"text\">values</th></tr>\n", out);
	json_object_foreach(g->differing, path, values)
	{
		html_row(out);
		html_name_cell(out, "%s", path);
		fputs("<td class=\"values\">", out);
		json_array_foreach(values, i, value)
		{
			char text[100];
			topology_si_text(path, value, text, sizeof(text));
			fputs(i ? ", " : "", out);
			html_text(out, text);
		}
		fputs("</td>", out);
		html_row_end(out);
	}
}

static void put_differences(FILE *out, const struct groups *g)
{
	if (json_object_size(g->differing) == 0)
		return;
	fputs("<h3>In what they differ</h3>\n", out);
	html_table(out);
	if (g->n > MOST_CURVES)
		put_values(out, g);
	else
		put_columns(out, g);
	html_table_end(out);
}

static void what_row(FILE *out, const struct run_directory *run)
{
	const json_t *s = run->summary, *t = json_object_get(s, "topology");
	bool has_start = json_is_string(json_object_get(s, "started"));
	html_row(out);
	html_path_cell(out, run->path);
	html_text_cell(out, "%s", summary_text(t, "name"));
	html_text_cell(out, "%s", summary_text(s, "engine"));
	html_cell(out, "%zu", json_array_size(json_object_get(s, "ues")));
	html_number_cell(out, summary_number(t, "duration_s", NULL, NULL), 1);
	html_text_cell(out, "%s", has_start ? summary_text(s, "started") : "virtual time");
	html_row_end(out);
}

static json_t *edge_text(const json_t *s)
{
	const json_t *edge = json_object_get(s, "edge");
	return json_is_object(edge)
		   ? json_sprintf("%s%s", summary_text(edge, "executor"),
				  json_is_true(json_object_get(edge, "modelled")) ? " (MODELLED)" : "")
		   : NULL;
}

static json_t *machine_text(const json_t *s)
{
	const json_t *host = json_object_get(s, "host");
	return json_is_object(host)
		   ? json_sprintf("%s, %.0f cores, Linux %s", summary_text(host, "processor"),
				  summary_number(host, "cores", NULL, NULL), summary_text(host, "kernel"))
		   : NULL;
}

static json_t *program_text(const json_t *s)
{
	return json_string(summary_text(s, "program"));
}

// What the runs have in common is said once: the distinct texts of all runs.
static void put_fact(FILE *out, const struct page *page, const char *name,
		     json_t *(*of)(const json_t *summary))
{
	json_t *seen = json_object();
	const char *text;
	json_t *unused;
	for (size_t i = 0; i < page->n_runs; i++) {
		json_t *one = of(page->runs[i].summary);
		if (one)
			json_object_set_new(seen, json_string_value(one), json_true());
		json_decref(one);
	}
	if (json_object_size(seen) > 0)
		fprintf(out, "<dt>%s</dt>", name);
	json_object_foreach(seen, text, unused)
	{
		fputs("<dd>", out);
		html_text(out, text);
		fputs("</dd>\n", out);
	}
	json_decref(seen);
}

void page_what(const struct page *page, FILE *out)
{
	static const char *const heads[] = {"run",	    "<topology", "<engine", "UEs",
					    "duration (s)", "<started",	 NULL};
	html_section(out, "what", "What was run", NULL);
	put_differences(out, page->groups);
	html_fold(out, page->n_runs > FOLDED_RUNS, "All runs");
	html_table(out);
	html_heads(out, heads);
	for (size_t i = 0; i < page->n_runs; i++)
		what_row(out, &page->runs[i]);
	html_table_end(out);
	html_fold_end(out, page->n_runs > FOLDED_RUNS);
	fputs("<dl>", out);
	put_fact(out, page, "edge", edge_text);
	put_fact(out, page, "machine", machine_text);
	put_fact(out, page, "program", program_text);
	fputs("</dl>\n", out);
	html_section_end(out);
}
