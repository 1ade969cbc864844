// SPDX-License-Identifier: BSD-3-Clause
// How late the host was, apart from what the models say: the testbed's measurement of its own error. Each
// process of a run measures its stages and sends them to the supervisor, which adds them up.
//
// An event's lateness is the time from when it should have happened, by the model's or the plan's own clock,
// to when this host did it; an early one counts as 0. A stage keeps its promise while no more than `share` of
// its events are later than `bound_ns`, and none is later than HOST_WORST_NS.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "base/histogram.h"

enum host_stage {
	HOST_SHAPER_RING,  // a packet waited in the receive ring before the shaper looked
	HOST_SHAPER_SEND,  // a packet left the shaper later than the link model says
	HOST_SHAPER_TIMER, // the shaper's loop was not there when its clock ticked (polls were missed)
	HOST_SHAPER_GRANT, // what the edge granted took effect later than it said so
	HOST_UE_TIMER, // a UE took up a task, ended its computing, or sent a datagram or the rest of a tensor
		       // late
	HOST_UE_READ,  // a message waited in a UE's socket
	HOST_EDGE_TIMER, // the edge closed a round or started a batch late
	HOST_EDGE_READ,	 // a message waited in the edge's socket
	HOST_PLANNING,	 // a policy's plan took longer than plans allow for
	HOST_BATCH,	 // a batch ran longer than the F_n(b) it was planned with
	HOST_REPLAY,	 // a replayed batch ran longer than its profile says
	HOST_TRANSPORT,	 // TCP paused: nothing of a message was on the link although all of it was to be sent
	HOST_STAGES
};

#define HOST_WORST_NS 50000000LL

struct host_promise {
	const char *name;   // of the stage, as in summary.json
	const char *events; // what happened, as "packets left the shaper later than the link model says"
	const char *remedy; // what would help, a clause
	int64_t bound_ns;   // 0: each event brings its own (a batch: a part of its planned time)
	double share;	    // of the events that may be later
};

extern const struct host_promise host_promises[HOST_STAGES];

// A batch may run this much longer than planned: plans use a high percentile of F_n(b).
#define HOST_BATCH_SHARE .1
#define HOST_BATCH_SLACK_NS 200000LL
int64_t host_batch_bound_ns(int64_t planned_ns);

struct lateness {
	struct histogram late;
	uint64_t over; // events beyond their bound
};

// An event of the stage was late_ns late; bound_ns: the stage's own, unless it has none.
void lateness_add(struct lateness *l, enum host_stage stage, int64_t late_ns);
void lateness_add_bounded(struct lateness *l, int64_t late_ns, int64_t bound_ns);

bool lateness_breaks(const struct lateness *l, enum host_stage stage);

// On the channel (CHANNEL_LATENESS): a histogram's buckets that hold anything, in as many records as they
// need. The totals are in the first one alone, so that records simply add up.
#define LATENESS_PAIRS 480

struct lateness_record {
	uint32_t stage, n_pairs;
	uint64_t count, over;
	int64_t min_ns, max_ns;
	double sum_ns;
	struct {
		uint32_t bucket, count;
	} pair[LATENESS_PAIRS]; // only n_pairs of them are sent
};

// Sends what the stage has; nothing when it has no events. 0, or a negative errno of the channel.
int lateness_send(int channel, enum host_stage stage, const struct lateness *l);
// Adds a received record to the stage's totals[HOST_STAGES]. False when it is malformed.
bool lateness_take(struct lateness *totals, const void *body, uint32_t size);
