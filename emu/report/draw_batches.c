// SPDX-License-Identifier: BSD-3-Clause
#include "emu/report/draw.h"

#include <stdlib.h>
#include <string.h>

#include "edge/record.h"
#include "emu/report/bars.h"

struct batch_counts {
	size_t n, of_size[BATCH_MAX_MEMBERS + 1], by_reason[BATCH_REASONS];
	uint32_t largest;
};

static struct batch_counts count(const struct group *g)
{
	struct batch_counts c = {0};
	for (size_t r = 0; r < g->n_runs; r++)
		for (size_t i = 0; i < g->runs[r]->n_batches; i++) {
			const struct batch_row *b = &g->runs[r]->batches[i];
			uint32_t size = b->members < BATCH_MAX_MEMBERS ? b->members : BATCH_MAX_MEMBERS;
			c.n++;
			c.of_size[size]++;
			c.largest = size > c.largest ? size : c.largest;
			for (int k = 0; k < BATCH_REASONS; k++)
				c.by_reason[k] +=
				    strcmp(b->reason, batch_reason_name((enum batch_reason)k)) == 0;
		}
	return c;
}

static void draw_sizes(struct plots *p, const struct groups *g, const struct batch_counts *counts)
{
	FILE *s = plots_begin(p, "batch-sizes", 0, "Batch sizes",
			      "Share of batches with so many members, of the groups that batch.");
	int with = 0, k = 0;
	uint32_t largest = 1;
	for (int i = 0; i < g->n; i++) {
		with += counts[i].n > 0;
		largest = counts[i].largest > largest ? counts[i].largest : largest;
	}
	for (int i = 0; s && i < g->n; i++) {
		if (counts[i].n == 0)
			continue;
		double width = 0.8 / with, offset = -0.4 + (k++ + 0.5) * width;
		fprintf(s, "$g%d << END\n", i);
		for (uint32_t size = 1; size <= counts[i].largest; size++)
			fprintf(s, "%.6g %.6g %.6g\n", size + offset,
				100 * (double)counts[i].of_size[size] / (double)counts[i].n, width);
		fputs("END\n", s);
	}
	if (!s)
		return;
	fprintf(s,
		"set xlabel 'members of a batch'\nset ylabel 'batches (%%)'\nset yrange [0:*]\nset xrange "
		"[0.4:%u.6]\nset xtics %u\nunset grid\nset grid y lc rgb '" PLOTS_GRID "' lt 1 lw 0.6\n",
		largest, largest > 16 ? 1 + largest / 16 : 1);
	const char *separator = "plot ";
	for (int i = 0; i < g->n; i++) {
		if (counts[i].n == 0)
			continue;
		fprintf(s, "%s$g%d using 1:2:3 with boxes lc rgb '%s' title ", separator, i, plots_colour(i));
		plots_text(s, g->group[i].label);
		separator = ", ";
	}
	fputc('\n', s);
}

// Those of one mode lie side by side in a bar (docs/batching.md): their colours are far apart.
static const struct {
	const char *meaning;
	int colour; // of plots_fill
} reasons[BATCH_REASONS] = {
    [BATCH_SLOT] = {"complete at its slot", 2},
    [BATCH_BUSY] = {"the batch before it still ran", 0},
    [BATCH_WAITED] = {"for a member's input", 3},
    [BATCH_LEFT] = {"without members that were late", 1},
    [BATCH_STRAGGLER] = {"a member that had been left behind", 4},
    [BATCH_FULL] = {"as many waited as a batch may have", 6},
    [BATCH_DRAINED] = {"nobody else could join", 5},
    [BATCH_TIMER] = {"its oldest member had waited so long", 8},
    [BATCH_DEADLINE] = {"any longer wait would have broken one", 7},
    [BATCH_LATE] = {"none of its members could be in time", 9},
};

// Of the groups' batches, the reasons that any has; how many.
static int find_reasons(const struct batch_counts *counts, int n, enum batch_reason found[BATCH_REASONS])
{
	int n_found = 0;
	for (int k = 0; k < BATCH_REASONS; k++) {
		size_t batches = 0;
		for (int i = 0; i < n; i++)
			batches += counts[i].by_reason[k];
		if (batches > 0)
			found[n_found++] = (enum batch_reason)k;
	}
	return n_found;
}

// The legend and the caption, which lasts as long as the style.
static void name_reasons(struct bars *style, const enum batch_reason *found, char *caption, size_t size)
{
	size_t used = 0;
	for (int k = 0; k < style->n_parts; k++) {
		style->parts[k] = batch_reason_name(found[k]);
		style->colours[k] = reasons[found[k]].colour;
		used += (size_t)snprintf(caption + used, size - used, "%s: %s%s", style->parts[k],
					 reasons[found[k]].meaning, k < style->n_parts - 1 ? "; " : ". ");
	}
	snprintf(caption + used, size - used, "The figure at the bar: batches.");
	style->caption = caption;
}

static void draw_reasons(struct plots *p, const struct groups *g, const struct batch_counts *counts)
{
	enum batch_reason found[BATCH_REASONS];
	struct bars style = {.name = "batch-reasons",
			     .title = "Why batches started when they did",
			     .axis = "batches",
			     .unit = "",
			     .n_parts = find_reasons(counts, g->n, found)};
	char caption[BATCH_REASONS * 64];
	name_reasons(&style, found, caption, sizeof(caption));
	struct bar *bars = calloc((size_t)g->n, sizeof(*bars));
	int n = 0;
	for (int i = 0; bars && i < g->n; i++) {
		if (counts[i].n == 0)
			continue;
		snprintf(bars[n].label, sizeof(bars[n].label), "%s", g->group[i].label);
		for (int k = 0; k < style.n_parts; k++)
			bars[n].part[k] = (double)counts[i].by_reason[found[k]];
		n++;
	}
	if (bars && style.n_parts > 0)
		bars_draw(p, &style, bars, n);
	free(bars);
}

void draw_batches(struct plots *p, const struct groups *g)
{
	struct batch_counts *counts = calloc((size_t)g->n, sizeof(*counts));
	size_t all = 0;
	for (int i = 0; counts && i < g->n; i++) {
		counts[i] = count(&g->group[i]);
		all += counts[i].n;
	}
	if (all > 0) {
		draw_sizes(p, g, counts);
		draw_reasons(p, g, counts);
	}
	free(counts);
}
