// SPDX-License-Identifier: BSD-3-Clause
// The bins of a history, for history.c (filling) and history_json.c (reading).
#pragma once

#include "records/watch/history.h"

struct bin {
	uint32_t met, missed, batches, largest;
	uint64_t members;
	double compute_j, energy_j;
	double *latencies; // [n_latencies] s, of tasks done
	size_t n_latencies, capacity;
	uint32_t n_links;		 // records of all UEs
	double queue_bytes[LINK_DIRS];	 // sums over them
	double air_s[LINK_DIRS], span_s; // sums of airtime and of the time that it is a part of
};

struct link_bin {
	uint32_t n;
	double gain_db, up_bps; // sums over n records
};

struct history {
	uint32_t n_ues;
	double width_s;
	size_t n_bins, used;
	struct bin *bins;	 // [n_bins]
	struct link_bin *links;	 // [n_bins][n_ues]
	struct watch_link *last; // [n_ues] t_s NaN = none
};
