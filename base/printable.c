// SPDX-License-Identifier: BSD-3-Clause
#include "base/printable.h"

#include <stddef.h>
#include <stdint.h>

// How many bytes the character at `at` has, and which it is; 0 = it is none (RFC 3629).
static size_t take(const unsigned char *at, uint32_t *character)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t n = *at < 0x80 ? 1 : *at >> 5 == 6 ? 2 : *at >> 4 == 14 ? 3 : *at >> 3 == 30 ? 4 : 0;
	uint32_t c = n == 1 ? *at : n ? *at & (0x7fu >> n) : 0;
	for (size_t i = 1; i < n; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0; // the text's end, too
		c = c << 6 | (at[i] & 0x3fu);
	}
	bool valid = n > 0 && c >= least[n] && c <= 0x10ffff && !(c >= 0xd800 && c <= 0xdfff);
	*character = c;
	return valid ? n : 0;
}

void printable(char *text, bool lines)
{
	unsigned char *to = (unsigned char *)text;
	for (const unsigned char *from = to; *from;) {
		uint32_t c = 0;
		size_t n = take(from, &c);
		bool shown = n > 0 && c >= 0x20 && !(c >= 0x7f && c <= 0x9f);
		bool kept = n == 1 && lines && (c == '\n' || c == '\t');
		if (!shown && !kept) {
			*to++ = '?';
			from += n ? n : 1;
			continue;
		}
		for (; n > 0; n--)
			*to++ = *from++;
	}
	*to = '\0';
}

bool printable_is_utf8(const char *text)
{
	uint32_t c = 0;
	for (const unsigned char *at = (const unsigned char *)text; *at;) {
		size_t n = take(at, &c);
		if (n == 0)
			return false;
		at += n;
	}
	return true;
}
