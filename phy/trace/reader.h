// SPDX-License-Identifier: BSD-3-Clause
// Reads a trace file line by line, strictly: every refusal says file:line, what is there and what would be
// right. Empty lines and lines that begin with # are skipped; fields are separated by commas, blanks around
// them dropped.
#pragma once

#include <stdint.h>
#include <stdio.h>
#include "base/err.h"

#define READER_FIELDS 16

struct reader {
	FILE *file;
	const char *path; // borrowed
	int line;	  // of the present row, from 1
	int n_fields;
	char *field[READER_FIELDS]; // into text
	char text[512];
};

// Opens path, which must outlive the reader. 0 or a negative errno.
int reader_open(struct reader *r, const char *path, struct err *err);
void reader_close(struct reader *r);

// The next row: 1 with its fields, 0 at the end, or a negative errno: -EINVAL for a line that is too long,
// has too many fields or a zero byte.
int reader_next(struct reader *r, struct err *err);

// 0 when the present row has exactly the fields of `columns` (NULL-terminated); else a sentence that names
// them.
int reader_expect(const struct reader *r, const char *const *columns, struct err *err);

// Reads the first row, which must be the names of `columns` (NULL-terminated).
int reader_header(struct reader *r, const char *const *columns, struct err *err);

// Field i as a number within [low, high] into *out; `name` says what it is. Units are not accepted: the
// column has one.
int reader_number(const struct reader *r, int i, const char *name, double low, double high, double *out,
		  struct err *err);

// Field i as a whole number within [0, high] into *out.
int reader_count(const struct reader *r, int i, const char *name, uint64_t high, uint64_t *out,
		 struct err *err);

// Writes "path:line: <sentence>" of the present row and returns -code. A macro, so that the compiler checks
// the format.
#define reader_fail(r, err, code, format, ...)                                                               \
	err_set(err, code, "%s:%d: " format, (r)->path, (r)->line, ##__VA_ARGS__)
