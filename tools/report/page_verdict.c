// SPDX-License-Identifier: BSD-3-Clause
// The page in five figures: what a reader must know before any other figure.
#include <math.h>
#include <string.h>

#include "records/summary.h"
#include "tools/report/html.h"
#include "tools/report/page.h"

static void card(FILE *out, enum html_mood mood, const char *what, const char *figure, const char *note)
{
	static const char *const classes[] = {"card", "card good", "card bad", "card"};
	fprintf(out, "<div class=\"%s\"><p>", classes[mood]);
	html_text(out, what);
	fputs("</p><strong>", out);
	html_text(out, figure);
	fputs("</strong><p>", out);
	html_text(out, note);
	fputs("</p></div>\n", out);
}

// The largest of a figure over the runs; NaN when none has it.
static double worst(const struct page *page, const char *a, const char *b, const char *c)
{
	double most = NAN;
	for (size_t i = 0; i < page->n_runs; i++) // fmax takes the number where one is NaN
		most = fmax(most, summary_number(page->runs[i].summary, a, b, c));
	return most;
}

static double total(const struct page *page, const char *key)
{
	double sum = 0;
	for (size_t i = 0; i < page->n_runs; i++) {
		double n = summary_number(page->runs[i].summary, "tasks", key, NULL);
		sum += isfinite(n) ? n : 0;
	}
	return sum;
}

static void put_validity(const struct page *page, FILE *out)
{
	size_t emulated = 0, valid = 0, done = 0;
	char figure[64] = "simulated", note[160];
	for (size_t i = 0; i < page->n_runs; i++) {
		const json_t *s = page->runs[i].summary;
		bool measured = strcmp(summary_text(s, "engine"), "simulation") != 0;
		emulated += measured;
		valid += measured && json_is_true(json_object_get(s, "valid"));
		done += strcmp(summary_text(s, "status"), "done") == 0;
	}
	bool doubtful = done < page->n_runs || valid < emulated;
	if (emulated > 0 && valid == emulated)
		snprintf(figure, sizeof(figure), "valid");
	else if (emulated > 0)
		snprintf(figure, sizeof(figure), "%zu of %zu NOT VALID", emulated - valid, emulated);
	snprintf(note, sizeof(note), "%zu emulated, %zu simulated; %zu did not finish", emulated,
		 page->n_runs - emulated, page->n_runs - done);
	card(out, doubtful ? MOOD_BAD : emulated ? MOOD_GOOD : MOOD_PLAIN, "Validity", figure, note);
}

static void put_delay_error(const struct page *page, FILE *out)
{
	double p50 = worst(page, "shaper", "delay_error", "p50_us"),
	       p99 = worst(page, "shaper", "delay_error", "p99_us");
	char figure[64] = "–", note[160] = "virtual time: no packet was shaped";
	if (isfinite(p99)) {
		snprintf(figure, sizeof(figure), "%.0f µs", p99);
		snprintf(note, sizeof(note), "p99 (p50: %.0f µs) of the worst run", p50);
	}
	card(out, MOOD_PLAIN, "Delay error of the shaper", figure, note);
}

static void put_off_plan(const struct page *page, FILE *out)
{
	double latency = worst(page, "tasks", "latency_error", "p50"),
	       energy = worst(page, "tasks", "energy_error", "p50");
	char figure[64] = "–", note[160] = "no task has its result";
	if (isfinite(latency)) {
		snprintf(figure, sizeof(figure), "%.2f %%", 100 * latency);
		snprintf(note, sizeof(note), "latency (energy: %.2f %%), median of the worst run",
			 100 * energy);
	}
	card(out, MOOD_PLAIN, "Off the plan", figure, note);
}

static void put_checked(const struct page *page, FILE *out)
{
	double checked = total(page, "checked"), wrong = total(page, "differing_results");
	char figure[64] = "–";
	if (checked > 0)
		snprintf(figure, sizeof(figure), "%.0f of %.0f", checked - wrong, checked);
	card(out,
	     wrong > 0	   ? MOOD_BAD
	     : checked > 0 ? MOOD_GOOD
			   : MOOD_PLAIN,
	     "Results right", figure,
	     checked > 0 ? "outputs that equal the reference's" : "no output was computed");
}

static void put_deadlines(const struct page *page, FILE *out)
{
	double done = total(page, "done"), met = total(page, "met"),
	       broken = total(page, "promised_but_missed");
	char figure[64] = "–", note[160];
	if (done > 0)
		snprintf(figure, sizeof(figure), "%.4g %%", 100 * met / done);
	snprintf(note, sizeof(note), "%.0f missed, %.0f of them promised", done - met, broken);
	card(out, broken > 0 ? MOOD_BAD : MOOD_PLAIN, "Deadlines met", figure, note);
}

void page_verdict(const struct page *page, FILE *out)
{
	fputs("<div class=\"cards\">\n", out);
	put_validity(page, out);
	put_delay_error(page, out);
	put_off_plan(page, out);
	put_checked(page, out);
	put_deadlines(page, out);
	fputs("</div>\n", out);
}
