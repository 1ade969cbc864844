// SPDX-License-Identifier: BSD-3-Clause
// A link's rate, delay and loss over time, in the line formats of TheaterQ (github.com/cs7org/TheaterQ):
//     keep_us,latency_ns,rate_bps,loss,limit
//     keep_us,latency_ns,jitter_ns,rate_bps,loss,limit,duplicate,duplicate_ns[,route]
// all of them whole numbers; the first row decides which. loss is scaled to 32 bits (4294967295 = every
// packet); rate 0 and limit 0 mean "not limited". A first line that begins with a letter is taken for a
// header. Duplication must be 0 (the link model has none); routes are read and not used: packets keep their
// order.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"
#include "phy/trace/end.h"

struct link_state {
	int64_t latency_ns;
	int64_t jitter_ns; // standard deviation of the latency
	double rate_bps;   // 0 = not limited
	double loss;	   // probability that a packet is lost, [0, 1]
	uint32_t limit;	   // packets in the queue; 0 = not limited
	bool dead;	   // the trace stopped: nothing passes any more
};

struct link_trace {
	enum trace_end end;
	bool has_jitter; // its rows have the column
	size_t n;
	int64_t *until_ns; // [n] when row i ends; ascending
	struct link_state *state;
};

// Loads path. 0, or a negative errno with a sentence that begins with file:line; refused are an empty file, a
// row of another number of columns, numbers out of range, and a row that is kept for 0 us. Freed with
// link_trace_free.
int link_trace_load(struct link_trace *l, const char *path, enum trace_end end, struct err *err);
void link_trace_free(struct link_trace *l);

// Over all rows: the greatest rate (of those that limit it; 0 = none does), and the greatest latency, the jitter with
// five deviations.
double link_trace_most_bps(const struct link_trace *l);
int64_t link_trace_most_way_ns(const struct link_trace *l);

// The state in force at an instant >= 0; *until_ns (may be NULL) is when it ends, TIME_NEVER for ever.
struct link_state link_trace_at(const struct link_trace *l, int64_t now_ns, int64_t *until_ns);
