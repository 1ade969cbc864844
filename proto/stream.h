// SPDX-License-Identifier: BSD-3-Clause
// Messages over a non-blocking TCP socket: whole messages in, any messages out, bounded memory.
#pragma once

#include "proto/message.h"

struct stream;

// Takes over fd (made non-blocking, TCP_NODELAY). Bodies over max_body bytes are refused. NULL with errno.
struct stream *stream_new(int fd, uint32_t max_body);

// Bodies over max_body bytes are refused from the next message on.
void stream_limit(struct stream *s, uint32_t max_body);
void stream_free(struct stream *s); // closes the descriptor
int stream_fd(const struct stream *s);

// Chooses the TCP congestion control of a socket (or, for a listening one, of what it accepts): "cubic",
// "reno", ...
int stream_congestion_control(int fd, const char *name, struct err *err);

// Reads what is there. 1 = a whole message: *header and the body (valid until the next call; the caller may
// take it over with stream_take_body). 0 = nothing whole yet. Else a negative errno: -EPIPE = the peer
// closed, -EPROTO = malformed.
int stream_receive(struct stream *s, struct message_header *header, const uint8_t **body, struct err *err);

// When the kernel took in the last byte of the message just received, on CLOCK_MONOTONIC; 0 = it does not
// say.
int64_t stream_arrived_ns(const struct stream *s);

// How long the kernel has had something of ours to send since the connection began, in its own ticks (up to
// 10 ms); -1 = it does not say.
int64_t stream_busy_ns(const struct stream *s);

// The body just received, now the caller's to free().
uint8_t *stream_take_body(struct stream *s);

// Queues header, then head_size bytes of head, then tail_size bytes of tail (tail may be NULL), and sends
// what the socket takes. header->body is set to the sum. The tail is copied unless it stays valid: keep_tail
// says that it outlives the sending.
int stream_send(struct stream *s, struct message_header *header, const void *head, size_t head_size,
		const void *tail, size_t tail_size, bool keep_tail, struct err *err);

// Sends what is queued. 0 = all gone, 1 = more to send (wait for EPOLLOUT), negative errno.
int stream_flush(struct stream *s);
size_t stream_queued(const struct stream *s); // bytes that the socket has not taken
bool stream_wants_write(const struct stream *s);
