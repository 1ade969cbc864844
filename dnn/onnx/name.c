// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/onnx/name_private.h"

#include <stdio.h>
#include <string.h>

// The first code point of each length and the length's mark: shorter ways to write one are no UTF-8 (RFC
// 3629).
static const struct {
	unsigned mask, mark, least;
} lengths[] = {{0x80, 0x00, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};
enum { MAX_LENGTH = sizeof(lengths) / sizeof(lengths[0]) };

// Bytes of the character at c; 0 when it is none.
static size_t read_character(const unsigned char *c, unsigned *code)
{
	size_t n = 0;
	while (n < MAX_LENGTH && (c[0] & lengths[n].mask) != lengths[n].mark)
		n++;
	if (n == MAX_LENGTH)
		return 0;
	*code = c[0] & ~lengths[n].mask;
	for (size_t i = 1; i <= n; i++) {
		if ((c[i] & 0xc0) != 0x80) // also the name's end
			return 0;
		*code = *code << 6 | (c[i] & 0x3f);
	}
	return *code >= lengths[n].least ? n + 1 : 0;
}

// Neither a control character, nor one that breaks or turns a line, nor half a pair.
static int is_plain(unsigned code)
{
	return code >= 0x20 && code != '\\' && !(code >= 0x7f && code < 0xa0) &&
	       !(code >= 0x200b && code <= 0x200f) && !(code >= 0x2028 && code <= 0x202e) &&
	       !(code >= 0x2066 && code <= 0x2069) && !(code >= 0xd800 && code <= 0xdfff) && code != 0xfeff &&
	       code <= 0x10ffff;
}

const char *name_text(const char *name, char *buf, size_t size)
{
	static const char more[] = "...";
	size_t n = 0, fits = 0; // what leaves room for the dots
	for (const unsigned char *c = (const unsigned char *)name; *c;) {
		char escape[8];
		unsigned code;
		size_t bytes = read_character(c, &code), length = bytes;
		const char *shown = (const char *)c;
		if (bytes == 0 || !is_plain(code)) {
			bytes = 1;
			length = (size_t)snprintf(escape, sizeof(escape), "\\x%02x", *c);
			shown = escape;
		}
		if (n + length >= size) {
			snprintf(buf + fits, size - fits, "%s", more);
			return buf;
		}
		memcpy(buf + n, shown, length);
		n += length;
		fits = n + sizeof(more) <= size ? n : fits;
		c += bytes;
	}
	buf[n] = '\0';
	return buf;
}

void name_clean(char *text, size_t size)
{
	char copy[1024];
	snprintf(copy, sizeof(copy), "%s", text);
	name_text(copy, text, size);
}
