// SPDX-License-Identifier: BSD-3-Clause
// The plots of batches: every batch is in a bar, whatever made it start.
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "edge/desk/record.h"
#include "tools/report/draw.h"

// The reasons of each mode: docs/batching.md.
static const struct {
	const char *mode;
	enum batch_reason first, last;
	int also; // a reason out of that row, or -1
} modes[] = {{"planned", BATCH_PLANNED, BATCH_STRAGGLER, -1},
	     {"size", BATCH_FULL, BATCH_DRAINED, -1},
	     {"timer", BATCH_TIMER, BATCH_TIMER, BATCH_FULL},
	     {"deadline", BATCH_DEADLINE, BATCH_LATE, BATCH_FULL}};
enum { MODES = sizeof(modes) / sizeof(modes[0]), BATCHES = 1009 };

static bool belongs(int mode, enum batch_reason reason)
{
	return (reason >= modes[mode].first && reason <= modes[mode].last) || (int)reason == modes[mode].also;
}

// BATCHES + mode batches, whose reasons follow each other in turn.
static struct run_directory run_of(int mode)
{
	struct run_directory run = {.n_batches = BATCHES + (size_t)mode};
	int reason = 0;
	run.batches = calloc(run.n_batches, sizeof(*run.batches));
	assert_non_null(run.batches);
	for (size_t i = 0; i < run.n_batches; i++) {
		while (!belongs(mode, (enum batch_reason)reason))
			reason = (reason + 1) % BATCH_REASONS;
		run.batches[i].members = 1 + (uint32_t)i % 3;
		snprintf(run.batches[i].reason, CSV_WORD, "%s", batch_reason_name((enum batch_reason)reason));
		reason = (reason + 1) % BATCH_REASONS;
	}
	return run;
}

// The page's piece with the plots of these modes, or NULL without gnuplot. $AIRBATCH_KEEP: a folder for them.
static char *drawn(int first, int n)
{
	struct run_directory runs[MODES];
	const struct run_directory *pointers[MODES];
	struct group group[MODES] = {0};
	for (int i = 0; i < n; i++) {
		runs[i] = run_of(first + i);
		pointers[i] = &runs[i];
		group[i].runs = &pointers[i];
		group[i].n_runs = 1;
		group[i].detailed = true;
		group[i].colour = i;
		snprintf(group[i].label, sizeof(group[i].label), "by %s", modes[first + i].mode);
	}
	struct plots *p = plots_new();
	struct err err = {0};
	char *page = NULL;
	size_t size;
	draw_batches(p, &(struct groups){.group = group, .n = n});
	int r = plots_draw(p, &err);
	if (r < 0 && r != -ENOENT)
		fail_msg("%s", err.text);
	FILE *out = r == 0 ? open_memstream(&page, &size) : NULL;
	if (out) {
		plots_put(p, "batch-reasons", out);
		fclose(out);
	}
	if (r == 0 && getenv("AIRBATCH_KEEP"))
		assert_int_equal(plots_write_files(p, getenv("AIRBATCH_KEEP"), &err), 0);
	plots_free(p);
	for (int i = 0; i < n; i++)
		free(runs[i].batches);
	return page;
}

static bool shows(const char *page, const char *text)
{
	char cell[80];
	snprintf(cell, sizeof(cell), ">%s<", text);
	return strstr(page, cell) != NULL;
}

// The bar's sum stands at its end; the legend and the caption name what there is, and nothing else.
static void check(const char *page, int first, int n)
{
	for (int mode = first; mode < first + n; mode++) {
		char sum[24];
		snprintf(sum, sizeof(sum), "%d", BATCHES + mode);
		if (!shows(page, sum))
			fail_msg("by %s: the bar is not %s batches long", modes[mode].mode, sum);
	}
	for (int reason = 0; reason < BATCH_REASONS; reason++) {
		bool any = false;
		for (int mode = first; mode < first + n; mode++)
			any |= belongs(mode, (enum batch_reason)reason);
		assert_int_equal(shows(page, batch_reason_name((enum batch_reason)reason)), any);
	}
	assert_non_null(strstr(page, "The figure at the bar: batches.</figcaption>")); // not cut off
}

static void every_batch_is_in_a_bar(void **state)
{
	(void)state;
	for (int first = 0; first < MODES; first++) {
		char *page = drawn(first, 1);
		if (!page)
			skip();
		check(page, first, 1);
		free(page);
	}
	char *page = drawn(0, MODES);
	check(page, 0, MODES);
	free(page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(every_batch_is_in_a_bar)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
