// SPDX-License-Identifier: BSD-3-Clause
// What a report draws against what: the settings in which groups differ are axes; for each axis, all groups
// that differ in it and in the policy alone are one panel: a curve a policy and engine.
#pragma once

#include "tools/report/groups.h"

enum { MOST_AXES = 16, MOST_PANELS = 12, MOST_METRICS = 16 };

struct axis_panel {
	char title[160]; // the other settings: "count=4"; "" = there are none
	int *group;	 // [n_groups] indices into groups
	int n_groups;
};

struct report_axis {
	const char *path;     // in the groups' differing: "cell.bandwidth_hz"
	const json_t *values; // all it has, in order of appearance
	char name[64];	      // "cell.bandwidth"
	bool numeric;
	struct axis_panel panel[MOST_PANELS];
	int n_panels, n_left_out; // left out: panels beyond MOST_PANELS
};

struct axes {
	struct report_axis axis[MOST_AXES];
	int n;
	const char *metric[MOST_METRICS + 1]; // a figure's name or "saving_percent"; NULL after the last
};

// A figure of records/figures.h, or "saving_percent": what a group saves of the energy (savings.h).
bool axes_is_metric(const char *name);

// The metrics that a comma-separated list names; NULL: the usual ones. list lasts as long as the axes.
// -EINVAL with what would be right.
int axes_choose(struct axes *a, char *list, struct err *err);

// Finds the axes and their panels. least: points that a panel must have on one curve to be worth it. 0 or
// -ENOMEM; free it in any case.
int axes_find(struct axes *a, const struct groups *g, int least);
void axes_free(struct axes *a);

// The name of a metric's plot in a panel, for plots_put.
void axes_plot_name(char name[72], const struct report_axis *axis, const char *metric, int panel);
