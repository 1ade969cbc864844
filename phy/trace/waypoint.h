// SPDX-License-Identifier: BSD-3-Clause
// Where UEs are over time, recorded or made by another simulator, in a CSV file with the header
//     time_s,ue,x,y,z
// in seconds and metres. Between two rows a UE moves on the straight line at constant speed; before its first
// row it stands there. At the end: hold and stop stay at the last point, loop jumps back to the first (no way
// is travelled).
#pragma once

#include "phy/position.h"
#include "phy/trace/series.h"

struct waypoint_trace {
	struct series *rows;
	int n_ues;
	double **way_m; // [n_ues][rows of the UE]: way travelled until each row
};

// Loads path for the run's UEs; refusals as in phy/trace/series.h. The caller frees it with
// waypoint_trace_free.
int waypoint_trace_load(struct waypoint_trace *w, const char *path, const struct series_ues *ues,
			const struct trace_time *time, struct err *err);
void waypoint_trace_free(struct waypoint_trace *w);

// The place of a UE (its index in ues) at an instant, and the way it has travelled since the start in metres.
struct position waypoint_trace_at(const struct waypoint_trace *w, int ue, int64_t now_ns,
				  double *travelled_m);
