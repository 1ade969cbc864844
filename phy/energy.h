// SPDX-License-Identifier: BSD-3-Clause
// Energy of a UE's radio: a power for each state times the time spent in it.
//   transmit: P / efficiency + circuit power   (Cui, Goldsmith, Bahai 2004: amplifier + circuit)
//   receive, idle: constant powers
// With the defaults it is the energy of the co-inference literature: E = P t while sending, nothing else.
#pragma once

#include "base/err.h"

struct radio_energy {
	double efficiency; // of the power amplifier: radiated / drawn, (0, 1]
	double circuit_w;  // drawn by the transmit chain besides the amplifier, while it sends
	double receive_w;  // drawn while it receives
	double idle_w;	   // drawn while it does neither
};

#define RADIO_ENERGY_DEFAULT                                                                                 \
	(struct radio_energy)                                                                                \
	{                                                                                                    \
		.efficiency = 1                                                                              \
	}

// 0, or -EINVAL with a sentence: efficiency outside (0, 1], or a power that is negative or not finite.
int radio_energy_check(const struct radio_energy *e, struct err *err);

// Power drawn (W) while radiating tx_w > 0; 0 when tx_w is 0, for then nothing is sent.
double radio_transmit_w(const struct radio_energy *e, double tx_w);

// Joules of sending at tx_w for airtime_s. With a rate: airtime = bits / rate.
double radio_transmit_j(const struct radio_energy *e, double tx_w, double airtime_s);
double radio_receive_j(const struct radio_energy *e, double airtime_s);
double radio_idle_j(const struct radio_energy *e, double idle_s);
