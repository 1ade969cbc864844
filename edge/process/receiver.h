// SPDX-License-Identifier: BSD-3-Clause
// Receives and counts the UEs' UDP traffic (proto/datagram.h). A datagram's arrival is the kernel's stamp at
// the edge's interface, so that a busy edge does not lengthen what the network did.
#pragma once

#include <stdint.h>
#include "base/err.h"
#include "edge/desk/config.h"
#include "edge/process/refusals.h"

struct receiver;

// Listens on the run's UDP port; config must outlive it. 0, or a negative errno with a sentence.
int receiver_open(struct receiver **out, const struct edge_config *config, struct err *err);
void receiver_close(struct receiver *r); // NULL is allowed

int receiver_fd(const struct receiver *r); // readable when there are datagrams

// Those that are there, as many as a turn may take. What is no datagram of this run's UEs, or comes from
// another address than its UE's, is counted and not believed.
void receiver_take(struct receiver *r);

// Takes the rest, and sends one CHANNEL_PACKETS for every UE that was heard; what was not believed goes to
// the refusals.
void receiver_report(struct receiver *r, int channel, struct refusals *refusals);
