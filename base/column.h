// SPDX-License-Identifier: BSD-3-Clause
// One table a CSV file: names, units and meanings of its columns. The file's header row is written from it,
// and so is the manual (`airbatch help run-directory`).
#pragma once

#include <stdio.h>

struct column {
	const char *name; // NULL ends a table
	const char *unit; // "" = a plain number or word
	const char *doc;
};

// The names, separated by commas, and a line end. Negative on a write error.
int columns_csv_header(FILE *f, const struct column *columns);
