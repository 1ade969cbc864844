// SPDX-License-Identifier: BSD-3-Clause
// Shared by plots.c (a page's plots) and plots_files.c (each as files).
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "tools/report/plots.h"

#define MOST_PLOTS 256

// A printf format: width and height in pixels.
#define PLOTS_SVG "set terminal svg noenhanced dynamic size %d,%d font 'sans-serif,13'\n"

struct plot {
	char name[72], title[200], caption[640];
	int height;
	off_t script, table; // where its script (after the terminal) and its table begin
	const char *svg;     // from "<svg" on, into the drawing; NULL = not drawn
	size_t svg_size;
};

struct plots {
	FILE *script, *tables;
	char *script_text, *tables_text, *drawing;
	size_t script_size, tables_size;
	struct plot plot[MOST_PLOTS];
	int n;
	char series[200]; // of the block that is open
};

// What a page does not need or must not have twice is left out: tool tips of gnuplot's own, names, the shapes
// of points, groups without content, attributes that are the default.
void plot_write_cleaned(const char *svg, size_t size, bool with_shapes, FILE *out);
