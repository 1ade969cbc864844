// SPDX-License-Identifier: BSD-3-Clause
// One parameter of a sweep and the values it takes, as written on the command line.
#pragma once

#include <stddef.h>
#include "base/err.h"

enum { AXIS_MOST_VALUES = 10000 };

struct axis {
	char *key; // of the topology: "cell.bandwidth", "ue3.gain", "policy", "seed"
	char **values;
	size_t n_values;
};

// "KEY=VALUES". VALUES is a list "1MHz,2MHz" (brackets keep a value with commas together: "[radio,edge]"), or
// a range "1MHz:5MHz:1MHz" from low to high in steps, both ends included when a step meets them. -EINVAL with
// what would be right. The caller frees it with axis_free, also after a failure.
int axis_parse(struct axis *axis, const char *text, struct err *err);

// Whole numbers as in "1-5" or "1,3,7-9".
int axis_parse_numbers(struct axis *axis, const char *key, const char *text, struct err *err);

void axis_free(struct axis *axis);
