// SPDX-License-Identifier: BSD-3-Clause
// How a sweep's parameter is laid out below a plot: in which unit, where its values stand, and whether the
// scale is logarithmic. Private to this room.
#pragma once

#include <stdio.h>
#include "tools/report/axes.h"

struct axis_scale {
	char unit[16];
	double factor;	  // SI value of one unit
	double low, high; // what is drawn, a little more than the values span; in the unit
	bool logarithmic; // the values span more than a linear scale can show
};

struct axis_scale axis_scale_of(const struct report_axis *axis);

// Where a group stands; words stand side by side from 0.
double axis_place(const struct report_axis *axis, const struct axis_scale *s, const struct group *g);

// gnuplot's commands: label, scale, and a mark at each value where they are few.
void axis_write(FILE *script, const struct report_axis *axis, const struct axis_scale *s);
