// SPDX-License-Identifier: BSD-3-Clause
// The plots of a page: first all of them are written as one gnuplot script, then gnuplot runs once, then each
// is put where it belongs. What a plot shows also stands in a table of its own. The colours of text, axes and
// grid follow the page (style.css knows them by their value), so that plots are readable on a light and on a
// dark page.
#pragma once

#include <stdbool.h>
#include <stdio.h>
#include "base/err.h"
#include "ue/life/record.h"

#define PLOTS_INK "#222324"  // text and axes
#define PLOTS_GRID "#c8c9ca" // grid

#define PLOTS_WIDTH 560
#define PLOTS_HEIGHT 330

struct plots;

struct plots *plots_new(void); // NULL: no memory
void plots_free(struct plots *p);

// Begins a plot of this height (0 = PLOTS_HEIGHT) and returns where its gnuplot commands and data go;
// terminal, style and colours are set. name: of its file. title, caption (what is to be seen, how to read
// it): copied.
FILE *plots_begin(struct plots *p, const char *name, int height, const char *title, const char *caption);

// A plot's data. plots_columns: the header of its table, once; the first column says which series a row is
// of. plots_block opens the script's block of data "$<block>", plots_row adds a row of numbers to it, and to
// the table with the series' name in front (series NULL: to the block only). plots_table_row: to the table
// only; label (NULL: none) is a text after the series.
void plots_columns(struct plots *p, const char *columns);
void plots_block(struct plots *p, const char *block, const char *series);
void plots_row(struct plots *p, const double *values, int n);
void plots_block_end(struct plots *p);
void plots_table_row(struct plots *p, const char *series, const char *label, const double *values, int n);

#define PLOTS_ROW(p, ...)                                                                                    \
	plots_row(p, (const double[]){__VA_ARGS__}, sizeof((const double[]){__VA_ARGS__}) / sizeof(double))

// Line or fill colour number i of a palette that is told apart with any colour vision (Paul Tol, "bright", 7
// colours); and the dash type and the shape of points that go with it, so that curves that lie upon each
// other are both seen, and more curves than colours told apart.
const char *plots_colour(int i);
const char *plots_dash(int i);
int plots_shape(int i);

// Fill colour number i, 0..9: the palette and three more (Paul Tol: orange, teal, wine), which are not told
// apart from each of its colours by everybody.
const char *plots_fill(int i);

// Which fill is a stage's, in every plot and every picture (the live page takes the same): of
// energies, computing is the local stage's, transmitting the upload's, receiving the result's, an idle radio
// the wait's.
extern const int stage_fill[STAGE_COUNT];

// Writes text as a gnuplot string.
void plots_text(FILE *script, const char *text);

// Draws all. 0; or a negative errno with a sentence: nothing is drawn then.
int plots_draw(struct plots *p, struct err *err);

// The shapes of points that all plots of a page share; before the first plots_put.
void plots_put_shapes(const struct plots *p, FILE *html);

// Whether there is a plot of this name.
bool plots_has(const struct plots *p, const char *name);

// The plot of this name as a <figure>; nothing when there is none, title and caption alone when it was not
// drawn.
void plots_put(const struct plots *p, const char *name, FILE *html);

// Writes each plot as DIRECTORY/<name>.svg, .pdf, .csv (what it shows) and .gp (the gnuplot script that draws
// the first two). Before plots_free, after plots_draw.
int plots_write_files(const struct plots *p, const char *directory, struct err *err);
