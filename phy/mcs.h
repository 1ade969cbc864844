// SPDX-License-Identifier: BSD-3-Clause
// The modulation and coding schemes of 5G NR and the channel quality indicators that name them (3GPP
// TS 38.214). An index outside its table is an error, never rounded to a neighbour.
#pragma once

#include "base/err.h"

enum mcs_table {
	MCS_64QAM,  // table 5.1.3.1-1: MCS 0 .. 28, up to 64QAM (the standard's 17 lies a little below 16)
	MCS_256QAM, // table 5.1.3.1-2: MCS 0 .. 27, up to 256QAM
	CQI_64QAM,  // table 5.2.2.1-2: CQI 1 .. 15 (0 = out of range)
	CQI_256QAM, // table 5.2.2.1-3: CQI 1 .. 15
};

// "64qam", "256qam", and NULL: the tables of MCS, which topology files take, in the order of the enum.
extern const char *const mcs_table_names[];

struct mcs {
	int bits_per_symbol; // modulation order Qm: 2 QPSK, 4 16QAM, 6 64QAM, 8 256QAM
	double rate_x1024;   // target code rate R times 1024, as the standard prints it
};

// The least and the greatest index of a table.
int mcs_first(enum mcs_table table);
int mcs_last(enum mcs_table table);

// The scheme of that index into *out. 0, or -ERANGE with a sentence that names the table and its range.
int mcs_get(enum mcs_table table, int index, struct mcs *out, struct err *err);

// Information bits per modulation symbol, Qm R: the standard's column "spectral efficiency".
double mcs_efficiency(const struct mcs *mcs);
