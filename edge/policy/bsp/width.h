// SPDX-License-Identifier: BSD-3-Clause
// The narrowest grant that uploads at a given rate.
#pragma once

#include "edge/policy/policy.h"

// Hertz over which this user sends rate_bps: rate / log2(1 + snr) where the SNR is the same at any width;
// else from P g / N_0 = c, where the SNR over w is c / w: with a = rate ln 2 / c and y = -W_-1(-a e^-a) / a
// it is w = c / (y - 1), and no width is enough from a = 1 on (Lambert's W by GSL). INFINITY when no width is
// enough, or the user tells neither.
double granted_width_hz(const struct snapshot_job *user, double rate_bps);
