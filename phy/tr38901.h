// SPDX-License-Identifier: BSD-3-Clause
// The large-scale models of 3GPP TR 38.901 (V16.1) that the testbed offers: urban macro (UMa) and urban micro
// street canyon (UMi), outdoor UEs. Path loss: table 7.4.1-1; LOS probability: table 7.4.2-1; shadowing: its
// deviation from table 7.4.1-1, its decorrelation distance from table 7.5-6.
//
// Stated range: ground distance 10 m .. 5 km, carrier 0.5 .. 100 GHz, UE height 1.5 .. 22.5 m, base station
// at 25 m (UMa) or 10 m (UMi). Here a UMa UE is at most 13 m high: above, the standard draws the environment
// height and adds a height term to the LOS probability; up to 13 m the environment height is 1 m with
// certainty and that term is 0. Not modelled: outdoor-to-indoor and car penetration, the optional NLOS
// formulas, soft LOS states.
#pragma once

#include <stdbool.h>

enum tr38901_scenario { TR38901_UMA, TR38901_UMI };

#define TR38901_MIN_M 10.
#define TR38901_MAX_M 5000.
#define TR38901_MIN_HZ 0.5e9
#define TR38901_MAX_HZ 100e9

struct tr38901_link {
	double frequency_hz;
	double base_height_m; // 0 = the scenario's: 25 m (UMa), 10 m (UMi)
	double ue_height_m;   // held within 1.5 m and tr38901_max_ue_height_m
};

// Path loss in dB at a ground distance, which is held within TR38901_MIN_M and TR38901_MAX_M.
double tr38901_path_loss_db(enum tr38901_scenario scenario, bool los, const struct tr38901_link *link,
			    double ground_distance_m);

// Where the LOS slope changes, d'BP = 4 (hBS - 1 m) (hUT - 1 m) f / c with c = 3e8 m/s, in metres.
double tr38901_breakpoint_m(enum tr38901_scenario scenario, const struct tr38901_link *link);

// The probability that an outdoor UE sees the base station; 1 up to 18 m.
double tr38901_los_probability(enum tr38901_scenario scenario, double ground_distance_m);

// Standard deviation of the shadowing (dB) and the distance over which its correlation falls to 1/e (m).
double tr38901_shadowing_sigma_db(enum tr38901_scenario scenario, bool los);
double tr38901_shadowing_decorrelation_m(enum tr38901_scenario scenario, bool los);

double tr38901_max_ue_height_m(enum tr38901_scenario scenario);
