// SPDX-License-Identifier: BSD-3-Clause
#include "proto/field.h"

#include "proto/message.h"

const char *field_type_name(enum field_type type)
{
	static const char *const names[] = {"u8",  "u16",      "u32",  "u64", "i64, CLOCK_MONOTONIC ns",
					    "f64", "f32 each", "bytes"};
	return names[type];
}

size_t field_size(enum field_type type)
{
	static const size_t sizes[] = {1, 2, 4, 8, 8, 8, 0, 0};
	return sizes[type];
}

const struct field message_header_fields[] = {
    {"magic", 0, FIELD_U32, "0x50544241, the bytes \"ABTP\""},
    {"version", 4, FIELD_U8, "1"},
    {"type", 5, FIELD_U8, "which message, below"},
    {"flags", 6, FIELD_U16, "0 in version 1"},
    {"body", 8, FIELD_U32, "bytes that follow the header"},
    {"run", 12, FIELD_U32, "identifies the run, the same in all its messages"},
    {"ue", 16, FIELD_U32, "UE, from 1"},
    {"task", 20, FIELD_U32, "task of this UE, from 1"},
    {"subtask", 24, FIELD_U32, "first sub-task that runs at the edge, from 0 (= the cut); 0 in requests"},
    {"batch", 28, FIELD_U32, "the batch the task is planned for or was last part of; 0 = none"},
    {"deadline", 32, FIELD_TIME_NS, "when the result must be at the UE"},
    {"sent", 40, FIELD_TIME_NS, "when the sender handed the message to its socket"},
    {0},
};

static const struct field request_fields[] = {
    {"arrival", 0, FIELD_TIME_NS, "when the task arose"},
    {"network_hash", 8, FIELD_U64, "both ends must mean the same weights"},
    {"f_min", 16, FIELD_F64, "lowest speed of the device, FLOP/s"},
    {"f_max", 24, FIELD_F64, "highest speed of the device, FLOP/s"},
    {"kappa", 32, FIELD_F64, "energy of the device: kappa work f^2 joules"},
    {"tx_power", 40, FIELD_F64, "transmit power, W"},
    {0},
};

static const struct field plan_fields[] = {
    {"cut", 0, FIELD_U32, "sub-tasks that run on the device"},
    {"feasible", 4, FIELD_U32, "1 = the edge promises the deadline"},
    {"group", 8, FIELD_U32, "users that share batches"},
    {"reserved", 12, FIELD_U32, "0"},
    {"freq", 16, FIELD_F64, "device speed for the local part, FLOP/s"},
    {"compute_start", 24, FIELD_TIME_NS, "the local part begins"},
    {"compute_end", 32, FIELD_TIME_NS, "and ends"},
    {"upload_end", 40, FIELD_TIME_NS, "the tensor is at the edge"},
    {"batch_start", 48, FIELD_TIME_NS, "slot of the first batch"},
    {"batch_end", 56, FIELD_TIME_NS, "end of the last batch"},
    {"finish", 64, FIELD_TIME_NS, "the result is at the UE"},
    {"compute_energy", 72, FIELD_F64, "predicted, J"},
    {"transmit_energy", 80, FIELD_F64, "predicted, J"},
    {0},
};

static const struct field tensor_fields[] = {
    {"tensor", 0, FIELD_BYTES, "the tensor at the cut: u8 each at cut 0 (the input), else f32 each"},
    {0},
};

static const struct field result_fields[] = {
    {"upload_end", 0, FIELD_TIME_NS, "last byte of the tensor read from the socket"},
    {"batch_start", 8, FIELD_TIME_NS, "first batch with this task started"},
    {"batch_end", 16, FIELD_TIME_NS, "last batch with this task ended"},
    {"batch_run", 24, FIELD_U64, "sum of the run times of its batches, ns"},
    {"largest_batch", 32, FIELD_U32, "users in the largest of them"},
    {"n_values", 36, FIELD_U32, "values that follow"},
    {"computed", 40, FIELD_U32, "0 = a replayed batch whose outputs nobody computed: the values are zeros"},
    {"reserved", 44, FIELD_U32, "0"},
    {"values", 48, FIELD_F32_LIST, "the network's output"},
    {0},
};

static const struct field error_fields[] = {
    {"sentence", 0, FIELD_BYTES, "what was wrong, not terminated; the connection is closed after it"},
    {0},
};

const struct message_layout message_layouts[] = {
    {"request", MESSAGE_REQUEST, "UE to edge", "a task arose: the task and the device that has it",
     request_fields},
    {"plan", MESSAGE_PLAN, "edge to UE", "what the policy decided, with its predictions", plan_fields},
    {"tensor", MESSAGE_TENSOR, "UE to edge", "the activation at the cut, unless all sub-tasks ran on the UE",
     tensor_fields},
    {"result", MESSAGE_RESULT, "edge to UE", "what the edge measured, and the output", result_fields},
    {"error", MESSAGE_ERROR, "either", "the other side did something wrong", error_fields},
    {0},
};

const struct field datagram_header_fields[] = {
    {"magic", 0, FIELD_U32, "0x44544241, the bytes \"ABTD\""},
    {"reserved", 4, FIELD_U32, "0"},
    {"run", 8, FIELD_U32, "identifies the run"},
    {"ue", 12, FIELD_U32, "UE, from 1"},
    {"sequence", 16, FIELD_U64, "from 0"},
    {"sent", 24, FIELD_TIME_NS, "when the sender handed it to its socket"},
    {0},
};
