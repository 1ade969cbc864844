// SPDX-License-Identifier: BSD-3-Clause
// One change of a living cell, as it travels from the supervisor to whoever drives the link.
#pragma once

#include <stdint.h>
#include "base/err.h"

enum live_what { LIVE_GAIN, LIVE_GAIN_AUTO, LIVE_LOSS, LIVE_BANDWIDTH, LIVE_GRANT, LIVE_DELAY };

// CHANNEL_SET, supervisor -> shaper.
struct live_setting {
	uint32_t ue;   // 0-based; LIVE_ALL_UES = the cell
	uint32_t what; // enum live_what
	double value;  // dB, ratio, hertz, seconds
};

#define LIVE_ALL_UES UINT32_MAX
