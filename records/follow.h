// SPDX-License-Identifier: BSD-3-Clause
// Reads a table that is still being written, from where the last call ended: whole lines only, columns by
// name.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "base/err.h"

#define FOLLOW_MOST_COLUMNS 48

struct follow;

// columns: NULL-terminated, must outlive it. The file may not exist yet. NULL: no memory.
struct follow *follow_new(const char *path, const char *const *columns);
void follow_free(struct follow *f);

// The table grows no more, so that what is not there will not come: follow_next refuses an absent file
// (-ENOENT), one without a header and half a line.
void follow_to_end(struct follow *f);

// The next whole line's fields in the order of `columns`, valid until the next call. 1 = a line, 0 = none (as
// yet); -EINVAL with path:line when the header lacks a column, a line has another number of fields or a zero
// byte stands in it; another negative errno when the file cannot be read.
int follow_next(struct follow *f, const char *field[], struct err *err);

// "path:line" of the line that was read last, valid until the next call.
const char *follow_where(struct follow *f);

// A field as a number; NaN and "inf" are numbers here. False when it is none.
bool follow_number(const char *field, double *out);
