// SPDX-License-Identifier: BSD-3-Clause
// How a plain struct stands on the wire: a table of fields, little-endian, one after the other without
// padding. The same table writes, reads and documents (docs/protocol.md).
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum layout_kind {
	LAYOUT_FIXED8, // always `fixed`, and no member of the struct
	LAYOUT_FIXED16,
	LAYOUT_FIXED32,
	LAYOUT_UINT8, // one byte of an enum or uint32_t
	LAYOUT_UINT32,
	LAYOUT_UINT64,
	LAYOUT_INT64,
	LAYOUT_DOUBLE, // IEEE 754
};

struct layout_field {
	const char *name; // as in the Wireshark dissector, after the layout's own
	const char *doc;
	enum layout_kind kind;
	uint32_t fixed;
	size_t member; // offset in the struct
};

struct layout {
	const char *name;   // "" for the header, "request", ...
	const char *prefix; // of the names in Wireshark: "airbatch.", "airbatch.request.", ...
	const struct layout_field *fields;
	size_t n_fields;
};

size_t layout_size(const struct layout *layout); // bytes on the wire
// Whoever reads has checked that layout_size bytes are there. What must be fixed is not looked at.
void layout_put(const struct layout *layout, uint8_t *out, const void *from);
void layout_get(const struct layout *layout, const uint8_t *in, void *to);

// Calls each for every field in turn, with where it stands, its bytes and its type ("uint32").
typedef void layout_reader(const struct layout_field *field, size_t offset, size_t bytes, const char *type,
			   void *user);
void layout_each(const struct layout *layout, layout_reader *each, void *user);

// The layout as a table of Markdown: offset, bytes, type, name in Wireshark, meaning.
void layout_print(const struct layout *layout, FILE *out);
