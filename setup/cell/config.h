// SPDX-License-Identifier: BSD-3-Clause
// What a cell is made of, in one plain struct: channel models, rates, grants, losses, and each UE. The
// supervisor fills it from the topology and writes it into the shaper's configuration; a simulation uses it
// as it is.
//
// As JSON: "cell" is one flat object, a UE's part one flat object, each by one table (config.c). Every key
// has a default (assembly_config_default, assembly_ue_default); a NaN is written by leaving the key out.
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include "mac/grant/grant.h"
#include "mac/impairment.h"
#include "mac/link.h"
#include "phy/channel.h"
#include "phy/link_rate.h"
#include "setup/fields/fields.h"

enum assembly_trace_kind { TRACE_OF_NOTHING, TRACE_OF_DELIVERIES, TRACE_OF_A_LINK };

// A recorded link in place of the radio (mac/cell.h, "Traces").
struct assembly_trace {
	enum assembly_trace_kind kind;
	char path[LINK_DIRS][PATH_MAX]; // "" = the radio in that direction
	enum trace_end end;
	int64_t start_ns; // the trace's time at which the run begins
};

struct assembly_ue {
	double gain_db; // NaN = from models or trace; else in place of path loss, shadowing and antennas
	struct mobility mobility; // without trace and trace_ue, which assembly_new fills in
	double tx_w;
	double fixed_bps[LINK_DIRS]; // > 0: the rate, whatever the radio (mac/cell.h)
	int64_t delay_ns;	     // of each direction
	int64_t queue_bytes;	     // likewise
	double loss;		     // at random, each direction
	int64_t deadline_ns;	     // earliest-deadline: of each packet
	int priority;
	struct assembly_trace trace;
};

struct assembly_config {
	int64_t seed, run;
	int64_t duration_ns; // of the run: traces must say something about it; 0 = not known

	enum grant_strategy grant;
	double bandwidth_hz; // of each direction: own-band: each UE's; else the cell's
	int64_t tti_ns;
	double fair_window; // turns

	struct radio_channel_config channel;		     // without trace, seed and run
	char gain_trace[PATH_MAX], waypoint_trace[PATH_MAX]; // "" = none
	enum trace_end trace_end;
	int64_t trace_start_ns;

	struct link_rate rate; // its overhead is the uplink's
	double downlink_overhead;
	double downlink_w;
	double noise_dbm_hz, noise_figure_db;

	struct impairment_config impairment; // of every flow; `random` and harq.bler not used
	bool radio_bler;		     // HARQ fails as the 5G NR scheme in use does
	double bler, soft_factor;	     // else each transmission with bler, bler soft_factor, ..
	double soft_gain_db;
	int max_retransmissions;

	bool codel;
	int64_t codel_target_ns, codel_interval_ns;

	uint32_t n_ues;
	struct assembly_ue *ues; // owned: assembly_config_free
};

// Own bands of 1 MHz at Shannon's rate over LTE macro path loss; nothing fades, moves or is lost. No UEs.
struct assembly_config assembly_config_default(void);
// At the base station, 0 W, no fixed rate, no delay, 1 MiB of queue.
struct assembly_ue assembly_ue_default(void);

// Makes room for n UEs, all of them at their default. 0 or -ENOMEM.
int assembly_config_set_ues(struct assembly_config *config, uint32_t n);
void assembly_config_free(struct assembly_config *config);

// Do gains change by themselves: does anything fade, move or follow a trace of gains?
bool assembly_gains_vary(const struct assembly_config *config);
// Does a UE follow a recorded link?
bool assembly_has_rate_traces(const struct assembly_config *config);
// Does any rate change by itself?
bool assembly_varies(const struct assembly_config *config);

extern const struct config_table assembly_config_table; // UEs apart
extern const struct config_table assembly_ue_table;
