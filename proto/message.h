// SPDX-License-Identifier: BSD-3-Clause
// The protocol between a UE and the edge, over one TCP connection a UE. Version 1, little-endian, no padding.
//
// Every message is a 48 byte header and a body whose size is bounded by its type before anything is
// allocated. The tables of both are in proto/message_layout.c, and as a page in docs/protocol.md.
//
// An exchange: UE request -> edge plan -> (unless the plan's cut says "all local") UE tensor -> edge result.
// Either side may answer with an error, whose body is a sentence; the connection is closed after it.
// UEs and edge share one clock (one machine; a deployment would use PTP), so stamps of both can be
// subtracted.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"
#include "proto/layout.h"

#define MESSAGE_MAGIC 0x50544241u
#define MESSAGE_VERSION 1
#define MESSAGE_HEADER_SIZE 48
#define MESSAGE_MAX_TENSOR (64u << 20)

enum message_type {
	MESSAGE_REQUEST = 1, // UE -> edge: body struct message_request
	MESSAGE_PLAN = 2,    // edge -> UE: body struct message_plan
	MESSAGE_TENSOR = 3,  // UE -> edge: body = the tensor at the cut, encoded as its header says
	MESSAGE_RESULT = 4,  // edge -> UE: body struct message_result, then fp32 values
	MESSAGE_ERROR = 5,   // body = a sentence, not terminated; task 0: the connection ends, else the task
};

enum { MESSAGE_TYPES = MESSAGE_ERROR };

struct message_header {
	enum message_type type;
	uint32_t features; // of a tensor; else 0
	uint32_t body;
	uint32_t run, ue, task;	      // ue from 1, task from 1 in its UE
	uint32_t subtask;	      // the first one at the edge, from 0 (= the cut); 0 in requests
	uint32_t batch;		      // plan, tensor: the first one planned; result: the last; 0 = none
	int64_t deadline_ns, sent_ns; // CLOCK_MONOTONIC: the result at the UE; handed to the socket
};

// What the edge must know of a task and of the device that has it.
struct message_request {
	int64_t arrival_ns;			// when the task arose
	uint64_t network_hash;			// struct network.hash: both ends must mean the same weights
	double f_min_flops, f_max_flops, kappa; // device model (dnn/device.h)
	double tx_power_w;
};
#define MESSAGE_REQUEST_SIZE 48

// What the edge decided, with its predictions (CLOCK_MONOTONIC ns, joules), so that the UE can set them
// beside what happened.
struct message_plan {
	uint32_t cut;	   // sub-tasks that run on the device
	uint32_t feasible; // 1 = the edge promises the deadline
	uint32_t group;
	double freq_flops; // device frequency for the local part; 0 where that has no work
	int64_t compute_start_ns, compute_end_ns, upload_end_ns, batch_start_ns, batch_end_ns, finish_ns;
	double compute_j, transmit_j;
};
#define MESSAGE_PLAN_SIZE 88

// What the edge measured; the result's values follow.
struct message_result {
	int64_t upload_end_ns;	// last byte of the tensor read from the socket
	int64_t batch_start_ns; // first batch with this task started
	int64_t batch_end_ns;	// last batch with this task ended
	int64_t
	    batch_run_ns; // sum of the run times of its batches (the rest between start and end is idling)
	uint32_t largest_batch, n_values;
	uint32_t computed; // 0 = a replayed batch: the values were prepared before the run, or are zeros
};
#define MESSAGE_RESULT_SIZE 48

extern const struct layout message_header_layout, message_request_layout, message_plan_layout,
    message_result_layout;

// What each type's body is, for manuals.
struct message_body {
	enum message_type type;
	const char *direction; // "UE to edge"
	const char *doc;
	const struct layout *layout; // NULL = none
	const char *rest;	     // what follows the layout; NULL = nothing
};
extern const struct message_body message_bodies[MESSAGE_TYPES];

void message_put_header(uint8_t out[MESSAGE_HEADER_SIZE], const struct message_header *h);

// Refuses a wrong magic, version, type, unknown features and a body out of its type's bounds (-EPROTO, with a
// sentence).
int message_get_header(const uint8_t in[MESSAGE_HEADER_SIZE], struct message_header *h, struct err *err);

void message_put_request(uint8_t out[MESSAGE_REQUEST_SIZE], const struct message_request *m);
int message_get_request(const uint8_t *in, size_t size, struct message_request *m, struct err *err);
void message_put_plan(uint8_t out[MESSAGE_PLAN_SIZE], const struct message_plan *m);
int message_get_plan(const uint8_t *in, size_t size, struct message_plan *m, struct err *err);
void message_put_result(uint8_t out[MESSAGE_RESULT_SIZE], const struct message_result *m);

// Also checks that n_values fp32 values follow: size == MESSAGE_RESULT_SIZE + 4 n_values.
int message_get_result(const uint8_t *in, size_t size, struct message_result *m, struct err *err);

// "request", "plan", ...
const char *message_type_name(enum message_type type);

// Bytes one message of `body` bytes occupies on the radio as Ethernet frames over TCP/IPv4 with time stamps:
// 66 bytes of headers a segment (14 + 20 + 32), segments of at most mtu - 52 bytes (RFC 9293, RFC 7323).
int64_t message_radio_bytes(int64_t body, int mtu);
