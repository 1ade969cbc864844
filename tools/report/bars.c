// SPDX-License-Identifier: BSD-3-Clause
#include "tools/report/bars.h"

#include <math.h>

#define BAR_HEIGHT 30 // with the room between two
#define FRAME_HEIGHT 104
#define KEY_ROW_HEIGHT 20
#define PARTS_A_ROW 3

static int key_rows(const struct bars *style)
{
	return (style->n_parts + PARTS_A_ROW - 1) / PARTS_A_ROW;
}

static double sum(const struct bar *bar, int n_parts)
{
	double total = 0;
	for (int i = 0; i < n_parts; i++)
		total += bar->part[i];
	return total;
}

static double gaps_before(const struct bar *bars, int i)
{
	double gaps = 0;
	for (int k = 1; k <= i; k++)
		gaps += bars[k].after_gap ? 0.5 : 0;
	return gaps;
}

// Rows: position, where the part begins and ends; one block a part, and one for the sums.
static void write_data(struct plots *p, const struct bars *style, const struct bar *bars, int n)
{
	char block[16];
	for (int part = 0; part < style->n_parts; part++) {
		snprintf(block, sizeof(block), "part%d", part);
		plots_block(p, block, NULL);
		for (int i = 0; i < n; i++) {
			double from = sum(&bars[i], part);
			PLOTS_ROW(p, i + gaps_before(bars, i), from, from + bars[i].part[part]);
		}
		plots_block_end(p);
	}
	plots_block(p, "sums", NULL);
	for (int i = 0; i < n; i++)
		PLOTS_ROW(p, i + gaps_before(bars, i), sum(&bars[i], style->n_parts), bars[i].ci95);
	plots_block_end(p);
}

static void write_table(struct plots *p, const struct bars *style, const struct bar *bars, int n)
{
	plots_columns(p, style->columns);
	for (int i = 0; i < n; i++) {
		double row[MOST_PARTS + 2];
		for (int part = 0; part < style->n_parts; part++)
			row[part] = bars[i].part[part];
		row[style->n_parts] = sum(&bars[i], style->n_parts);
		row[style->n_parts + 1] = bars[i].ci95 > 0 ? bars[i].ci95 : NAN;
		plots_table_row(p, bars[i].label, NULL, row, style->n_parts + 2);
	}
}

static void write_axes(FILE *s, const struct bars *style, const struct bar *bars, int n)
{
	double longest = 0;
	for (int i = 0; i < n; i++) {
		double total = sum(&bars[i], style->n_parts) + bars[i].ci95;
		longest = total > longest ? total : longest;
	}
	fprintf(s,
		"set xlabel '%s'\nset xrange [0:%.9g]\nset yrange [%g:-0.7]\nunset grid\nset grid x lc rgb "
		"'" PLOTS_GRID "' lt 1 lw 0.6\nset border 1\nset ytics scale 0\n",
		style->axis, longest > 0 ? 1.05 * longest : 1, n - 1 + gaps_before(bars, n - 1) + 0.7);
	fprintf(s,
		"set tmargin %g\nset rmargin 9\nset key at screen 0.01,0.99 left top horizontal samplen "
		"1.2\nset ytics (",
		1 + 1.2 * key_rows(style));
	for (int i = 0; i < n; i++) {
		fputs(i ? ", " : "", s);
		plots_text(s, bars[i].label);
		fprintf(s, " %g", i + gaps_before(bars, i));
	}
	fputs(")\n", s);
}

void bars_draw(struct plots *p, const struct bars *style, const struct bar *bars, int n)
{
	int height = FRAME_HEIGHT + KEY_ROW_HEIGHT * (key_rows(style) - 1) +
		     (int)(BAR_HEIGHT * (n + gaps_before(bars, n - 1)));
	FILE *s = n > 0 ? plots_begin(p, style->name, height, style->title, style->caption) : NULL;
	if (!s)
		return;
	write_data(p, style, bars, n);
	write_table(p, style, bars, n);
	write_axes(s, style, bars, n);
	for (int part = 0; part < style->n_parts; part++)
		fprintf(s,
			"%s$part%d using 2:1:2:3:($1-0.34):($1+0.34) with boxxyerror lc rgb '%s' title '%s'",
			part ? ", " : "plot ", part, plots_fill(style->colours[part]), style->parts[part]);
	fprintf(s,
		", $sums using ($3 > 0 ? $2 : NaN):1:3 with xerrorbars pt 0 lw 1.2 lc rgb '" PLOTS_INK
		"' notitle, $sums using ($2+$3):1:(sprintf('%%.%df%s', $2)) with labels left offset 0.6,0 "
		"textcolor "
		"rgb '" PLOTS_INK "' notitle\n",
		style->decimals, style->unit);
}
