// SPDX-License-Identifier: BSD-3-Clause
// A snapshot as text for a terminal: four lines of totals, then a table of UEs, the worst few of them where
// not all fit. A pure function.
#pragma once

#include <stdbool.h>
#include "records/watch/run_snapshot.h"

enum view_sort { SORT_UE, SORT_MISSED, SORT_LATENCY, SORT_ENERGY, SORT_GAIN, SORT_BUSY, SORT_COUNT };

struct view {
	int columns, rows;   // of the terminal; rows 0 = as many as are needed
	bool colour, utf8;   // records/watch/canvas.h
	enum view_sort sort; // SORT_BUSY: by the busier direction; SORT_UE: when not all fit, the worst
			     // (SORT_MISSED) are shown
	const char *footer;  // a last line, NULL = none
};

const char *view_sort_name(enum view_sort sort);

// Lines of at most `columns` columns, each with its newline, at most `rows` (but at least 5) of them. The
// caller frees it; NULL: no memory.
char *view_text(const struct run_snapshot *s, const struct view *v);

// The same in one line, for logs: "12.3 of 20.0 s  96 tasks ...", without a newline.
void view_line(const struct run_snapshot *s, char *line, size_t size);
