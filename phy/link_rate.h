// SPDX-License-Identifier: BSD-3-Clause
// From an SNR to what the link carries, by one of two models:
//   shannon  W log2(1 + snr / gap), no block errors: the co-inference papers' model
//   nr       the 5G NR scheme that a link adaptation with perfect channel knowledge picks: the most
//            efficient one whose block error rate over one slot (phy/bler.h, an approximation) is at
//            most the target
#pragma once

#include "phy/bler.h"
#include "phy/mcs.h"
#include "phy/nr.h"

enum link_rate_model { LINK_RATE_SHANNON, LINK_RATE_NR };

// "shannon", "nr", and NULL: what topology files take, in the order of the enum.
extern const char *const link_rate_names[];

struct link_rate {
	enum link_rate_model model;
	double gap_db;	      // shannon: 0 = capacity; nr: see phy/bler.h
	enum mcs_table table; // nr; with a CQI table `mcs` below is the CQI that a UE would report
	double spacing_hz;    // nr: subcarrier spacing
	double overhead;      // nr: part of the symbols that carries no data, [0, 1)
	double target_bler;   // nr: (0, 1)
};

#define LINK_RATE_SHANNON_DEFAULT                                                                            \
	(struct link_rate)                                                                                   \
	{                                                                                                    \
		.model = LINK_RATE_SHANNON                                                                   \
	}

#define LINK_RATE_NR_DEFAULT                                                                                 \
	(struct link_rate)                                                                                   \
	{                                                                                                    \
		.model = LINK_RATE_NR, .gap_db = BLER_DEFAULT_GAP_DB, .table = MCS_64QAM,                    \
		.spacing_hz = 15e3, .overhead = NR_OVERHEAD_UPLINK_FR1, .target_bler = 0.1                   \
	}

// What the link carries at one instant.
struct link_rate_choice {
	double rate_bps; // while it transmits, before losses; 0 = out of coverage
	double bler;	 // probability that a block is lost
	int mcs;	 // nr: index in the table; -1 = out of coverage; shannon: -1
	int n_rb;	 // nr: resource blocks; shannon: 0
};

// 0, or -EINVAL with a sentence.
int link_rate_check(const struct link_rate *l, struct err *err);

// Into *choice at an snr (linear) over bandwidth_hz. 0; with nr -EINVAL when the bandwidth holds no resource
// block. An snr too low even for the lowest scheme is no error: rate 0, bler 1, mcs -1.
int link_rate_choose(const struct link_rate *l, double snr, double bandwidth_hz,
		     struct link_rate_choice *choice, struct err *err);

// nr: what one given scheme would carry, for schedulers that choose themselves. -ERANGE for an MCS outside
// the table.
int link_rate_of_mcs(const struct link_rate *l, int mcs, double snr, double bandwidth_hz,
		     struct link_rate_choice *choice, struct err *err);
