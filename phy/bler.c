// SPDX-License-Identifier: BSD-3-Clause
#include "phy/bler.h"

#include <math.h>
#include "phy/decibel.h"

#define MAX_CODE_BLOCK_BITS 8424. // 8448 less the 24 bits of a code block's CRC

// Q(x), the normal tail.
static double tail(double x)
{
	return 0.5 * erfc(x * M_SQRT1_2);
}

static double code_block_error(double s, double bits, double symbols)
{
	double capacity = log1p(s) * M_LOG2E;
	double dispersion = s * (s + 2) / ((s + 1) * (s + 1)) * M_LOG2E * M_LOG2E;
	return tail((symbols * capacity - bits + 0.5 * log2(symbols)) / sqrt(symbols * dispersion));
}

double bler(double snr, double gap_db, double efficiency, double n_symbols)
{
	if (!(snr > 1e-30 && efficiency > 0 && n_symbols >= 1 && isfinite(n_symbols)))
		return 1;
	double s = fmin(snr, 1e30) / db_to_linear(gap_db);
	double bits = efficiency * n_symbols;
	double blocks = fmax(ceil(bits / MAX_CODE_BLOCK_BITS), 1);
	double each = code_block_error(s, bits / blocks, fmax(n_symbols / blocks, 1));
	// 1 - (1 - each)^blocks, precise for tiny error rates too.
	return each < 1 ? -expm1(blocks * log1p(-each)) : 1;
}

double bler_threshold_snr(double target, double gap_db, double efficiency, double n_symbols)
{
	double low_db = -100, high_db = 200;
	if (bler(db_to_linear(high_db), gap_db, efficiency, n_symbols) > target)
		return db_to_linear(high_db);
	while (high_db - low_db > 1e-9) {
		double middle_db = (low_db + high_db) / 2;
		if (bler(db_to_linear(middle_db), gap_db, efficiency, n_symbols) > target)
			low_db = middle_db;
		else
			high_db = middle_db;
	}
	return db_to_linear(high_db);
}
