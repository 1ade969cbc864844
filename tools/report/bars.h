// SPDX-License-Identifier: BSD-3-Clause
// Horizontal bars made of parts.
#pragma once

#include "tools/report/plots.h"

#define MOST_PARTS 10

struct bar {
	char label[200];
	double part[MOST_PARTS];
	double ci95;   // half width around the sum; 0 = not drawn
	int after_gap; // a little room above it, as the first of its case
};

struct bars {
	const char *name, *title, *caption, *axis, *unit;
	int n_parts, decimals;
	const char *columns;	       // of the plot's table: bar, each part, sum, half width of its interval
	const char *parts[MOST_PARTS]; // for the legend
	int colours[MOST_PARTS];       // of plots_fill
};

// Adds the plot.
void bars_draw(struct plots *p, const struct bars *style, const struct bar *bars, int n);
