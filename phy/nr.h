// SPDX-License-Identifier: BSD-3-Clause
// 5G NR's frame arithmetic: resource blocks in a channel, symbols in a slot, and the rate of a scheme over
// them.
#pragma once

#include "base/err.h"
#include "phy/mcs.h"

#define NR_SUBCARRIERS_PER_RB 12
#define NR_SYMBOLS_PER_SLOT 14
#define NR_OVERHEAD_UPLINK_FR1 0.08   // TS 38.306, 4.1.2: control and reference signals; 0.14 downlink FR1,
#define NR_OVERHEAD_DOWNLINK_FR1 0.14 // 0.10 uplink and 0.18 downlink FR2

// Numerology mu of a subcarrier spacing (15 kHz 2^mu, TS 38.211 table 4.2-1): 0 .. 3 for 15, 30, 60, 120 kHz.
// -EINVAL with a sentence for any other.
int nr_numerology(double spacing_hz, struct err *err);

// A slot is 1 ms / 2^mu.
double nr_slot_s(int numerology);

// Resource blocks of a whole channel: TS 38.101-1 table 5.3.2-1 (15, 30, 60 kHz) and 38.101-2 table 5.3.2-1
// (120 kHz) where they list the bandwidth; else as many as fit, floor(bandwidth / (12 spacing)), without
// guard bands: the rule for a share of a channel and for experiments' odd bandwidths. -EINVAL with a sentence
// when not one fits.
int nr_resource_blocks(double bandwidth_hz, double spacing_hz, struct err *err);

// Bit/s of a scheme over n_rb resource blocks on one layer (TS 38.306, 4.1.2):
// Qm R n_rb 12 / T_symbol (1 - overhead), T_symbol = 1 ms / (14 2^mu). overhead in [0, 1).
double nr_rate_bps(const struct mcs *mcs, int n_rb, int numerology, double overhead);

// Data symbols (resource elements) of n_rb resource blocks in one slot after overhead: the length of a block
// for bler().
double nr_slot_symbols(int n_rb, double overhead);
