// SPDX-License-Identifier: BSD-3-Clause
// How the shaper's records are written down: links.csv; accuracy and radio energies in summary.json.
#pragma once

#include <jansson.h>
#include <stdio.h>
#include "base/column.h"
#include "mac/link_record.h"
#include "records/shaper_record.h"
#include "setup/topology/topology.h"

extern const struct column link_columns[]; // of links.csv

int link_csv_header(FILE *f);
int link_csv_row(FILE *f, const struct link_record *r, int64_t epoch_ns);

// What the radio of a UE (numbered from 1) drew between two of its records, by state; parts add up.
json_t *radio_energy_json(const struct topology_ue *ue, int number, const struct link_record *first,
			  const struct link_record *last);

// NULL becomes null.
json_t *accuracy_json(const struct accuracy_record *a);
uint64_t accuracy_packets(const struct accuracy_record *a);

// Packets that disappeared for another reason than the link model's: full rings, refusing ports, missing
// buffers.
uint64_t accuracy_lost(const struct accuracy_record *a);
