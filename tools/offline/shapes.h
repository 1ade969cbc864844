// SPDX-License-Identifier: BSD-3-Clause
// What the literature leads one to expect of the policies, as tests on a finished experiment. A shape is an
// order or a trend, not a figure; each test states its criterion in `expected`, fixed beforehand, and reports
// what was measured either way.
#pragma once

#include "tools/offline/experiment.h"

enum verdict { SHAPE_HOLDS, SHAPE_FAILS, SHAPE_NOT_TESTED };

struct finding {
	const char *shape;    // the expectation in a sentence
	const char *expected; // the criterion
	enum verdict verdict;
	char measured[400];
};

// Fills up to `most` findings, always the same and in the same order; a shape whose settings or policies the
// experiment lacks is SHAPE_NOT_TESTED. Returns how many.
int shapes_test(const struct experiment *experiment, struct finding *findings, int most);
enum { MOST_FINDINGS = 24 };

// "PASS", "FAIL", "not tested"
const char *verdict_text(enum verdict verdict);

// Where one policy spends more than another on the same placement (by more than 1e-9 of it).
struct contest {
	long pairs, worse;		  // placements
	long cells, cells_worse;	  // settings, by mean energy
	double worst_pct;		  // largest excess of one placement, per cent of the other's energy
	double worst_cell_pct;		  // of a setting's mean
	size_t worst_setting, worst_cell; // where
};
struct contest contest_of(const struct experiment *experiment, bool (*pick)(const struct setting *),
			  const char *policy, const char *against, bool with_edge);
