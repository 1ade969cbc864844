// SPDX-License-Identifier: BSD-3-Clause
// The tables of proto/message.h and proto/datagram.h.
#include "proto/datagram.h"
#include "proto/message.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define FIELD(type, kind_, member_, name_, doc_)                                                             \
	{                                                                                                    \
		.name = (name_), .doc = (doc_), .kind = LAYOUT_##kind_,                                      \
		.member = offsetof(struct type, member_)                                                     \
	}
#define FIXED(kind_, value, name_, doc_)                                                                     \
	{                                                                                                    \
		.name = (name_), .doc = (doc_), .kind = LAYOUT_##kind_, .fixed = (value)                     \
	}

// clang-format off
static const struct layout_field header[] = {
	FIXED(FIXED32, MESSAGE_MAGIC, "magic", "0x50544241: the bytes \"ABTP\""),
	FIXED(FIXED8, MESSAGE_VERSION, "version", "2"),
	FIELD(message_header, UINT8, type, "type", "1 request, 2 plan, 3 tensor, 4 result, 5 error, 6 dropped, 7 hello"),
	FIELD(message_header, UINT8, features, "features", "of a tensor behind the input: 0 fp32, 1 fp16, 2 int8; else 0"),
	FIELD(message_header, UINT8, tensors, "tensors", "of a tensor: how many the table in front of them names; 0: one, without a table"),
	FIELD(message_header, UINT32, body, "body", "bytes that follow the header"),
	FIELD(message_header, UINT32, run, "run", "identifies the run: the same in all its messages"),
	FIELD(message_header, UINT32, ue, "ue", "1 .. n"),
	FIELD(message_header, UINT32, task, "task", "1 .. of its UE"),
	FIELD(message_header, UINT32, subtask, "subtask", "first sub-task that runs at the edge, from 0 (the cut); 0 in requests"),
	FIELD(message_header, UINT32, batch, "batch", "plan and tensor: the first batch planned for the task; result: the last that it was in; 0: none"),
	FIELD(message_header, INT64, deadline_ns, "deadline", "ns: when the result must be at the UE"),
	FIELD(message_header, INT64, sent_ns, "sent", "ns: when the sender handed the message to its socket"),
};

static const struct layout_field request[] = {
	FIELD(message_request, INT64, arrival_ns, "arrival", "ns: when the task arose"),
	FIELD(message_request, UINT64, network_hash, "network_hash", "both ends must mean the same weights"),
	FIELD(message_request, DOUBLE, f_min_flops, "f_min", "FLOP/s: the device's lowest frequency"),
	FIELD(message_request, DOUBLE, f_max_flops, "f_max", "FLOP/s: its highest"),
	FIELD(message_request, DOUBLE, kappa, "kappa", "energy = kappa x work x frequency^2, in J, FLOP and FLOP/s"),
	FIELD(message_request, DOUBLE, tx_power_w, "tx_power", "W: what its radio draws while it sends"),
};

static const struct layout_field request_more[] = {
	FIELD(message_request, DOUBLE, least_accuracy, "accuracy", "that its result must have, 0 to 1; 0: any"),
};

static const struct layout_field plan[] = {
	FIELD(message_plan, UINT32, cut, "cut", "sub-tasks that run on the device"),
	FIELD(message_plan, UINT32, feasible, "feasible", "1: the edge promises the deadline"),
	FIELD(message_plan, UINT32, group, "group", "of the policy; planned together"),
	FIXED(FIXED32, 0, "reserved", "0"),
	FIELD(message_plan, DOUBLE, freq_flops, "freq", "FLOP/s: of the device, for its part"),
	FIELD(message_plan, INT64, compute_start_ns, "compute_start", "ns: as planned, here and below"),
	FIELD(message_plan, INT64, compute_end_ns, "compute_end", "ns"),
	FIELD(message_plan, INT64, upload_end_ns, "upload_end", "ns"),
	FIELD(message_plan, INT64, batch_start_ns, "batch_start", "ns: of its first batch"),
	FIELD(message_plan, INT64, batch_end_ns, "batch_end", "ns: of its last"),
	FIELD(message_plan, INT64, finish_ns, "finish", "ns: the result is at the UE"),
	FIELD(message_plan, DOUBLE, compute_j, "compute_energy", "J"),
	FIELD(message_plan, DOUBLE, transmit_j, "transmit_energy", "J"),
};

