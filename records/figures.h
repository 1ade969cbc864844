// SPDX-License-Identifier: BSD-3-Clause
// The key figures of a run, and where summary.json has them: the columns that sweep.csv has of each point,
// and what a report draws against a sweep's parameters.
#pragma once

#include <jansson.h>
#include "base/column.h"

// A NULL name ends the columns.
extern const struct column figure_columns[];
int figure_count(void);

// Figure i of a summary, a boolean as 0 or 1; NaN when it has none.
double figure_value(const json_t *summary, int i);

// Index of a figure by name; -1 when there is none.
int figure_index(const char *name);
