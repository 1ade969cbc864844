// SPDX-License-Identifier: BSD-3-Clause
// Inside the room: names that a model's file holds. They may be any bytes but 0 (scan_private.h), and as long
// as the file; what we print, write into a description or compare with the command line goes through here.
#pragma once

#include <stddef.h>

// `name` as one can print it: control characters, backslashes and what is not UTF-8 become \xNN, so that two
// names differ when they did. It fits into `size` bytes; one that is longer ends in "...". Returns buf.
const char *name_text(const char *name, char *buf, size_t size);

// Room for any name of this many bytes.
#define NAME_TEXT_SIZE(bytes) (4 * (bytes) + 1)

// Escapes what a sentence quotes of a file, in place, from `text` on; it keeps within `size` bytes.
void name_clean(char *text, size_t size);
