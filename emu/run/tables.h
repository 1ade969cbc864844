// SPDX-License-Identifier: BSD-3-Clause
// How the shaper's records are written down: links.csv and the accuracy in summary.json.
#pragma once

#include <jansson.h>
#include <stdio.h>
#include "base/column.h"
#include "emu/shaper/record.h"

extern const struct column link_columns[]; // of links.csv

int link_csv_header(FILE *f);
int link_csv_row(FILE *f, const struct link_record *r, int64_t epoch_ns);

// NULL becomes null.
json_t *accuracy_json(const struct accuracy_record *a);
double accuracy_p50_us(const struct accuracy_record *a);
uint64_t accuracy_packets(const struct accuracy_record *a);

// Packets that disappeared for another reason than the link model's: full rings, refusing ports, missing
// buffers.
uint64_t accuracy_lost(const struct accuracy_record *a);
