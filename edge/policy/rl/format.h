// SPDX-License-Identifier: BSD-3-Clause
// The container behind .abm files, private to this room: a header with version, kind and checksum, then
// sections. A reader checks everything before it believes a number; any byte may be wrong.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

#define FORMAT_MAGIC "ABMAGENT" // a file begins with it

enum format_kind { FORMAT_AGENT = 1, FORMAT_STATE = 2, FORMAT_ORCHESTRATION = 3 };

struct format_writer {
	unsigned char *data;
	size_t size, room;
	bool failed; // out of memory
};

void format_begin(struct format_writer *w, enum format_kind kind);

// Appends a section; tag has four letters.
void format_section(struct format_writer *w, const char *tag, const void *data, size_t size);

// Completes the header, writes the file atomically and frees.
int format_write(struct format_writer *w, const char *path, struct err *err);

struct format_reader {
	const unsigned char *data; // the sections
	size_t size;
	const char *name; // of the file, for errors
	struct err *err;
};

// Checks the header and the checksum. -EBADMSG with a sentence.
int format_open(struct format_reader *r, const void *data, size_t size, enum format_kind kind,
		const char *name, struct err *err);

// The section's bytes inside the reader's data, not aligned; -EBADMSG when it is missing or not of
// `wanted` bytes (SIZE_MAX: of any size).
int format_find(const struct format_reader *r, const char *tag, size_t wanted, const void **data,
		size_t *size);

// Copies a section of exactly `size` bytes.
int format_copy(const struct format_reader *r, const char *tag, void *out, size_t size);

// Copies a section of n floats and refuses one that is not finite.
int format_floats(const struct format_reader *r, const char *tag, float *out, size_t n);
