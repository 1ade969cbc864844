// SPDX-License-Identifier: BSD-3-Clause
// What the topology's cell gives one UE: gain, signal-to-noise ratio and rates.
#pragma once

#include "emu/topology/topology.h"

struct ue_radio {
	double gain_db;
	double snr_db;       // uplink
	double uplink_bps;   // Shannon over the UE's own band, Ethernet frame bits (mac/link.h)
	double downlink_bps; // likewise with the edge's transmit power
};

// 0, or -EINVAL when path loss parameters are wrong or the UE has no coverage (under 1 kbit/s).
int ue_radio(struct ue_radio *out, const struct topology *t, int ue, struct err *err);
