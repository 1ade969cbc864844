// SPDX-License-Identifier: BSD-3-Clause
#include <stdlib.h>
#include <string.h>

#include "emu/records/summary.h"
#include "emu/report/html.h"
#include "emu/report/page.h"

// The leaves of a topology by their dotted path.
static void flatten(const json_t *o, const char *path, json_t *leaves)
{
	const char *key;
	json_t *value;
	char child[200];
	json_object_foreach((json_t *)o, key, value)
	{
		snprintf(child, sizeof(child), "%.100s%s%.80s", path, *path ? "." : "", key);
		if (json_is_object(value))
			flatten(value, child, leaves);
		else
			json_object_set(leaves, child, value);
	}
}

static void value_cell(FILE *out, const json_t *value)
{
	if (json_is_array(value)) {
		html_text_cell(out, "%zu entries", json_array_size(value));
		return;
	}
	char *text = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(6)) : NULL;
	html_text_cell(out, "%.80s", json_is_string(value) ? json_string_value(value) : text ? text : "–");
	free(text);
}

static bool differs(json_t *const *leaves, int n, const char *key)
{
	for (int i = 1; i < n; i++) {
		const json_t *a = json_object_get(leaves[0], key), *b = json_object_get(leaves[i], key);
		if ((a || b) && !(a && b && json_equal(a, b)))
			return true;
	}
	return false;
}

#define MOST_COMPARED 12

// The keys in which the groups' topologies differ.
static void put_differences(FILE *out, const struct groups *g)
{
	json_t *leaves[MOST_COMPARED], *all = json_object(), *value;
	int n = g->n < MOST_COMPARED ? g->n : MOST_COMPARED;
	const char *key;
	for (int i = 0; i < n; i++) {
		leaves[i] = json_object();
		flatten(g->group[i].key, "", leaves[i]);
		json_object_update(all, leaves[i]);
	}
	bool any = false;
	json_object_foreach(all, key, value)
	{
		if (!differs(leaves, n, key))
			continue;
		if (!any) {
			fputs("<h3>In what they differ</h3>\n", out);
			html_table(out);
			fputs("<tr><th>key</th>", out);
			for (int i = 0; i < n; i++) {
				fputs("<th class=\"text\">", out);
				html_text(out, g->group[i].label);
				fputs("</th>", out);
			}
			fputs("</tr>\n", out);
		}
		any = true;
		html_row(out);
		html_name_cell(out, "%s", key);
		for (int i = 0; i < n; i++)
			value_cell(out, json_object_get(leaves[i], key));
		html_row_end(out);
	}
	if (any)
		html_table_end(out);
	for (int i = 0; i < n; i++)
		json_decref(leaves[i]);
	json_decref(all);
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
	html_table(out);
	html_heads(out, heads);
	for (size_t i = 0; i < page->n_runs; i++)
		what_row(out, &page->runs[i]);
	html_table_end(out);
	fputs("<dl>", out);
	put_fact(out, page, "edge", edge_text);
	put_fact(out, page, "machine", machine_text);
	put_fact(out, page, "program", program_text);
	fputs("</dl>\n", out);
	put_differences(out, page->groups);
	html_section_end(out);
}
