// SPDX-License-Identifier: BSD-3-Clause
// The protocols of message.h and datagram.h as tables, for manuals and dissectors: what stands at which byte.
// Tests hold them against the functions that write messages.
#pragma once

#include <stddef.h>

enum field_type {
	FIELD_U8,
	FIELD_U16,
	FIELD_U32,
	FIELD_U64,
	FIELD_TIME_NS,
	FIELD_F64,
	FIELD_F32_LIST,
	FIELD_BYTES
};

struct field {
	const char *name;
	size_t offset; // from the header's or the body's first byte
	enum field_type type;
	const char *doc;
};

struct message_layout {
	const char *name;
	int type;	       // enum message_type
	const char *direction; // "UE to edge"
	const char *doc;
	const struct field *fields; // of the body; a NULL name ends them
};

extern const struct field message_header_fields[];
extern const struct field datagram_header_fields[];
extern const struct message_layout message_layouts[]; // a NULL name ends them

const char *field_type_name(enum field_type type);
size_t field_size(enum field_type type); // bytes; 0 = the rest of the body
