// SPDX-License-Identifier: BSD-3-Clause
// The inside of a link, for mac/cell alone, which sets its flows' rates and sends their packets.
#pragma once

#include "mac/flow.h"
#include "mac/heap.h"

struct link {
	int64_t now_ns;
	uint32_t n_flows; // flow ue * LINK_DIRS + dir
	uint32_t drain_from;
	struct heap deliveries; // every flow, by its next delivery and its number
	struct flow flows[];
};

// To be called after whatever may change the flow's next delivery.
static inline void link_reschedule(struct link *link, struct flow *flow)
{
	uint32_t id = (uint32_t)(flow - link->flows);
	heap_set(&link->deliveries, id, (heap_key)(uint64_t)flow_next_delivery(flow) << 64);
}
