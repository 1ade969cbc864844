// SPDX-License-Identifier: BSD-3-Clause
// A link's rate, delay and loss over time, in the line formats of TheaterQ (github.com/cs7org/TheaterQ, as of
// March 2026):
//     keep_us,latency_ns,rate_bps,loss,limit
//     keep_us,latency_ns,jitter_ns,rate_bps,loss,limit,duplicate,duplicate_ns[,route[,queue]]
// all of them whole numbers; the first row decides which. As there
//   a rate of 0 is an outage: nothing is sent while the row lasts. -1: the trace limits nothing;
//   loss is scaled to 32 bits (4294967295 = every packet); limit 0: no limit;
//   lines that begin with no number are ignored (headers, remarks).
// Beyond the format the word `radio` may stand for a rate: that of the flow's own power and gain. Duplication
// must be 0 (the link model has none); routes and queues' numbers are read and not used: packets keep their
// order, and a flow has one queue.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"
#include "phy/trace/end.h"

struct link_state {
	int64_t latency_ns;
	int64_t jitter_ns; // standard deviation of the latency
	double rate_bps;   // 0: nothing is sent; INFINITY: not limited
	bool of_radio;	   // the rate is the radio's, rate_bps is not used
	double loss;	   // probability that a packet is lost, [0, 1]
	uint32_t limit;	   // packets in the queue; 0 = not limited
};

struct link_trace {
	struct trace_time time;
	bool has_jitter; // its rows have the column
	size_t n;
	int64_t *until_ns; // [n] when row i ends; ascending
	struct link_state *state;
};

// Loads path. 0, or a negative errno with a sentence that begins with file:line; refused are a file without
// rows, a row of another number of columns, numbers out of range, a row that is kept for 0 us, and a start
// beyond the end (trace_time_check). Freed with link_trace_free.
int link_trace_load(struct link_trace *l, const char *path, const struct trace_time *time, struct err *err);
void link_trace_free(struct link_trace *l);

// Over all rows: the greatest rate (INFINITY where one is not limited; 0 where all are outages or the
// radio's), and the greatest latency, the jitter with five deviations.
double link_trace_most_bps(const struct link_trace *l);
int64_t link_trace_most_way_ns(const struct link_trace *l);

// Instants count from the run's start.

// The state in force at an instant >= 0; *until_ns (may be NULL) is when it ends, TIME_NEVER for ever.
struct link_state link_trace_at(const struct link_trace *l, int64_t now_ns, int64_t *until_ns);

// The first state, from the run's start on, that lets packets through: what a link is like before it. Where
// none does, the radio's rate without loss.
struct link_state link_trace_before(const struct link_trace *l);
