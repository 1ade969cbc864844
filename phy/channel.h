// SPDX-License-Identifier: BSD-3-Clause
// The radio channel of one cell: for every UE the gain between its antenna and the base station's, in dB
// (negative),
//     gain = - path loss + shadowing + base antenna + UE antenna + fading
// or, from a gain matrix,
//     gain = trace + fading.
// Uplink and downlink see the same gain. It is computed on a grid of instants (`update_ns`) and holds between
// two of them.
//
// The random streams are those of (seed, run, UE): mobility, shadowing, LOS and fading have one each, so a
// UE's channel depends neither on the other UEs nor on which instants are asked for.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"
#include "phy/antenna.h"
#include "phy/fading.h"
#include "phy/mobility.h"
#include "phy/path_loss.h"
#include "phy/trace/gain.h"

#define RADIO_SHADOWING_OF_MODEL (-1.) // sigma and decorrelation distance that go with a 3GPP path loss model

struct radio_channel_config {
	struct path_loss path_loss;
	bool draw_los; // 3GPP models: LOS or NLOS is drawn by the LOS probability and changes along the way
	struct position base; // of the base station; z 0 = path_loss.base_height_m
	struct antenna base_antenna, ue_antenna;
	double shadowing_sigma_db;	  // 0 = none
	double shadowing_decorrelation_m; // where sigma is given
	struct fading fading;
	const struct gain_trace *trace; // NULL, or borrowed: replaces everything above but fading
	int64_t update_ns;		// > 0
	uint64_t seed, run;
};

// LTE macro path loss, no shadowing, no fading, isotropic antennas of 0 dBi, updated every millisecond.
#define RADIO_CHANNEL_DEFAULT                                                                                \
	(struct radio_channel_config)                                                                        \
	{                                                                                                    \
		.path_loss = PATH_LOSS_DEFAULT, .shadowing_decorrelation_m = 50, .update_ns = 1000000,       \
		.seed = 1, .run = 1                                                                          \
	}

// What makes up a UE's gain at an instant. From a trace only gain_db, fading_db and at_ns are set.
struct radio_state {
	int64_t at_ns; // the grid instant it was computed for
	struct position position;
	double distance_m; // straight line to the base station
	double travelled_m;
	bool los;
	double path_loss_db;			     // >= 0 in a cell's range
	double shadowing_db, antennas_db, fading_db; // added to the gain
	double gain_db;				     // the sum, within DB_FLOOR .. DB_CEILING
};

struct radio_channel;

// Opens the channel of n_ues UEs that move as ues[] says. 0 with *out for the caller to radio_channel_free,
// or a negative errno with a sentence. A trace (of gains or waypoints) must outlive it.
int radio_channel_new(struct radio_channel **out, const struct radio_channel_config *config,
		      const struct mobility *ues, int n_ues, struct err *err);
void radio_channel_free(struct radio_channel *c);

// The state of UE 0 .. n_ues - 1 at now_ns. Time moves forward for each UE on its own; an earlier instant
// than the last one asked for gets the last one's state. Valid until the next call for that UE.
const struct radio_state *radio_channel_at(struct radio_channel *c, int ue, int64_t now_ns);

// The same, the gain alone in dB.
double radio_channel_gain_db(struct radio_channel *c, int ue, int64_t now_ns);

// The next instant at which a gain can change: the first grid instant after now_ns.
int64_t radio_channel_next_ns(const struct radio_channel *c, int64_t now_ns);

// Puts a UE's gain at gain_db (held within DB_FLOOR .. DB_CEILING) whatever the models say, until released;
// the models go on underneath.
void radio_channel_override(struct radio_channel *c, int ue, double gain_db);
void radio_channel_release(struct radio_channel *c, int ue);
