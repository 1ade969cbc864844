// SPDX-License-Identifier: BSD-3-Clause
// A foreign text file in memory, line by line. Every refusal says file:line, what is there, and which form is
// wanted. Lines end in LF, CR LF or CR; empty ones and those that begin with # are skipped; a byte-order mark
// of UTF-8 is skipped.
#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include "base/err.h"

struct text {
	const char *path; // borrowed
	const char *form; // borrowed: what is wanted
	char *data;
	size_t size, at;
	int line;  // of `row`, from 1
	char *row; // the present line, which may be changed in place
};

// Reads path ("-": standard input), at most 2 GiB. 0, or a negative errno with a sentence: refused are zero
// bytes, UTF-16 and compressed files. Closed with text_close.
int text_open(struct text *t, const char *path, const char *form, struct err *err);
void text_close(struct text *t);

// The next line into t->row; false at the end.
bool text_next(struct text *t);

// Starts again; what was changed in place stays so.
void text_rewind(struct text *t);

// The next number of *at, which moves behind it and the blanks around it: 1, 0 at the end of the line, or
// -EINVAL with a sentence where there is something else.
int text_number(const struct text *t, const char **at, double *out, struct err *err);

#define text_refuse(t, err, format, ...)                                                                     \
	err_set(err, EINVAL, "%s:%d: " format "; wanted: %s", (t)->path, (t)->line, ##__VA_ARGS__, (t)->form)
#define text_refuse_file(t, err, format, ...)                                                                \
	err_set(err, EINVAL, "%s " format "; wanted: %s", (t)->path, ##__VA_ARGS__, (t)->form)
