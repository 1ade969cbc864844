// SPDX-License-Identifier: BSD-3-Clause
// Reads a table with a header row into an array of structs. Columns are found by name, so that a table may
// have more of them than the reader wants, in any order. Strict: every refusal says file:line, what is there
// and what would be right.
#pragma once

#include <stddef.h>
#include "base/err.h"

#define CSV_WORD 16 // bytes of a CSV_TEXT member, the terminating zero included

enum csv_kind {
	CSV_NUMBER, // double; "inf" is a number, "nan" is none
	CSV_COUNT,  // uint32_t
	CSV_TEXT,   // char[CSV_WORD]
};

struct csv_column {
	const char *name;
	enum csv_kind kind;
	size_t offset; // of the member in a row
};

struct csv_table {
	void *rows; // [n_rows], each row_size bytes; free() it
	size_t n_rows;
};

// Fills *table with the rows of `path`. 0; or a negative errno with a sentence: the rows before the damage
// are in the table then (and must be freed, too).
int csv_read(struct csv_table *table, const char *path, const struct csv_column *columns, size_t n_columns,
	     size_t row_size, struct err *err);
