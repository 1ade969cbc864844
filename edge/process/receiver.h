// SPDX-License-Identifier: BSD-3-Clause
// Receives and counts the UEs' UDP traffic (proto/datagram.h). A datagram's arrival is the kernel's stamp at
// the edge's interface, so that a busy edge does not lengthen what the network did.
#pragma once

#include <stdint.h>
#include "base/err.h"

struct receiver;

// Listens on the UDP port. 0, or a negative errno with a sentence.
int receiver_open(struct receiver **out, int port, int n_ues, uint32_t run_id, struct err *err);
void receiver_close(struct receiver *r); // NULL is allowed

int receiver_fd(const struct receiver *r); // readable when there are datagrams
void receiver_take(struct receiver *r);	   // all that are there; what is not of this run is ignored

// One CHANNEL_PACKETS for every UE that was heard.
void receiver_report(struct receiver *r, int channel);
