// SPDX-License-Identifier: BSD-3-Clause
// A block of lines on a terminal that is redrawn in place with one write a frame, so that nothing flickers.
// Nothing is left of it but the cursor's line once it is cleared.
#pragma once

#include "records/watch/outlet.h"

struct screen {
	struct outlet *outlet;
	int fd;
	int widths[512]; // columns of the lines that stand there
	int lines;	 // of them; the cursor is at the start of the line below
	bool utf8, colour;
};

// 0; -ENOTTY when fd is no terminal that can move its cursor (TERM unset or dumb); -ENOMEM.
int screen_open(struct screen *s, int fd);

// Clears the block, sends what is due and closes.
void screen_close(struct screen *s);

// The terminal's size now; 80 x 24 when it does not say.
void screen_size(const struct screen *s, int *columns, int *rows);

// Draws text (lines with newlines) in the place of what stands there; a frame is left out while the terminal
// has not taken the one before.
void screen_draw(struct screen *s, const char *text);
void screen_clear(struct screen *s);
