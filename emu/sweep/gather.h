// SPDX-License-Identifier: BSD-3-Clause
// The results of all done points in one table.
#pragma once

#include <stdio.h>
#include "emu/sweep/grid.h"

struct gathered {
	size_t n_done;
	double *values; // [points][columns of sweep_columns], NaN where there is none
	bool *done;	// [points]
};

// Reads the summary of every point.
int gather(const struct grid *g, struct gathered *out, struct err *err);
void gathered_free(struct gathered *gathered);

// DIR/sweep.csv: a row a done point.
int gather_write_csv(const struct grid *g, const struct gathered *gathered, struct err *err);

// A table for people: seeds and runs become a mean with the half width of its 95 % interval.
void gather_print(const struct grid *g, const struct gathered *gathered, FILE *out);
