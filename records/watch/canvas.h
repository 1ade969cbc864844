// SPDX-License-Identifier: BSD-3-Clause
// Lines of text for a terminal of a given width: what does not fit is cut off, control characters become '?'.
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum canvas_tone { TONE_PLAIN, TONE_STRONG, TONE_SOFT, TONE_GOOD, TONE_BAD, TONE_BAR };

struct canvas {
	int columns;
	bool colour, utf8; // SGR sequences; block characters (else ASCII)
	char *text; // lines, each with its newline; zero-terminated; free() it. NULL until something is put
	size_t used, capacity;
	int at, lines; // columns used of the current line; lines ended
};

// printf at the current place; at most 255 bytes.
__attribute__((format(printf, 2, 3))) void canvas_put(struct canvas *c, const char *format, ...);
// Blanks up to a column.
void canvas_to(struct canvas *c, int column);
void canvas_tone(struct canvas *c, enum canvas_tone tone);
// A bar of `width` columns, filled from the left by share (0..1; NaN as 0).
void canvas_bar(struct canvas *c, int width, double share);
void canvas_end_line(struct canvas *c);
// Columns that are left in this line.
int canvas_left(const struct canvas *c);

// Columns that a line of such text takes: SGR sequences none, every other character one.
int text_columns(const char *line, size_t bytes);
