// SPDX-License-Identifier: BSD-3-Clause
// What is expected of a run: a figure of its summary.json, a comparison and a value, as text.
//   promised_missed==0    met>=99%    latency_ms.p95<100ms    ues[].energy_mj.mean<=5mJ    valid==true
// == != < <= > >=. A number without a unit is in the figure's own; with one it is written as in the topology.
// A percentage is of what expectation_share_of names, or of 1 where the figure is a ratio. Of a list's every
// item ([]) all must hold. A figure without a value (null) holds nothing. Pure.
#pragma once

#include "records/expect/figure.h"

enum comparison { COMPARE_EQ, COMPARE_NE, COMPARE_LE, COMPARE_GE, COMPARE_LT, COMPARE_GT };

struct expectation {
	const char *text; // as given; borrowed
	struct figure figure;
	enum comparison comparison;
	double value;	  // in the figure's unit, or in percent; true is 1
	const char *word; // of a figure that is text; within `text`
	const char *of;	  // percent of the sum of these neighbours ("done"); NULL = no percentage
};

// 0, or -EINVAL with a sentence: no comparison, no such figure, a value that cannot be compared with it.
int expectation_parse(struct expectation *e, const char *text, const struct column *fields, struct err *err);

// Whether it holds in a summary, and what was found there ("126 of 160 done (78.75 %)", "38 at ue3").
bool expectation_holds(const struct expectation *e, const json_t *summary, char *found, size_t size);

// What a percentage of a figure is of: neighbours in summary.json, separated by '+'. NULL = none.
const char *expectation_share_of(const char *path);

// The table behind it, for the manual: name and neighbours of row i; false behind the last.
bool expectation_share(int i, const char **name, const char **of);
