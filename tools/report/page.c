// SPDX-License-Identifier: BSD-3-Clause
#include "tools/report/page.h"

#include "base/version.h"
#include "records/summary.h"
#include "tools/report/draw.h"
#include "tools/report/html.h"
#include "tools/report/measure.h"

static bool has_axes(const struct page *page)
{
	int panels = 0;
	for (int i = 0; i < page->axes->n; i++)
		panels += page->axes->axis[i].n_panels;
	return panels > 0;
}

static const char *const over_time[] = {"gain", "rate", "queue", "latency-time"};
#define N_OVER_TIME (sizeof(over_time) / sizeof(over_time[0]))

static void name_over_time(char name[48], size_t figure, int group)
{
	snprintf(name, 48, "%s-%d", over_time[figure], group);
}

static bool has_over_time(const struct page *page)
{
	char name[48];
	bool any = false;
	for (int i = 0; i < page->groups->n; i++)
		for (size_t k = 0; k < N_OVER_TIME; k++) {
			name_over_time(name, k, i);
			any |= plots_has(page->plots, name);
		}
	return any;
}

// Runs of which a summary alone is left have no tasks to show.
static bool has_tasks(const struct page *page)
{
	return plots_has(page->plots, "latency-cdf");
}

static bool has_batches(const struct page *page)
{
	return plots_has(page->plots, "batch-sizes");
}

static void put_nav(const struct page *page, FILE *out)
{
	static const struct {
		const char *id, *name;
		bool (*is_there)(const struct page *page); // NULL: always
	} sections[] = {{"axes", "Parameters", has_axes},
			{"trust", "Trust", NULL},
			{"what", "What was run", NULL},
			{"comparison", "Side by side", NULL},
			{"plan", "Plan", NULL},
			{"distributions", "Distributions", has_tasks},
			{"ues", "UEs", has_tasks},
			{"batches", "Batches", has_batches},
			{"time", "Over time", has_over_time}};
	fputs("<nav>", out);
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
		if (!sections[i].is_there || sections[i].is_there(page))
			fprintf(out, "<a href=\"#%s\">%s</a>", sections[i].id, sections[i].name);
	fputs("</nav></header>\n", out);
}

static void put_head(const struct page *page, FILE *out)
{
	size_t tasks = 0;
	for (int i = 0; i < page->groups->n; i++)
		tasks += group_count(&page->groups->group[i]).done;
	fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>airbatch "
	      "report</title>\n"
	      "<style>\n",
	      out);
	fputs(report_style, out);
	fputs("</style></head><body>\n<header><p class=\"brand\">airbatch report</p><h1>", out);
	const json_t *topology = page->n_runs ? json_object_get(page->runs[0].summary, "topology") : NULL;
	html_text(out, topology ? summary_text(topology, "name") : "no run");
	fprintf(out, "</h1><p class=\"lead\">%zu run%s in %d group%s, %zu tasks</p>", page->n_runs,
		page->n_runs == 1 ? "" : "s", page->groups->n, page->groups->n == 1 ? "" : "s", tasks);
	put_nav(page, out);
}

static void put_plots(const struct page *page, FILE *out, const char *const *names)
{
	bool any = false;
	for (size_t i = 0; names[i]; i++)
		any |= plots_has(page->plots, names[i]);
	if (!any)
		return;
	if (*page->groups->detail) {
		fputs("<p class=\"lead\">Plots of one setting: ", out);
		html_text(out, page->groups->detail);
		fputs("</p>\n", out);
	}
	fputs("<div class=\"plots\">\n", out);
	for (; *names; names++)
		plots_put(page->plots, *names, out);
	fputs("</div>\n", out);
}

#define PUT_PLOTS(page, out, ...) put_plots(page, out, (const char *const[]){__VA_ARGS__, NULL})

static void put_over_time(const struct page *page, FILE *out)
{
	char name[48];
	int n = page->groups->n;
	if (!has_over_time(page))
		return;
	html_section(
	    out, "time", "Over time",
	    n > MOST_CURVES
		? "Of the first run of some groups; links.csv and tasks.csv of each run have the rest."
		: "The first run of each group. Long curves are thinned out: of every stretch of time the "
		  "lowest and the highest value are kept. Of many UEs or tasks the middle 80 % are drawn.");
	fputs("<div class=\"plots\">\n", out);
	for (int i = 0; i < n; i++)
		for (size_t k = 0; k < N_OVER_TIME; k++) {
			name_over_time(name, k, i);
			plots_put(page->plots, name, out);
		}
	fputs("</div>\n", out);
	html_section_end(out);
}

void page_write(const struct page *page, FILE *out)
{
	put_head(page, out);
	plots_put_shapes(page->plots, out);
	fputs("<main>\n", out);
	page_verdict(page, out);
	page_axes(page, out);
	page_trust(page, out);
	page_what(page, out);
	page_comparison(page, out);
	PUT_PLOTS(page, out, "stages", "energy");
	html_section_end(out);
	page_plan(page, out);
	PUT_PLOTS(page, out, "off-cdf", "slack-cdf");
	html_section_end(out);
	if (has_tasks(page)) {
		html_section(out, "distributions", "Distributions", NULL);
		PUT_PLOTS(page, out, "latency-cdf", "energy-cdf");
		html_section_end(out);
		html_section(out, "ues", "UEs", NULL);
		PUT_PLOTS(page, out, "latency-ue", "energy-ue");
		page_ues(page, out);
		html_section_end(out);
	}
	if (has_batches(page)) {
		html_section(out, "batches", "Batches", NULL);
		PUT_PLOTS(page, out, "batch-sizes", "batch-reasons");
		html_section_end(out);
	}
	put_over_time(page, out);
	fputs("</main>\n<footer>", out);
	html_text(out, airbatch_version());
	fputs(". Timelines: open a run's <code>trace.json</code> at "
	      "ui.perfetto.dev.</footer>\n</body></html>\n",
	      out);
}
