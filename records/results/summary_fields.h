// SPDX-License-Identifier: BSD-3-Clause
// The fields of summary.json in the order in which they stand there, for the manual and for expectations
// (records/expect/figure.h). A name is a path: "[]" is each item of a list (by number; by name where one
// stands there),
// "{a,b}" one of these, a word in capitals any word (N: any whole number). Its unit says what stands there:
// "text", "true or false", "ratio" (a share of 1), "configuration" (what was told, whatever is below the
// path), a unit, or "" for a plain number.
#pragma once

#include "base/column.h"

extern const struct column summary_fields[];
