// SPDX-License-Identifier: BSD-3-Clause
// Recorded or made-up arrivals: which UE gets a task when, from a CSV file with the header
//     time_s,ue,network,deadline_s
// and rows in the order of time (equal times are allowed), ue as ue1, ue2, ... A UE without rows has no
// tasks.
#pragma once

#include "base/err.h"
#include "phy/trace/end.h"
#include "ue/life/arrivals.h"

struct arrival_trace {
	size_t *first;	      // [n_ues + 1] UE i has rows[first[i] .. first[i + 1] - 1]
	struct arrival *rows; // ascending for each UE
};

// Loads path for UEs of these networks: its rows from time->start_ns on, which is the run's time 0 (`end` is
// not used: a trace of arrivals stops). 0, or a negative errno with a sentence that begins with file:line;
// refused are an empty file, a wrong header, a row with a column too few or too many, a number that is none,
// is negative or (a deadline) 0, time that goes backwards, a UE that the run does not have, and a network
// other than its UE's, and a file that says nothing about the run's time (trace_time_check). Freed with
// arrival_trace_free.
int arrival_trace_load(struct arrival_trace **out, const char *path, int n_ues,
		       const char *const *network_of_ue, const struct trace_time *time, struct err *err);
void arrival_trace_free(struct arrival_trace *t); // NULL is allowed
