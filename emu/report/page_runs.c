// SPDX-License-Identifier: BSD-3-Clause
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "emu/records/summary.h"
#include "emu/report/html.h"
#include "emu/report/page.h"

static bool is_true(const json_t *o, const char *key)
{
	return json_is_true(json_object_get(o, key));
}

static void path_cell(FILE *out, const char *path)
{
	fputs("<th scope=\"row\"><code>", out);
	html_text(out, path);
	fputs("</code></th>", out);
}

static void error_cell(FILE *out, const json_t *summary, const char *key)
{
	html_number_cell(out, summary_number(summary, "shaper", "delay_error", key), 0);
}

// Validity is of an emulation; a simulation's times are the model's own.
static void validity_cells(FILE *out, const json_t *s)
{
	bool simulated = strcmp(summary_text(s, "engine"), "simulation") == 0;
	bool done = strcmp(summary_text(s, "status"), "done") == 0;
	html_badge_cell(out, done ? MOOD_PLAIN : MOOD_BAD, summary_text(s, "status"));
	if (simulated)
		html_badge_cell(out, MOOD_NOTE, "simulated");
	else
		html_badge_cell(out, is_true(s, "valid") ? MOOD_GOOD : MOOD_BAD,
				is_true(s, "valid") ? "valid" : "NOT VALID");
}

static void run_row(FILE *out, const struct run_directory *run)
{
	const json_t *s = run->summary;
	html_row(out);
	path_cell(out, run->path);
	html_text_cell(out, "%s", summary_text(s, "policy"));
	html_cell(out, "%.0f / %.0f", summary_number(s, "seed", NULL, NULL),
		  summary_number(s, "run", NULL, NULL));
	validity_cells(out, s);
	error_cell(out, s, "p50_us");
	error_cell(out, s, "p99_us");
	error_cell(out, s, "max_us");
	html_number_cell(out, summary_number(s, "shaper", "delay_error", "packets"), 0);
	html_number_cell(out, summary_number(s, "shaper", "overruns", NULL), 0);
	html_number_cell(out, summary_number(s, "shaper", "capture_drops", NULL), 0);
	html_cell(out, "%.0f of %.0f",
		  summary_number(s, "tasks", "checked", NULL) -
		      summary_number(s, "tasks", "differing_results", NULL),
		  summary_number(s, "tasks", "checked", NULL));
	html_number_cell(out, 100 * summary_number(s, "tasks", "latency_error", "p50"), 2);
	html_number_cell(out, 100 * summary_number(s, "tasks", "energy_error", "p50"), 2);
	html_row_end(out);
}

static void put_list(FILE *out, const json_t *list, const char *kind, const char *path)
{
	size_t i;
	const json_t *line;
	json_array_foreach((json_t *)list, i, line)
	{
		fprintf(out, "<p class=\"%s\">", kind);
		if (path) {
			fputs("<code>", out);
			html_text(out, path);
			fputs("</code>: ", out);
		}
		html_text(out, json_string_value(line) ? json_string_value(line) : "?");
		fputs("</p>\n", out);
	}
}

static void put_doubts(FILE *out, const struct run_directory *run)
{
	const char *why = json_string_value(json_object_get(run->summary, "why"));
	if (why) {
		json_t *one = json_pack("[s]", why);
		put_list(out, one, "problem", run->path);
		json_decref(one);
	}
	put_list(out, json_object_get(run->summary, "not_valid_because"), "problem", run->path);
	put_list(out, run->problems, "problem", run->path);
	put_list(out, json_object_get(run->summary, "notes"), "note", run->path);
}

static bool contains(const json_t *list, const char *text)
{
	size_t i;
	const json_t *line;
	json_array_foreach((json_t *)list, i,
			   line) if (json_string_value(line) &&
				     strcmp(json_string_value(line), text) == 0) return true;
	return false;
}

