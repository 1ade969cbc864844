// SPDX-License-Identifier: BSD-3-Clause
// The channel between the supervisor and one of its children: a SOCK_SEQPACKET pair, one message a datagram,
// little more than a type and a plain struct. Both ends come from one build (READY carries the git id).
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

#define CHANNEL_FD 3 // a child finds its end here
#define ASK_FD 4     // shaper and edge: their ends of what the edge asks of the cell (mac/ask.h)
#define CHANNEL_MAX_BODY 4096

enum channel_type {
	CHANNEL_READY = 1, // child -> supervisor: git id (text)
	CHANNEL_START,	   // supervisor -> child: struct channel_start
	CHANNEL_STOP,	   // supervisor -> child: finish what is under way, then DONE
	CHANNEL_DONE,	   // child -> supervisor: all records sent, about to exit 0
	CHANNEL_FAIL,	   // child -> supervisor: the sentence (text); it exits 1 after it
	CHANNEL_TASK,	   // ue -> supervisor: struct task_record (ue/life/record.h)
	CHANNEL_BATCH,	   // edge -> supervisor: struct batch_record (edge/desk/record.h)
	CHANNEL_LINK,	   // shaper -> supervisor: struct link_record (mac/link_record.h)
	CHANNEL_ACCURACY,  // shaper -> supervisor: struct accuracy_record (records/shaper_record.h)
	CHANNEL_NOTE,	   // child -> supervisor: struct channel_note, a sentence for the summary
	CHANNEL_EDGE,	   // edge -> supervisor: struct edge_record (edge/desk/record.h), once before DONE
	CHANNEL_SET,	   // supervisor -> shaper: struct live_setting (mac/live.h)
	CHANNEL_RADIO, // supervisor -> edge: struct radio_record (edge/desk/record.h), when a UE's rates have
		       // changed
	CHANNEL_DECISION, // edge -> supervisor: struct decision_record (edge/desk/record.h)
	CHANNEL_PACKETS,  // ue and edge -> supervisor: struct packets_record (proto/datagram.h), each its
			  // part, before DONE
	CHANNEL_CAPTURE,  // shaper -> supervisor: struct capture_record (records/capture/capture_record.h),
			 // each before DONE
	CHANNEL_ROUND,	  // edge -> supervisor: struct round_record (edge/desk/record.h)
	CHANNEL_LATENESS, // child -> supervisor: struct lateness_record (base/lateness.h), before DONE
	CHANNEL_JOB, // edge -> supervisor: struct job_record (edge/desk/record.h), before the result leaves
	CHANNEL_SECRETS, // supervisor -> ue: its own; -> edge: all, from ue1 on: uint64_t each, before all
			 // else
};

struct channel_start {
	int64_t epoch_ns; // CLOCK_MONOTONIC instant that is model time 0 of the run
	int64_t end_ns;	  // CLOCK_MONOTONIC instant after which no new task is drawn
};

// What differs from what was wanted ("asked for X, the kernel gave Y"), or went wrong.
struct channel_note {
	uint8_t asked; // 1 = the topology asked for it: the run is not valid
	char text[];   // up to the message's end
};

struct channel_message {
	uint32_t type;
	uint32_t size; // bytes of body
	unsigned char body[CHANNEL_MAX_BODY];
};

// A connected pair, close-on-exec. 0 or a negative errno.
int channel_pair(int fds[2], struct err *err);

// Sends one message (waits while the peer's buffer is full). 0, or a negative errno: -EPIPE when the peer is
// gone.
int channel_send(int fd, enum channel_type type, const void *body, size_t size);

// Receives one message. 1 = a message, 0 = the peer closed, -EAGAIN = nothing now (non-blocking descriptors),
// -EPROTO = malformed, else a negative errno.
int channel_receive(int fd, struct channel_message *message);

// Sends a NOTE, of as much of the text as fits.
int channel_send_note(int fd, bool asked, const char *text);

// Sends READY with this build's git id.
int channel_send_ready(int fd);

// True when message is of this type and its body has exactly this size.
#define CHANNEL_IS(message, wanted, size_) ((message)->type == (wanted) && (message)->size == (size_))
