// SPDX-License-Identifier: BSD-3-Clause
// From the topology to the radio: the cell's configuration, and what it gives each UE at the start.
#pragma once

#include "edge/desk/config.h"
#include "mac/goodput.h"
#include "setup/cell/config.h"
#include "setup/topology/topology.h"

// At the start of the run.
struct ue_radio {
	double gain_db;
	double snr_db;	     // uplink
	double uplink_bps;   // over the UE's own band, or over the whole shared one; Ethernet frame bits
			     // (mac/link.h)
	double downlink_bps; // likewise with the edge's transmit power
	struct goodput expected[LINK_DIRS]; // by a stream of full frames, over the same band
	double longest_way_s;		    // uplink, from the last bit sent to delivery, generously
};

// The cell of a topology. 0 with *out for the caller to assembly_config_free, or a negative errno with a
// sentence.
int assembly_config_of(struct assembly_config *out, const struct topology *t, struct err *err);

// Fills out[config->n_ues]. 0, or a negative errno with a sentence: a trace that cannot be read, parameters
// out of range, or a UE without coverage (under 1 kbit/s) that nothing will change.
int ue_radios(struct ue_radio *out, const struct assembly_config *config, struct err *err);

// What the edge is told of a UE at the start.
struct edge_ue edge_ue_of(const struct ue_radio *radio, int network, enum features features);

// Do UEs that send at the same time share one band?
bool band_is_shared(const struct topology *t);
// What part of the band a UE has when all of them send.
double least_share(const struct topology *t);

// Power (W) that a UE's transmitter draws while it sends.
double sending_power_w(const struct topology_ue *ue);
