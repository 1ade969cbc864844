// SPDX-License-Identifier: BSD-3-Clause
// What every UE of a run does over time, from one CSV file: a header line with the columns' names, then rows
//     time_s,ue,value...
// in the order of time (equal times for different UEs), one or more rows for every UE of the run. Gain
// matrices (phy/trace/gain.h) and waypoints (phy/trace/waypoint.h) are such files. The run begins at the
// file's time trace_time.start_ns; what is asked for here counts from there.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"
#include "phy/trace/end.h"

#define SERIES_VALUES 3 // most values a row can have

struct series;

// What a file holds: the names of its values after time_s and ue, their range, and in words (struct reader's
// form) what is wanted and what makes it.
struct series_columns {
	int n_values;
	const char *name[SERIES_VALUES];
	double low, high;
	const char *form;
};

// The names of the run's UEs, as they stand in the file's second column.
struct series_ues {
	int n;
	const char *const *name;
};

// Loads path. 0 with *out for the caller to series_free, or a negative errno with a sentence that begins with
// file:line: refused are an empty file, a wrong header, a row with a column too few or too many, a number
// that is none or out of range, time that goes backwards or repeats for a UE, a UE that the run does not
// have, a UE without a row, and a file that says nothing about the run's time (trace_time_check).
int series_load(struct series **out, const char *path, const struct series_columns *columns,
		const struct series_ues *ues, const struct trace_time *time, struct err *err);
void series_free(struct series *s);

// Where a UE stands in its rows at an instant.
struct series_point {
	const double *now;  // [n_values] of the row in force: the last at or before the instant, or the first
	const double *next; // [n_values] of the row after it; NULL when there is none
	double part;	    // of the way from now to next, [0, 1)
	int index;	    // of the row in force, from 0
	bool stopped;	    // TRACE_STOP: the trace is over
};

// The trace lasts until its last row, and that row as long as the time between the file's last two distinct
// times; then hold, loop (from the file's first time) or stop. O(log rows).
struct series_point series_at(const struct series *s, int ue, int64_t now_ns);

int series_n_rows(const struct series *s, int ue);
const double *series_row(const struct series *s, int ue, int index); // [n_values]

// How often the trace has started again at an instant; 0 unless TRACE_LOOP.
int64_t series_loops(const struct series *s, int64_t now_ns);
