// SPDX-License-Identifier: BSD-3-Clause
// A gain matrix: the channel gain of every UE over time, measured or ray-traced, in a CSV file with the
// header
//     time_s,ue,gain_db
// gain_db, at most 0 (a loss of 70 dB is a gain of -70 dB), holds from its row's time until the UE's next
// row; before the first row the first holds.
#pragma once

#include "phy/trace/series.h"

struct gain_trace {
	struct series *rows;
};

// Loads path for the run's UEs; refusals as in phy/trace/series.h. The caller frees it with gain_trace_free.
int gain_trace_load(struct gain_trace *g, const char *path, const struct series_ues *ues,
		    const struct trace_time *time, struct err *err);
void gain_trace_free(struct gain_trace *g);

// The gain in dB of a UE (its index in ues) at an instant; DB_FLOOR once a trace that stops is over.
double gain_trace_db(const struct gain_trace *g, int ue, int64_t now_ns);
