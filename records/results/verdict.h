// SPDX-License-Identifier: BSD-3-Clause
// Whether a run is valid: each promise of the testbed about its own error, and what breaks it. A run is valid
// when it is a simulation, or when
//   - every stage of base/lateness.h keeps its promise,
//   - no promised deadline was missed that would have been met without what the host added (attribution.h),
//   - no packet was lost outside the link model, and no capture misses any,
//   - everything that the topology asked of the machine was granted,
//   - no result differs from the reference.
// A deadline that the radio made a task miss (fading, retransmission, contention, live changes) is what is
// measured, and leaves the run valid.
#pragma once

#include <jansson.h>
#include "records/results/results.h"

// One sentence each, what helps included; empty: the run is valid. The caller owns the list.
json_t *verdict_doubts(const struct results *r);

// "host_lateness" of summary.json: stage by stage; no events in virtual time. The caller owns it.
json_t *verdict_lateness_json(const struct results *r);
