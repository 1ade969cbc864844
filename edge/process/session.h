// SPDX-License-Identifier: BSD-3-Clause
// One UE's connection.
#pragma once

#include "edge/desk/config.h"
#include "edge/desk/desk.h"
#include "proto/stream.h"

struct session {
	struct session *next;
	struct stream *stream;
	int from;  // the UE (0-based) of the peer's address; -1 = addresses say nothing
	int ue;	   // 0-based; -1 before its hello
	bool dead; // its UE is gone
};

struct session *session_new(int fd); // takes the descriptor over; NULL with errno
void session_free(struct session *s);

// The largest body that a UE may send once it has said who it is.
uint32_t session_largest_body(const struct network *network, enum features features);

// So many bytes of answers may wait for a UE that does not read: those of all jobs that it may have open.
size_t session_backlog(const struct edge_config *config, const struct round_networks *networks, int ue);

// A request as the desk takes it: checked against its UE's network. -EPROTO when it does not fit.
int session_request(const struct message_header *header, const uint8_t *body,
		    const struct edge_config *config, struct network *const *networks,
		    struct desk_event *event, struct err *err);
