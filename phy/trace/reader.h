// SPDX-License-Identifier: BSD-3-Clause
// Reads a trace file line by line, strictly: every refusal says file:line, what is there, and which form is
// wanted. Empty lines and lines that begin with # are skipped; fields are separated by commas, blanks around
// them dropped. Lines end in LF, CR LF or CR; a byte-order mark of UTF-8 is skipped.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include "base/err.h"

#define READER_FIELDS 16

struct reader {
	FILE *file;
	const char *path; // borrowed
	const char *form; // borrowed: the form that is wanted and what makes it; the end of every refusal
	bool skips_text;  // set it after reader_open: lines that begin with no number are skipped, too
	int line;	  // of the present row, from 1
	int n_fields;
	char *field[READER_FIELDS]; // into text
	char text[512];
};

// Opens path; both strings must outlive the reader. 0 or a negative errno: -EINVAL for a file in UTF-16.
int reader_open(struct reader *r, const char *path, const char *form, struct err *err);
void reader_close(struct reader *r);

// The next row: 1 with its fields, 0 at the end, or a negative errno: -EINVAL for a line that is too long,
// has too many fields, semicolons or a zero byte.
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

// Writes "path:line: <what is wrong>; wanted: <form>" of the present row and returns -EINVAL. Macros, so that
// the compiler checks the format.
#define reader_refuse(r, err, format, ...)                                                                   \
	err_set(err, EINVAL, "%s:%d: " format "; wanted: %s", (r)->path, (r)->line, ##__VA_ARGS__, (r)->form)
// The same of the file as a whole: "path <what is wrong>; wanted: <form>".
#define reader_refuse_file(r, err, format, ...)                                                              \
	err_set(err, EINVAL, "%s " format "; wanted: %s", (r)->path, ##__VA_ARGS__, (r)->form)
#define reader_no_memory(r, err) err_set(err, ENOMEM, "%s:%d: out of memory", (r)->path, (r)->line)
