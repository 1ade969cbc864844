// SPDX-License-Identifier: BSD-3-Clause
// The kernel stamps packets with CLOCK_REALTIME; the house reckons with CLOCK_MONOTONIC (base/clock.h).
#pragma once

#include <stdint.h>
#include <sys/socket.h>

// CLOCK_REALTIME - CLOCK_MONOTONIC, from the narrowest of some pairs of readings: one that was interrupted
// between its clocks would shift every stamp.
int64_t wall_offset_ns(void);

// When the kernel took in what a recvmsg has brought (SO_TIMESTAMPNS), on CLOCK_MONOTONIC; 0 = it does not
// say.
int64_t wall_stamp_ns(struct msghdr *message, int64_t offset_ns);
