// SPDX-License-Identifier: BSD-3-Clause
// What a long stream of equal packets gets out of a flow: the expectation over the models of
// mac/impairment.h, for those who plan (the flow itself plays the models packet by packet). Pure.
//
// With failure probabilities p_0, p_1, .. p_m of a packet's transmissions, and T = the time of one at the
// flow's rate R:
//   transmissions a packet       N = sum over k = 0 .. m of p_0 p_1 .. p_(k-1)
//   part that arrives            a = (1 - p_0 .. p_m) (1 - random) (1 - bursts),
//                                bursts = (r l_g + p l_b) / (p + r)
//   goodput                      R a / N
//   the last packet's lateness   E[max over i >= 0 of (transmissions of packet i - 1) round trips - i N T],
//                                for deliveries keep their order: packet i, sent i N T before the last, holds
//                                up those behind it. Evaluated on a grid of 1/64 round trip.
//   a lone packet's lateness     N - 1 round trips
// and the jitter's mean on top of both. Not in it: that order also makes jittered packets wait for each
// other, spells of loss longer than the stream, and what a sender that takes loss for congestion does.
#pragma once

#include "mac/impairment.h"

struct goodput {
	double bps;
	// Beside the fixed delay: of a stream's last packet, and of a lone packet.
	double stream_late_s, lone_late_s;
};

struct goodput goodput_of(const struct impairment_config *config, double rate_bps, double packet_bits);
