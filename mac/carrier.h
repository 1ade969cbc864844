// SPDX-License-Identifier: BSD-3-Clause
// One direction's band of a cell and its strategy, kept up to date event by event over the flows of a link.
// The inside of mac/cell; the rules themselves are in mac/grant/grant.h.
//
// Cost of an event: own bands O(1) beside the link's own; at once and in turns O(log n).
#pragma once

#include "mac/grant/grant.h"
#include "mac/heap.h"
#include "mac/link_flows.h"

#define CARRIER_NOBODY UINT32_MAX

struct carrier {
	struct link *link; // borrowed
	enum link_dir dir;
	uint32_t n_ues;
	const struct grant_rule *rule;
	struct grant_ue *ues;  // hertz is not used here; backlogged is heap membership
	struct heap active;    // UEs that have a packet and a rate: by virtual end, or by urgency
	int64_t next_event_ns; // TIME_NEVER: nothing to do before somebody calls

	// At once: processor sharing in virtual time. A packet that would take d ns over the whole band ends
	// when the virtual clock, which runs at 1 / (number of active UEs), has gone d further. So an arrival
	// or departure changes everyone's rate but nobody's virtual end.
	fixed at, virtual_now; // virtual_now is the virtual clock at the instant `at`
	fixed *virtual_end;    // of each active UE
	fixed *ns_per_bit;     // of each UE over the whole band

	// In turns.
	int64_t tti_ns, border_ns; // the next border, while anyone is active
	int64_t slot;		   // number of the last border passed
	uint32_t served;	   // CARRIER_NOBODY
	fixed served_from;	   // not in the means before
	uint64_t n_turns;
	struct grant_means means;
	int64_t *relative_deadline_ns; // of each UE, from a packet's arrival
};

// 0, or -ENOMEM. carrier_free takes a zeroed carrier too.
int carrier_init(struct carrier *carrier, struct link *link, enum link_dir dir, const struct grant_rule *rule,
		 int64_t tti_ns, double window_slots);
void carrier_free(struct carrier *carrier);

// Brings every flow's packets up to `to`. Without `decide`, a turn that begins at `to` itself is left for the
// next call: it is to be given by the rates that hold from then on.
void carrier_advance(struct carrier *carrier, int64_t to, bool decide);
// The UE's queue, idle until now, has a packet.
void carrier_arrive(struct carrier *carrier, uint32_t ue, int64_t now);
// The flow must have been advanced to now. Own bands: the UE's rate. Else: what it would send over the whole
// band.
void carrier_set_rate(struct carrier *carrier, uint32_t ue, double rate_bps, int64_t now);
// The UE's priority or deadline has changed in ues[] or relative_deadline_ns[].
void carrier_reorder(struct carrier *carrier, uint32_t ue);
// What part of the whole band the UE has now; 0 for own bands.
double carrier_share(const struct carrier *carrier, uint32_t ue);

static inline struct flow *carrier_flow(struct carrier *carrier, uint32_t ue)
{
	return &carrier->link->flows[ue * LINK_DIRS + (uint32_t)carrier->dir];
}

// carrier_shared.c
void shared_advance(struct carrier *carrier, int64_t to);
void shared_arrive(struct carrier *carrier, uint32_t ue, int64_t now);
void shared_set_rate(struct carrier *carrier, uint32_t ue, double rate_bps, int64_t now);
// The virtual clock at now, to which the carrier has been advanced: it counts airtime, for whoever sends over
// 1 / k of the band for k ns has used 1 ns of it.
fixed shared_busy_clock(const struct carrier *carrier, int64_t now);

// carrier_turns.c
void turns_advance(struct carrier *carrier, int64_t to, bool decide);
void turns_arrive(struct carrier *carrier, uint32_t ue, int64_t now);
void turns_set_rate(struct carrier *carrier, uint32_t ue, double rate_bps, int64_t now);
void turns_reorder(struct carrier *carrier, uint32_t ue);
