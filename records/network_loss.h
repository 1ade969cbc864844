// SPDX-License-Identifier: BSD-3-Clause
// Packets that the kernel lost in a run's network, beside what the shaper counts: an entry of summary.json's
// "losses". emu/netns/losses.h finds them.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct network_loss {
	const char *node;    // "ue1", "edge", "shaper" (its ports) or "air" (the UEs' trunk)
	const char *counter; // the kernel's name, as "Udp RcvbufErrors" or "trunk0 tx_dropped"
	const char *what;    // happened to the packets, a clause
	uint64_t packets;
	bool on_the_wire; // no program's doing: the testbed's network itself lost them
};
