// SPDX-License-Identifier: BSD-3-Clause
#include <math.h>
#include <string.h>

#include "records/summary.h"
#include "tools/report/html.h"
#include "tools/report/page.h"

static bool is_true(const json_t *o, const char *key)
{
	return json_is_true(json_object_get(o, key));
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

static void checked_cell(FILE *out, const json_t *s)
{
	double checked = summary_number(s, "tasks", "checked", NULL);
	if (checked > 0)
		html_cell(out, "%.0f of %.0f",
			  checked - summary_number(s, "tasks", "differing_results", NULL), checked);
	else
		html_number_cell(out, NAN, 0);
}

static void run_row(FILE *out, const struct run_directory *run)
{
	const json_t *s = run->summary;
	html_row(out);
	html_path_cell(out, run->path);
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
	checked_cell(out, s);
	html_number_cell(out, 100 * summary_number(s, "tasks", "latency_error", "p50"), 2);
	html_number_cell(out, 100 * summary_number(s, "tasks", "energy_error", "p50"), 2);
	html_row_end(out);
}

#define MOST_PATHS 4 // of more runs that a sentence is about only some are named

// A sentence and the runs that it is about.
static void put_sentence(FILE *out, const char *kind, const char *sentence, const json_t *paths)
{
	size_t n = json_array_size(paths);
	fprintf(out, "<p class=\"%s\">", kind);
	for (size_t i = 0; i < n && i < MOST_PATHS; i++) {
		fputs(i ? ", <code>" : "<code>", out);
		html_text(out, json_string_value(json_array_get(paths, i)));
		fputs("</code>", out);
	}
	if (n > MOST_PATHS)
		fprintf(out, " and %zu more runs", n - MOST_PATHS);
	fputs(n ? ": " : "", out);
	html_text(out, sentence);
	fputs("</p>\n", out);
}

static void put_sentences(FILE *out, const char *kind, const json_t *sentences)
{
	const char *sentence;
	json_t *paths;
	json_object_foreach((json_t *)sentences, sentence, paths) put_sentence(out, kind, sentence, paths);
}

// Adds the run's path to each of these sentences: {sentence: [paths]}.
static void add_sentences(json_t *sentences, const json_t *list, const char *path)
{
	size_t i;
	const json_t *line;
	json_array_foreach((json_t *)list, i, line)
	{
		const char *text = json_is_string(line) ? json_string_value(line) : "?";
		if (!json_object_get(sentences, text))
			json_object_set_new(sentences, text, json_array());
		json_array_append_new(json_object_get(sentences, text), json_string(path));
	}
}

// What is wrong with runs, and what they note, each sentence once.
static void put_doubts(FILE *out, const struct page *page)
{
	json_t *problems = json_object(), *notes = json_object();
	size_t without_tables = 0;
	for (size_t i = 0; i < page->n_runs; i++) {
		const struct run_directory *run = &page->runs[i];
		json_t *why = json_object_get(run->summary, "why"), *one = json_array();
		if (json_is_string(why))
			json_array_append(one, why);
		add_sentences(problems, one, run->path);
		json_decref(one);
		add_sentences(problems, json_object_get(run->summary, "not_valid_because"), run->path);
		add_sentences(problems, run->problems, run->path);
		add_sentences(notes, json_object_get(run->summary, "notes"), run->path);
		without_tables += run->summary_only;
	}
	put_sentences(out, "problem", problems);
	put_sentences(out, "note", notes);
	if (without_tables > 0)
		fprintf(
		    out,
		    "<p class=\"note\">%zu of %zu runs have a summary alone: no stages and distributions of "
		    "theirs are shown</p>\n",
		    without_tables, page->n_runs);
	json_decref(problems);
	json_decref(notes);
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
					    "<policy",
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
	size_t i;
	const json_t *line;
	json_array_foreach((json_t *)page->problems, i, line)
	    put_sentence(out, "problem", json_string_value(line), NULL);
	html_fold(out, page->n_runs > FOLDED_RUNS, "All runs");
	html_table(out);
	html_heads(out, heads);
	for (size_t r = 0; r < page->n_runs; r++)
		run_row(out, &page->runs[r]);
	html_table_end(out);
	html_fold_end(out, page->n_runs > FOLDED_RUNS);
	put_doubts(out, page);
	put_modelled(out, page);
	html_section_end(out);
}
