// SPDX-License-Identifier: BSD-3-Clause
// The protocol between a UE and the edge, over one TCP connection a UE. Version 2, little-endian, no padding.
//
// Every message is a 48 byte header and a body whose size is bounded by its type before anything is
// allocated. The tables of both are in proto/message_layout.c, and as a page in docs/protocol.md.
//
// A connection begins with the UE's hello, which proves who it is.
//
// An exchange: UE request -> edge plan -> (unless the plan's cut says "all local") UE tensor -> edge result.
// A plan that does not admit the task ends the exchange, and so does a `dropped` in place of the result.
// Either side may answer with an error, whose body is a sentence; the connection is closed after it. A body
// may be followed by more fields of its type. Who leaves them out means 0 in each. UEs and edge share one
// clock (one machine; a deployment would use PTP), so stamps of both can be subtracted.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"
#include "proto/layout.h"

#define MESSAGE_MAGIC 0x50544241u
#define MESSAGE_VERSION 2
#define MESSAGE_HEADER_SIZE 48
#define MESSAGE_MAX_TENSOR (64u << 20)

enum message_type {
	MESSAGE_REQUEST = 1, // UE -> edge: body struct message_request
	MESSAGE_PLAN = 2,    // edge -> UE: body struct message_plan
	MESSAGE_TENSOR = 3,  // UE -> edge: body = the tensor at the cut, encoded as its header says
	MESSAGE_RESULT = 4,  // edge -> UE: body struct message_result, then fp32 values
	MESSAGE_ERROR = 5,   // body = a sentence, not terminated; task 0: the connection ends, else the task
	MESSAGE_DROPPED = 6, // edge -> UE: body = why there will be no result; other tasks go on
	MESSAGE_HELLO = 7,   // UE -> edge: body struct message_hello, first on a connection, and only there
};

enum { MESSAGE_TYPES = MESSAGE_HELLO };

struct message_header {
	enum message_type type;
	uint32_t features; // of a tensor; else 0
	uint32_t tensors;  // of a cut across branches: how many its table names, 2..255; else 0
	uint32_t body;
	uint32_t run, ue, task;	      // ue from 1, task from 1 in its UE
	uint32_t subtask;	      // the first one at the edge, from 0 (= the cut); 0 in requests
	uint32_t batch;		      // plan, tensor: the first one planned; result: the last; 0 = none
	int64_t deadline_ns, sent_ns; // CLOCK_MONOTONIC: the result at the UE; handed to the socket
};

// Who speaks on this connection.
struct message_hello {
	uint64_t secret; // the UE's, from the supervisor
};
#define MESSAGE_HELLO_SIZE 8

// What the edge must know of a task and of the device that has it.
struct message_request {
	int64_t arrival_ns;			// when the task arose
	uint64_t network_hash;			// struct network.hash: both ends must mean the same weights
	double f_min_flops, f_max_flops, kappa; // device model (dnn/device.h)
	double tx_power_w;
	// More:
	double least_accuracy; // that the result must have, 0..1; 0 = any
};
#define MESSAGE_REQUEST_SIZE 48
#define MESSAGE_REQUEST_MOST 56 // with more

enum admission {
	ADMISSION_GRANTED, // the edge serves it, or the policy has it run on its device
	ADMISSION_LOCAL,   // not admitted: all of it runs on its device
	ADMISSION_REFUSED, // not admitted: it ends here
};

// What the edge decided, with its predictions (CLOCK_MONOTONIC ns, joules), so that the UE can set them
// beside what happened.
struct message_plan {
	uint32_t cut;	   // sub-tasks that run on the device
	uint32_t feasible; // 1 = the edge promises the deadline
	uint32_t group;
	double freq_flops; // device frequency for the local part; 0 where that has no work
	int64_t compute_start_ns, compute_end_ns, upload_end_ns, batch_start_ns, batch_end_ns, finish_ns;
	double compute_j, transmit_j;
	// More:
	uint32_t admission; // enum admission
	uint32_t exit;	    // where it leaves its network, from 1; 0 = at the end
	uint32_t subtasks;  // that it runs, here and there; 0 = all of its network
	uint32_t server;    // that runs what the device does not, below 256; 0 = the edge
	uint32_t variant;   // which network it runs, below 256: 0 = its own, else one of its UE's variants
	double hertz;	    // granted for its upload; 0 = no grant
	double accuracy;    // of its result, 0..1; 0 = not told
};
#define MESSAGE_PLAN_SIZE 88
#define MESSAGE_PLAN_MOST 120 // with more

// What the edge measured; the result's values follow.
struct message_result {
	int64_t upload_end_ns;	// last byte of the tensor read from the socket
	int64_t batch_start_ns; // first batch with this task started
	int64_t batch_end_ns;	// last batch with this task ended
	int64_t
	    batch_run_ns; // sum of the run times of its batches (the rest between start and end is idling)
	uint32_t largest_batch, n_values;
	uint32_t computed; // 0 = a replayed batch: the values were prepared before the run, or are zeros
	// Where it left by confidence, before its planned exit: that exit, from 1, and the sub-tasks that it
	// ran, here and there; 0 = as planned.
	uint32_t exit, subtasks;
};
#define MESSAGE_RESULT_SIZE 48

extern const struct layout message_header_layout, message_request_layout, message_request_more_layout,
    message_plan_layout, message_plan_more_layout, message_result_layout, message_hello_layout;

// What each type's body is, for manuals.
struct message_body {
	enum message_type type;
	const char *direction; // "UE to edge"
	const char *doc;
	const struct layout *layout; // NULL = none
	const struct layout *more;   // what may follow it, or not; NULL = nothing
	const char *rest;	     // what follows the layouts; NULL = nothing
};
extern const struct message_body message_bodies[MESSAGE_TYPES];

void message_put_header(uint8_t out[MESSAGE_HEADER_SIZE], const struct message_header *h);

// Refuses a wrong magic, version, type, unknown features and a body out of its type's bounds (-EPROTO, with a
// sentence).
int message_get_header(const uint8_t in[MESSAGE_HEADER_SIZE], struct message_header *h, struct err *err);

void message_put_hello(uint8_t out[MESSAGE_HELLO_SIZE], const struct message_hello *m);
void message_get_hello(const uint8_t in[MESSAGE_HELLO_SIZE], struct message_hello *m);

// Writes the body, with more where any of it is not 0, and returns its size.
size_t message_put_request(uint8_t out[MESSAGE_REQUEST_MOST], const struct message_request *m);
size_t message_request_size(const struct message_request *m);
int message_get_request(const uint8_t *in, size_t size, struct message_request *m, struct err *err);
size_t message_put_plan(uint8_t out[MESSAGE_PLAN_MOST], const struct message_plan *m);
size_t message_plan_size(const struct message_plan *m);
int message_get_plan(const uint8_t *in, size_t size, struct message_plan *m, struct err *err);
void message_put_result(uint8_t out[MESSAGE_RESULT_SIZE], const struct message_result *m);

// Also checks that n_values fp32 values follow: size == MESSAGE_RESULT_SIZE + 4 n_values.
int message_get_result(const uint8_t *in, size_t size, struct message_result *m, struct err *err);

// "request", "plan", ...
const char *message_type_name(enum message_type type);

// Bytes one message of `body` bytes occupies on the radio as Ethernet frames over TCP/IPv4 with time stamps:
// 66 bytes of headers a segment (14 + 20 + 32), segments of at most mtu - 52 bytes (RFC 9293, RFC 7323).
int64_t message_radio_bytes(int64_t body, int mtu);
