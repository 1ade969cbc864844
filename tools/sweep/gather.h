// SPDX-License-Identifier: BSD-3-Clause
// The results of all done points in one table.
#pragma once

#include <stdio.h>
#include "tools/sweep/grid.h"

// What was given for an axis, in SI units: both ends of a range, else twice the value. NaN: a word.
struct gathered_value {
	double low, high;
};

#define GATHER_DOUBTS 128

struct gathered {
	size_t n_done;
	double *values;			   // [points][columns of figure_columns], NaN where there is none
	struct gathered_value *parameters; // [points][axes]
	bool *done;			   // [points]
	char (*doubts)[GATHER_DOUBTS];	   // [points] what makes it not valid, a word each
};

// Reads the summary of every point.
int gather(const struct grid *g, struct gathered *out, struct err *err);
void gathered_free(struct gathered *gathered);

// DIR/sweep.csv: a row a done point: its number, its folder in DIR, its parameters in SI units, its figures,
// and what made it not valid (not_valid_because).
int gather_write_csv(const struct grid *g, const struct gathered *gathered, struct err *err);

// A table for people: seeds and runs become a mean with the half width of its 95 % interval.
void gather_print(const struct grid *g, const struct gathered *gathered, FILE *out);
