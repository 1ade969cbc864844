// SPDX-License-Identifier: BSD-3-Clause
// Whose the radio's time is. The modem counts airtime for the whole UE; a UE may have many open tasks. Pure.
//
// Three rules, so that the parts of all tasks add up to what the modem counted:
//   sent      Uplink airtime belongs to the uploads under way, from a tensor's first byte to its result.
//   Several
//             have equal parts of it. With none under way (a request) it is nobody's.
//   received  Downlink airtime belongs to the open tasks in equal parts, each from when the UE takes it up
//   until
//             it ends.
//   idle      Time that is neither sent nor received, likewise. The two bands may be used at once, and then
//   both
//             count; a task's idle time is never below 0.
// A share is whole nanoseconds; what does not divide goes to those who share the next time. So a task that is
// alone has all of it, to the nanosecond.
#pragma once

#include <stdint.h>

// One instant of a UE: the host's clock, and the totals of its modem (mac/counters.h).
struct ue_moment {
	int64_t now_ns;
	int64_t up_ns, down_ns; // airtime
};

// What each of those who share has had so far, and what is left over.
struct radio_share {
	int64_t each_ns, rest_ns;
};

// All zero = at the start of clock and modem.
struct radio {
	struct ue_moment then; // until when all is shared
	struct radio_share sent, received, idle;
	int n_open, n_uploads; // who shares
};

// Where the shares stood when a task joined.
struct radio_mark {
	int64_t sent_ns, received_ns, idle_ns;
};

// Shares what the modem counted since the last call.
void radio_until(struct radio *r, struct ue_moment moment);

// A task joins or leaves at r->then. Leaving gives its part.
void radio_join(struct radio *r, struct radio_mark *mark);
void radio_leave(struct radio *r, const struct radio_mark *mark, int64_t *received_ns, int64_t *idle_ns);
void radio_upload_begins(struct radio *r, struct radio_mark *mark);
int64_t radio_upload_ends(struct radio *r, const struct radio_mark *mark);
