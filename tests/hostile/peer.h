// SPDX-License-Identifier: BSD-3-Clause
// A UE's end of a connection, by hand: what the tests' honest and hostile UEs speak with. Blocking.
#pragma once

#include <stdbool.h>
#include "proto/message.h"

// What a UE knows of its run.
struct peer {
	uint32_t address; // host byte order: it connects from there
	uint32_t edge;	  // likewise, to there; 0 = 127.0.0.1
	int port;
	uint32_t run, ue; // ue from 1
	uint64_t secret, network_hash;
	int fd; // -1 = not connected
};

// The device that every UE of these tests has, and its longest deadline.
extern const struct message_request peer_device;
#define PEER_DEADLINE_NS (20LL * 1000000000LL)

bool peer_connect(struct peer *p);
void peer_close(struct peer *p);

// A header of this UE, sent now.
struct message_header peer_header(const struct peer *p, enum message_type type, uint32_t task);

// Sends header and body; false when the connection is gone.
bool peer_send(const struct peer *p, struct message_header *h, const void *body, uint32_t size);
bool peer_hello(const struct peer *p);
bool peer_request(const struct peer *p, uint32_t task);

// Reads a whole message into body[room]; false when the connection is gone or nothing came for half a minute.
bool peer_read(const struct peer *p, struct message_header *h, void *body, size_t room);
