// SPDX-License-Identifier: BSD-3-Clause
// Inside the room: a look at a serialised message before protobuf-c unpacks it. Unpacking recurses once a
// nested message and allocates for every field, whatever the file claims; this refuses what would exhaust the
// stack or memory, and names with a character 0, which C would take for their ends.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <protobuf-c/protobuf-c.h>
#include "base/err.h"

enum {
	SCAN_MAX_DEPTH = 24,	  // messages within messages; a plain model needs 6
	SCAN_MAX_FIELDS = 1 << 22 // of all messages together; values of a packed field count as one
};

// Walks the message that `type` describes. 0, or -EINVAL with a sentence that begins with `where`.
int scan_message(const ProtobufCMessageDescriptor *type, const uint8_t *data, size_t size, const char *where,
		 struct err *err);
