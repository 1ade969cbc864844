// SPDX-License-Identifier: BSD-3-Clause
// What the edge has refused its peers, by reason, and a log of it that no flood can fill.
#pragma once

#include <stdbool.h>
#include "base/err.h"
#include "edge/desk/record.h"

enum { REFUSALS_LOGGED = 8, REFUSALS_MOST = 16 };

struct refusals {
	uint64_t *of_reason; // [EDGE_REFUSALS] the edge_record's
	int n_ues;
	uint32_t *of_ue;    // [n_ues] rules that it has broken; NULL = nobody is excluded
	uint32_t of_others; // likewise by peers that are no UE's
};

// Counts one more. Of a peer the first REFUSALS_LOGGED are written into the log; ue: 0-based by its address,
// -1 = of nobody's.
void refusals_add(struct refusals *r, enum edge_refusal reason, int ue, const struct err *why);

// Many of a kind that nobody hears of: datagrams.
void refusals_add_many(struct refusals *r, enum edge_refusal reason, uint64_t n);

// Whether the UE has broken REFUSALS_MOST rules: it gets no further connection.
bool refusals_exclude(const struct refusals *r, int ue);
