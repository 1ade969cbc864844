// SPDX-License-Identifier: BSD-3-Clause
// Importers: from the formats of others to samples. One row a format (importer.c), one file each.
#pragma once

#include <stdint.h>
#include "tools/import_trace/samples.h"

enum sample_kind {
	SAMPLES_RATE_FROM,  // bit/s from the sample's time on
	SAMPLES_RATE_UNTIL, // bit/s since the sample before
	SAMPLES_GAIN,	    // dB
	SAMPLES_PLACE,	    // metres
};

struct import_options {
	// csv: columns by name or, from 1, as #N; NULL = not given
	const char *time, *date, *rate, *gain, *loss, *rsrp, *ue;
	double time_unit_s;	    // of a time column of numbers
	double rate_unit_bits;	    // a rate column's 1 in bit/s, or in bits where it is an amount
	bool amount;		    // the rate column holds what came since the row before
	double reference_power_dbm; // of one resource element: gain = RSRP - this
	char separator;		    // '\0': as the first row has it; ' ': any blanks
	// bonnmotion
	int dimensions; // 2 or 3; 0: as the numbers say
	// fad
	double mean_gain_db; // around which it fades
	double length_s;     // of the file; 0: 1 ms a sample
	int blocks;	     // resource blocks; 0: one a line
	int ues;	     // how many UEs get a part of the file
};

struct importer {
	const char *name;
	const char *summary;
	// Reads path ("-": standard input) into *samples, which is empty or has what files before gave; *kind
	// says what the values are. 0, or a negative errno with a sentence that begins with file:line.
	int (*read)(struct samples *samples, enum sample_kind *kind, const char *path,
		    const struct import_options *o, struct err *err);
};

// All of them; a NULL name ends the table.
extern const struct importer importers[];

const struct importer *importer_find(const char *name); // NULL: there is none

#define IMPORTER(name)                                                                                       \
	int name(struct samples *samples, enum sample_kind *kind, const char *path,                          \
		 const struct import_options *o, struct err *err)
IMPORTER(import_csv);
IMPORTER(import_pensieve);
IMPORTER(import_bonnmotion);
IMPORTER(import_ns2);
IMPORTER(import_sumo);
IMPORTER(import_fad);
