// SPDX-License-Identifier: BSD-3-Clause
// The side-by-side table, as text for a person and as CSV for a program; a line a cell, as soon as it is
// measured.
#pragma once

#include <stdio.h>
#include "tests/bench/precision/cell.h"

void table_header(FILE *out);
void table_row(FILE *out, const struct cell *cell, const struct cell_result *result);
// What the columns mean.
void table_legend(FILE *out);

void csv_header(FILE *out);
void csv_row(FILE *out, const struct cell *cell, const struct cell_result *result);
