// SPDX-License-Identifier: BSD-3-Clause
// Sends the emulated UE's UDP traffic to the edge: real datagrams, at the instants of ue/life/traffic.h.
#pragma once

#include <netinet/in.h>
#include "base/err.h"
#include "setup/ue_config.h"

#define SENDER_MAX_SIZE 65507

struct sender;

// *out is NULL when the configuration has no traffic. 0, or a negative errno with a sentence.
int sender_open(struct sender **out, const struct ue_config *config, struct err *err);
void sender_close(struct sender *s); // NULL is allowed

// The run has model time 0 at epoch_ns; no datagram leaves at end_ns or later.
void sender_start(struct sender *s, int64_t epoch_ns, int64_t end_ns);

// When the next datagram leaves; TIME_NEVER when none will (or s is NULL, or not started).
int64_t sender_next_ns(const struct sender *s);

// Sends what is due. One that the socket does not take counts as sent, and so as lost. A negative errno when
// the edge cannot be reached at all.
int sender_send_due(struct sender *s, int64_t now_ns, struct err *err);

// How many were sent, on the channel (CHANNEL_PACKETS).
void sender_report(const struct sender *s, int channel);
