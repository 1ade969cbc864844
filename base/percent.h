// SPDX-License-Identifier: BSD-3-Clause
// How far a piece of work is, with the time left: one line on standard error that is rewritten on a terminal;
// elsewhere one line when it begins, so that a log says what takes so long.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct percent {
	const char *what;
	bool quiet;
	// percent_show's own:
	bool shown;
	int64_t since_ns;
};

// share: 0..1 of the work is done. user: struct percent. Fits the progress callbacks of the libraries.
void percent_show(double share, void *user);
void percent_end(struct percent *p); // the line vanishes
