// SPDX-License-Identifier: BSD-3-Clause
// One UE's connection.
#pragma once

#include "edge/desk/config.h"
#include "edge/desk/desk.h"
#include "proto/stream.h"

struct session {
	struct session *next;
	struct stream *stream;
	int ue;	   // 0-based; -1 before the first request
	bool dead; // its UE is gone
};

struct session *session_new(int fd); // takes the descriptor over; NULL with errno
void session_free(struct session *s);

// A request as the desk takes it: checked against the run, its UE's connection and its network. -EPROTO when
// it does not fit.
int session_request(struct session *s, const struct message_header *header, const uint8_t *body,
		    const struct edge_config *config, struct network *const *networks,
		    struct desk_event *event, struct err *err);
