// SPDX-License-Identifier: BSD-3-Clause
// Tables of 3GPP TS 38.214 as the standard prints them: modulation order, target code rate times 1024,
// spectral efficiency rounded to four decimals.
#pragma once

struct standard_row {
	int bits_per_symbol;
	double rate_x1024, efficiency;
};

struct standard_table {
	const char *name;
	int first, n; // index of the first row, number of rows
	const struct standard_row *rows;
};

#define STANDARD_TABLES 4

// In the order of enum mcs_table: tables 5.1.3.1-1, 5.1.3.1-2, 5.2.2.1-2 and 5.2.2.1-3.
extern const struct standard_table standard_tables[STANDARD_TABLES];

// A slot of 20 MHz at 15 kHz (106 RB: TS 38.101-1, table 5.3.2-1) with 8 % overhead.
#define STANDARD_SYMBOLS (106 * 12 * 14 * (1 - 0.08))
#define STANDARD_GAP_DB 3

// The block error rate over such a slot: the normal approximation of Polyanskiy, Poor and Verdu for equal
// code blocks of at most 8424 bits that must all arrive.
double reference_bler(double snr_db, double efficiency);

// The index of the most efficient row whose block error rate at that SNR is at most 0.1; -1 = none.
int reference_choice(const struct standard_table *table, double snr_db);
