// SPDX-License-Identifier: BSD-3-Clause
// Inside the room: bytes -> the messages of onnx.proto, as far as they can be judged without their graph.
#pragma once

#include <stddef.h>
#include <onnx.pb-c.h>
#include "base/err.h"

enum { ONNX_MIN_OPSET = 1, ONNX_MAX_OPSET = 26 }; // versions of the operators of domain "" that are read

// Refuses what is no ONNX model, is of an opset out of range, or has no graph; the error begins with `where`.
// The caller frees with onnx__model_proto__free_unpacked(model, NULL).
int model_unpack(Onnx__ModelProto **out, const void *data, size_t size, const char *where, struct err *err);

// The version of the operators of domain "".
int64_t model_opset(const Onnx__ModelProto *model);
