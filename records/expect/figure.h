// SPDX-License-Identifier: BSD-3-Clause
// A figure of summary.json by its dotted path, found in the table of fields before there is a file.
//   tasks.met   met                   what stands in tasks may be named alone
//   promised_missed                   for tasks.promised_but_missed
//   latency_ms.p95  edge.busy_s
//   ue3.met  ues[3].met  stages[upload].n   the item with this number or name
//   ues[].met                         every item
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include "base/column.h"
#include "base/err.h"

#define FIGURE_PATH 160

struct figure {
	char path[FIGURE_PATH]; // in full
	char unit[16];		// of its row: "ms", "text", "true or false", "ratio"; "" = a plain number
	int ue;			// the UE it is of, from 1; 0 = none in particular
};

// fields: as records/results/summary_fields.h says, ended by a NULL name. 0, or -EINVAL with what was perhaps
// meant.
int figure_find(struct figure *f, const char *name, const struct column *fields, struct err *err);

// Hands each value that the path leads to in a summary to `visit`, with its place ("ue3", "radio.pcap"; ""
// outside lists) and the object it stands in. value: NULL = there is none (no such item, or null on the way).
// A count that was never counted (tasks.cuts.7) is 0.
typedef void (*figure_visit)(const json_t *value, const json_t *object, const char *place, void *user);
void figure_each(const struct figure *f, const json_t *summary, figure_visit visit, void *user);

// Every name of the table with its braces written out, in order, for suggestions, completion and tests.
typedef void (*figure_name)(const char *name, const struct column *row, void *user);
void figure_each_name(const struct column *fields, figure_name each, void *user);

// Whether a path names a place of this row: "[3]" for "[]", a word for one in capitals.
bool figure_fits(const char *name, const char *path);