// Every statement of any run, once.
static void put_modelled(FILE *out, const struct page *page)
{
	json_t *all = json_array(), *line;
	bool replayed = false;
	size_t i;
	for (size_t r = 0; r < page->n_runs; r++) {
		replayed |= is_true(json_object_get(page->runs[r].summary, "edge"), "modelled");
		json_array_foreach(json_object_get(page->runs[r].summary, "modelled"), i,
				   line) if (json_is_string(line) && !contains(all, json_string_value(line)))
		    json_array_append(all, line);
	}
	fputs("<aside class=\"modelled\"><h3>", out);
	html_badge(out, MOOD_NOTE, "MODELLED");
	fputs(" What is not measured on real hardware</h3><ul>\n", out);
	if (replayed)
		fputs("<li><strong>Run times of the edge's batches are MODELLED in at least one run (see its "
		      "edge "
		      "below).</strong></li>\n",
		      out);
	json_array_foreach(all, i, line)
	{
		fputs("<li>", out);
		html_text(out, json_string_value(line));
		fputs("</li>\n", out);
	}
	fputs("</ul></aside>\n", out);
	json_decref(all);
}

void page_trust(const struct page *page, FILE *out)
{
	static const char *const heads[] = {"run",
					    "policy",
					    "seed / run",
					    "status",
					    "validity",
					    "delay error p50 (µs)",
					    "p99 (µs)",
					    "max (µs)",
					    "packets",
					    "overruns",
					    "capture drops",
					    "results right",
					    "latency off plan (%)",
					    "energy off plan (%)",
					    NULL};
	html_section(
	    out, "trust", "Can it be trusted?",
	    "How exactly the testbed kept its own time: the delay error is how much later than the link "
	    "model says packets left the shaper. Results right: outputs of the edge that equal the "
	    "reference's. Off plan: median difference between plan and result.");
	put_list(out, page->problems, "problem", NULL);
	html_table(out);
	html_heads(out, heads);
	for (size_t i = 0; i < page->n_runs; i++)
		run_row(out, &page->runs[i]);
	html_table_end(out);
	for (size_t i = 0; i < page->n_runs; i++)
		put_doubts(out, &page->runs[i]);
	put_modelled(out, page);
	html_section_end(out);
}

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
	char *text =
	    value ? json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(6) | JSON_COMPACT) : NULL;
	if (json_is_string(value))
		html_text_cell(out, "%.80s", json_string_value(value));
	else
		html_text_cell(out, "%.80s%s", text ? text : "–", text && strlen(text) > 80 ? "…" : "");
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
	const json_t *s = run->summary, *t = json_object_get(s, "topology"),
		     *edge = json_object_get(s, "edge");
	const json_t *host = json_object_get(s, "host");
	html_row(out);
	path_cell(out, run->path);
	html_text_cell(out, "%s", summary_text(t, "name"));
	html_text_cell(out, "%s", summary_text(s, "engine"));
	html_cell(out, "%zu", json_array_size(json_object_get(s, "ues")));
	html_number_cell(out, summary_number(t, "duration_s", NULL, NULL), 1);
	html_text_cell(out, "%s%s", json_is_object(edge) ? summary_text(edge, "executor") : "none",
		       is_true(edge, "modelled") ? " (MODELLED)" : "");
	html_text_cell(out, "%s",
		       json_is_string(json_object_get(s, "started")) ? summary_text(s, "started") : "–");
	if (json_is_object(host))
		html_text_cell(out, "%s, %.0f cores, Linux %s", summary_text(host, "processor"),
			       summary_number(host, "cores", NULL, NULL), summary_text(host, "kernel"));
	else
		html_text_cell(out, "virtual time: any");
	html_text_cell(out, "%s", summary_text(s, "program"));
	html_row_end(out);
}

void page_what(const struct page *page, FILE *out)
{
	static const char *const heads[] = {"run",  "topology", "engine",  "UEs",     "duration (s)",
					    "edge", "started",	"machine", "program", NULL};
	html_section(out, "what", "What was run", NULL);
	html_table(out);
	html_heads(out, heads);
	for (size_t i = 0; i < page->n_runs; i++)
		what_row(out, &page->runs[i]);
	html_table_end(out);
	put_differences(out, page->groups);
	html_section_end(out);
}
