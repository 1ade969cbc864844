// SPDX-License-Identifier: BSD-3-Clause
// Packets that the kernel lost in a run's network, beside what the shaper counts: its own counters of every
// interface and protocol. They begin at 0 with the network.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"
#include "emu/netns/testbed.h"

struct netns_loss {
	const char *node;    // "ue1", "edge", "shaper" (its ports) or "air" (the UEs' trunk)
	const char *counter; // the kernel's name, as "Udp RcvbufErrors" or "trunk0 tx_dropped"
	const char *what;    // happened to the packets, a clause
	uint64_t packets;
	bool on_the_wire; // no program's doing: the testbed's network itself lost them
};

typedef void (*netns_loss_fn)(const struct netns_loss *loss, void *user);

// Calls found for each counter that is not 0. 0, or a negative errno and a sentence.
int testbed_net_losses(const struct testbed_net *net, netns_loss_fn found, void *user, struct err *err);
