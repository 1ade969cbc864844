// SPDX-License-Identifier: BSD-3-Clause
// The results that sweep.csv has of each point, and where summary.json has them.
#pragma once

#include <jansson.h>
#include "base/column.h"

// The same order in both; a NULL name ends the columns.
extern const struct column sweep_columns[];
int sweep_n_columns(void);

// The value of column i in a summary: a number or a boolean, NULL when it has none. Borrowed.
const json_t *sweep_value(const json_t *summary, int column);

// Index of a column by name; -1 when there is none.
int sweep_column(const char *name);
