// SPDX-License-Identifier: BSD-3-Clause
// Packets that the kernel lost in a run's network, beside what the shaper counts: its own counters of every
// interface and protocol. They begin at 0 with the network.
#pragma once

#include "base/err.h"
#include "emu/netns/testbed.h"
#include "records/network_loss.h"

typedef void (*netns_loss_fn)(const struct network_loss *loss, void *user);

// Calls found for each counter that is not 0. 0, or a negative errno and a sentence.
int testbed_net_losses(const struct testbed_net *net, netns_loss_fn found, void *user, struct err *err);
