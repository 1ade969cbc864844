// SPDX-License-Identifier: BSD-3-Clause
// Protocol buffers' wire format (developers.google.com/protocol-buffers/docs/encoding): a field is a varint
// key = number << 3 | wire type, then its value.
#include "dnn/onnx/scan_private.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

enum wire_type { WIRE_VARINT = 0, WIRE_64_BIT = 1, WIRE_LENGTH = 2, WIRE_32_BIT = 5 };

struct scan {
	const uint8_t *at, *end;
};

static bool read_varint(struct scan *s, uint64_t *out)
{
	*out = 0;
	for (int shift = 0; shift < 70 && s->at < s->end; shift += 7) {
		uint8_t byte = *s->at++;
		if (shift < 64)
			*out |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return true;
	}
	return false;
}

static bool skip(struct scan *s, uint64_t bytes)
{
	if (bytes > (uint64_t)(s->end - s->at))
		return false;
	s->at += bytes;
	return true;
}

// Returns a reason, or NULL.
static const char *walk(const ProtobufCMessageDescriptor *type, struct scan s, int depth, int *fields)
{
	static const char truncated[] = "it is truncated or damaged";
	if (depth > SCAN_MAX_DEPTH)
		return "its messages are nested too deeply";
	while (s.at < s.end) {
		uint64_t key, length;
		if (++*fields > SCAN_MAX_FIELDS)
			return "it has more than 4 million fields";
		if (!read_varint(&s, &key) || key >> 3 == 0 || key >> 3 > INT32_MAX)
			return truncated;
		switch ((enum wire_type)(key & 7)) {
		case WIRE_VARINT:
			if (!read_varint(&s, &length))
				return truncated;
			continue;
		case WIRE_64_BIT:
		case WIRE_32_BIT:
			if (!skip(&s, (key & 7) == WIRE_64_BIT ? 8 : 4))
				return truncated;
			continue;
		case WIRE_LENGTH:
			break;
		default:
			return truncated;
		}
		const uint8_t *body = read_varint(&s, &length) ? s.at : NULL;
		if (!body || !skip(&s, length))
			return truncated;
		const ProtobufCFieldDescriptor *field =
		    protobuf_c_message_descriptor_get_field(type, (unsigned)(key >> 3));
		if (field && field->type == PROTOBUF_C_TYPE_STRING && memchr(body, 0, length))
			return "a name in it holds a character 0";
		if (!field || field->type != PROTOBUF_C_TYPE_MESSAGE)
			continue;
		const char *reason = walk(field->descriptor, (struct scan){body, s.at}, depth + 1, fields);
		if (reason)
			return reason;
	}
	return NULL;
}

int scan_message(const ProtobufCMessageDescriptor *type, const uint8_t *data, size_t size, const char *where,
		 struct err *err)
{
	int fields = 0;
	const char *reason = walk(type, (struct scan){data, data + size}, 0, &fields);
	return reason ? err_set(err, EINVAL, "%s: not an ONNX model: %s", where, reason) : 0;
}
