// SPDX-License-Identifier: BSD-3-Clause
#include "tools/report/draw.h"

#include <stdlib.h>
#include <string.h>

#include "edge/desk/record.h"
#include "tools/report/bars.h"

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

static void write_sizes(struct plots *p, const struct group *g, int i, const struct batch_counts *c,
			double offset, double width)
{
	char block[16];
	snprintf(block, sizeof(block), "g%d", i);
	plots_block(p, block, NULL);
	for (uint32_t size = 1; size <= c->largest; size++) {
		double percent = 100 * (double)c->of_size[size] / (double)c->n;
		PLOTS_ROW(p, size + offset, percent, width);
		plots_table_row(p, g->label, NULL, (const double[]){size, (double)c->of_size[size], percent},
				3);
	}
	plots_block_end(p);
}

static bool is_shown(const struct groups *g, int i, const struct batch_counts *counts)
{
	return g->group[i].detailed && counts[i].n > 0;
}

static void draw_sizes(struct plots *p, const struct groups *g, const struct batch_counts *counts)
{
	FILE *s = plots_begin(p, "batch-sizes", 0, "Batch sizes",
			      "Share of batches with so many members, of the groups that batch.");
	int with = 0, k = 0;
	uint32_t largest = 1;
	if (!s)
		return;
	for (int i = 0; i < g->n; i++) {
		with += is_shown(g, i, counts);
		largest = is_shown(g, i, counts) && counts[i].largest > largest ? counts[i].largest : largest;
	}
	plots_columns(p, "group,members,batches,batches_percent");
	for (int i = 0; i < g->n; i++)
		if (is_shown(g, i, counts)) {
			double width = 0.8 / with;
			write_sizes(p, &g->group[i], i, &counts[i], -0.4 + (k++ + 0.5) * width, width);
		}
	fprintf(s,
		"set xlabel 'members of a batch'\nset ylabel 'batches (%%)'\nset yrange [0:*]\nset xrange "
		"[0.4:%u.6]\nset xtics %u\nunset grid\nset grid y lc rgb '" PLOTS_GRID "' lt 1 lw 0.6\n",
		largest, largest > 16 ? 1 + largest / 16 : 1);
	const char *separator = "plot ";
	for (int i = 0; i < g->n; i++) {
		if (!is_shown(g, i, counts))
			continue;
		fprintf(s, "%s$g%d using 1:2:3 with boxes lc rgb '%s' title ", separator, i,
			plots_colour(g->group[i].colour));
		plots_text(s, g->group[i].short_label);
		separator = ", ";
	}
	fputc('\n', s);
}

// Those of one mode lie side by side in a bar (docs/batching.md): their colours are far apart.
static const struct {
	const char *meaning;
	int colour; // of plots_fill
} reasons[BATCH_REASONS] = {
    [BATCH_PLANNED] = {"complete at its planned time", 2},
    [BATCH_BUSY] = {"the batch before it still ran", 0},
    [BATCH_WAITED] = {"for a member's input", 3},
    [BATCH_LEFT] = {"without members that were late", 1},
    [BATCH_STRAGGLER] = {"a member that had been left behind", 4},
    [BATCH_FULL] = {"as many waited as a batch may have", 6},
    [BATCH_DRAINED] = {"nobody else could join", 5},
    [BATCH_TIMER] = {"its oldest member had waited so long", 8},
    [BATCH_DEADLINE] = {"any longer wait would have broken one", 7},
    [BATCH_LATE] = {"none of its members could be in time", 9},
    [BATCH_READY] = {"complete before its planned time", 6},
    [BATCH_TURN] = {"its one task has a core", 2},
};

// Of the groups' batches, the reasons that any has; how many.
static int find_reasons(const struct groups *g, const struct batch_counts *counts,
			enum batch_reason found[BATCH_REASONS])
{
	int n_found = 0;
	for (int k = 0; k < BATCH_REASONS; k++) {
		size_t batches = 0;
		for (int i = 0; i < g->n; i++)
			batches += is_shown(g, i, counts) ? counts[i].by_reason[k] : 0;
		if (batches > 0)
			found[n_found++] = (enum batch_reason)k;
	}
	return n_found;
}

// The legend and the caption, which lasts as long as the style.
static void name_reasons(struct bars *style, const enum batch_reason *found, char *caption, char *columns,
			 size_t size)
{
	size_t used = 0;
	size_t named = (size_t)snprintf(columns, size, "group");
	for (int k = 0; k < style->n_parts; k++) {
		style->parts[k] = batch_reason_name(found[k]);
		style->colours[k] = reasons[found[k]].colour;
		named += (size_t)snprintf(columns + named, size - named, ",%s", style->parts[k]);
		used += (size_t)snprintf(caption + used, size - used, "%s: %s%s", style->parts[k],
					 reasons[found[k]].meaning, k < style->n_parts - 1 ? "; " : ". ");
	}
	snprintf(caption + used, size - used, "The figure at the bar: batches.");
	snprintf(columns + named, size - named, ",batches,ci95");
	style->caption = caption;
	style->columns = columns;
}

static void draw_reasons(struct plots *p, const struct groups *g, const struct batch_counts *counts)
{
	enum batch_reason found[BATCH_REASONS];
	struct bars style = {.name = "batch-reasons",
			     .title = "Why batches started when they did",
			     .axis = "batches",
			     .unit = "",
			     .n_parts = find_reasons(g, counts, found)};
	char caption[BATCH_REASONS * 64], columns[BATCH_REASONS * 64];
	name_reasons(&style, found, caption, columns, sizeof(caption));
	struct bar *bars = calloc((size_t)g->n, sizeof(*bars));
	int n = 0;
	for (int i = 0; bars && i < g->n; i++) {
		if (!is_shown(g, i, counts))
			continue;
		snprintf(bars[n].label, sizeof(bars[n].label), "%s", g->group[i].short_label);
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
		all += is_shown(g, i, counts) ? counts[i].n : 0;
	}
	if (all > 0) {
		draw_sizes(p, g, counts);
		draw_reasons(p, g, counts);
	}
	free(counts);
}