static const struct layout_field plan_more[] = {
	FIELD(message_plan, UINT32, admission, "admission", "0: served as planned; not admitted: 1: all of it runs on the device, 2: it ends here"),
	FIELD(message_plan, UINT32, exit, "exit", "where it leaves its network, from 1; 0: at the end"),
	FIELD(message_plan, UINT32, subtasks, "subtasks", "that it runs, on the device and at the edge; 0: all"),
	FIELD(message_plan, UINT8, server, "server", "that runs what the device does not: 0: the edge, else a further server"),
	FIELD(message_plan, UINT8, variant, "variant", "the network that the task runs: 0: its own, else a variant of it"),
	FIXED(FIXED16, 0, "more_reserved", "0"),
	FIELD(message_plan, DOUBLE, hertz, "hertz", "Hz: granted for its upload; 0: no grant"),
	FIELD(message_plan, DOUBLE, accuracy, "accuracy", "of its result, 0 to 1; 0: not told"),
};

static const struct layout_field result[] = {
	FIELD(message_result, INT64, upload_end_ns, "upload_end", "ns: the tensor's last byte was read from the socket"),
	FIELD(message_result, INT64, batch_start_ns, "batch_start", "ns: the first batch with this task started"),
	FIELD(message_result, INT64, batch_end_ns, "batch_end", "ns: the last one ended"),
	FIELD(message_result, INT64, batch_run_ns, "batch_run", "ns: its batches ran, in all"),
	FIELD(message_result, UINT32, largest_batch, "largest_batch", "users in the largest of them"),
	FIELD(message_result, UINT32, n_values, "n_values", "fp32 values that follow"),
	FIELD(message_result, UINT32, computed, "computed", "0: replayed, nobody computed the values: they were prepared, or are zeros"),
	FIELD(message_result, UINT8, exit, "exit", "where it left by confidence, from 1; 0: as planned"),
	FIELD(message_result, UINT8, subtasks, "subtasks", "then: that it ran, on the device and at the edge; else 0"),
	FIXED(FIXED16, 0, "reserved", "0"),
};

static const struct layout_field hello[] = {
	FIELD(message_hello, UINT64, secret, "secret", "the UE's own of this run, which the supervisor told it and the edge"),
};

static const struct layout_field datagram[] = {
	FIXED(FIXED32, DATAGRAM_MAGIC, "magic", "0x44544241: the bytes \"ABTD\""),
	FIXED(FIXED32, 0, "reserved", "0"),
	FIELD(datagram, UINT32, run, "run", "as in messages"),
	FIELD(datagram, UINT32, ue, "ue", "1 .. n"),
	FIELD(datagram, UINT64, sequence, "sequence", "from 0"),
	FIELD(datagram, INT64, sent_ns, "sent", "ns: when the sender handed the datagram to its socket"),
};
// clang-format on

#define LAYOUT(name_, prefix_, fields_)                                                                      \
	{                                                                                                    \
		.name = (name_), .prefix = (prefix_), .fields = (fields_), .n_fields = COUNT(fields_)        \
	}

const struct layout message_header_layout = LAYOUT("header", "airbatch.", header);
const struct layout message_request_layout = LAYOUT("request", "airbatch.request.", request);
const struct layout message_request_more_layout = LAYOUT("request", "airbatch.request.", request_more);
const struct layout message_plan_layout = LAYOUT("plan", "airbatch.plan.", plan);
const struct layout message_plan_more_layout = LAYOUT("plan", "airbatch.plan.", plan_more);
const struct layout message_result_layout = LAYOUT("result", "airbatch.result.", result);
const struct layout message_hello_layout = LAYOUT("hello", "airbatch.hello.", hello);
const struct layout datagram_layout = LAYOUT("datagram", "airbatch.datagram.", datagram);

const struct message_body message_bodies[MESSAGE_TYPES] = {
    {MESSAGE_REQUEST, "UE to edge", "a task arose: the task and the device that has it",
     &message_request_layout, &message_request_more_layout, NULL},
    {MESSAGE_PLAN, "edge to UE", "what the policy decided, with its predictions", &message_plan_layout,
     &message_plan_more_layout, NULL},
    {MESSAGE_TENSOR, "UE to edge", "the activation at the cut, unless all sub-tasks ran on the UE", NULL,
     NULL,
     "the tensor: at cut 0 the input as its sensor gives it, else encoded as the header says "
     "(docs/features.md); of a cut across branches a table, a row of uint32 height, width, channels and "
     "bytes "
     "for each of its tensors, then the tensors one behind the other"},
    {MESSAGE_RESULT, "edge to UE", "what the edge measured, and the output", &message_result_layout, NULL,
     "the output of the network, or of the exit that was taken, fp32 a value"},
    {MESSAGE_ERROR, "either", "the other side did something wrong, or the task cannot be planned", NULL, NULL,
     "a sentence, not terminated; with a task the task has failed, without (0) the connection is closed"},
    {MESSAGE_DROPPED, "edge to UE", "the tensor came too late for its batch: there is no result", NULL, NULL,
     "a sentence, not terminated"},
    {MESSAGE_HELLO, "UE to edge", "the first message of a connection: who speaks on it",
     &message_hello_layout, NULL, NULL},
};
