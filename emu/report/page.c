// SPDX-License-Identifier: BSD-3-Clause
#include "emu/report/page.h"

#include "base/version.h"
#include "emu/records/summary.h"
#include "emu/report/draw.h"
#include "emu/report/html.h"
#include "emu/report/measure.h"

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
	fputs("<nav><a href=\"#trust\">Trust</a><a href=\"#what\">What was run</a><a "
	      "href=\"#comparison\">Side by "
	      "side</a><a href=\"#plan\">Plan</a><a href=\"#distributions\">Distributions</a><a "
	      "href=\"#ues\">UEs</a><a href=\"#batches\">Batches</a><a href=\"#time\">Over "
	      "time</a></nav></header>\n",
	      out);
}

static void put_plots(const struct page *page, FILE *out, const char *const *names)
{
	fputs("<div class=\"plots\">\n", out);
	for (; *names; names++)
		plots_put(page->plots, *names, out);
	fputs("</div>\n", out);
}

#define PUT_PLOTS(page, out, ...) put_plots(page, out, (const char *const[]){__VA_ARGS__, NULL})

static void put_over_time(const struct page *page, FILE *out)
{
	static const char *const figures[] = {"gain", "rate", "queue", "latency-time"};
	int n = page->groups->n;
	html_section(
	    out, "time", "Over time",
	    n > MOST_DETAILED
		? "Of the first run of the first groups; links.csv and tasks.csv of each run have the rest."
		: "The first run of each group. Long curves are thinned out: of every stretch of time the "
		  "lowest and the highest value are kept. Of many UEs or tasks the middle 80 % are drawn.");
	fputs("<div class=\"plots\">\n", out);
	for (int i = 0; i < n && i < MOST_DETAILED; i++)
		for (size_t k = 0; k < sizeof(figures) / sizeof(figures[0]); k++) {
			char name[48];
			snprintf(name, sizeof(name), "%s-%d", figures[k], i);
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
	page_trust(page, out);
	page_what(page, out);
	page_comparison(page, out);
	PUT_PLOTS(page, out, "stages", "energy");
	html_section_end(out);
	page_plan(page, out);
	PUT_PLOTS(page, out, "off-cdf", "slack-cdf");
	html_section_end(out);
	html_section(out, "distributions", "Distributions", NULL);
	PUT_PLOTS(page, out, "latency-cdf", "energy-cdf");
	html_section_end(out);
	html_section(out, "ues", "UEs", NULL);
	PUT_PLOTS(page, out, "latency-ue", "energy-ue");
	page_ues(page, out);
	html_section_end(out);
	html_section(out, "batches", "Batches", NULL);
	PUT_PLOTS(page, out, "batch-sizes", "batch-reasons");
	html_section_end(out);
	put_over_time(page, out);
	fputs("</main>\n<footer>", out);
	html_text(out, airbatch_version());
	fputs(". Timelines: open a run's <code>trace.json</code> at "
	      "ui.perfetto.dev.</footer>\n</body></html>\n",
	      out);
}
