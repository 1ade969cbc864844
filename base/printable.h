// SPDX-License-Identifier: BSD-3-Clause
// Text of others (names, files, messages) on its way to a terminal.
#pragma once

#include <stdbool.h>

// Replaces control characters, those of UTF-8's second block (C1) and what is no UTF-8 by '?', but for line
// feeds and tabs where `lines`. In place.
void printable(char *text, bool lines);

// Whether it is UTF-8.
bool printable_is_utf8(const char *text);
