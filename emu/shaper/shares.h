// SPDX-License-Identifier: BSD-3-Clause
// Who may hold how many of the shaper's packet buffers. Each flow (a UE and a direction) has a reserve that
// is its own, whatever the others hold; what is not reserved goes to whoever comes first. So a UE that fills
// its queue with small packets, of which a queue's bytes hold many, can lose its own packets and nobody
// else's. Pure.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct shares;

// `total` buffers for n flows. Half of them are reserved, in proportion to need[f] > 0: what the flow's queue
// and way hold in full-sized packets. NULL with errno.
struct shares *shares_new(uint32_t total, uint32_t n, const double need[]);
void shares_free(struct shares *s);

// A packet of the flow wants a buffer: false when it has used up its reserve and what is common.
bool shares_take(struct shares *s, uint32_t flow);

// It has left.
void shares_give(struct shares *s, uint32_t flow);

uint32_t shares_held(const struct shares *s);			// by all flows
uint32_t shares_reserve(const struct shares *s, uint32_t flow); // the flow's own
