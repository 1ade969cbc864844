// SPDX-License-Identifier: BSD-3-Clause
// From transmit power and gain to a rate: noise, signal-to-noise ratio, and Shannon's capacity with a gap.
// The rate that a modulation and coding scheme of 5G NR reaches is in phy/mcs.h.
#pragma once

// The thermal noise density at 290 K, k T = 1.380649e-23 J/K * 290 K, as everyone rounds it.
#define THERMAL_NOISE_DBM_HZ (-174.)

// Noise power in watts within bandwidth_hz: density + 10 log10(bandwidth) + noise figure. 0 for no bandwidth.
double noise_w(double density_dbm_hz, double bandwidth_hz, double noise_figure_db);

// Signal-to-noise ratio (linear) of a transmit power over a channel gain (negative dB for a loss).
// 0 without power; finite always: at most 1e30, also when noise_power_w is 0.
double snr_linear(double tx_w, double gain_db, double noise_power_w);

// W log2(1 + snr / gap): bit/s (Shannon 1948). gap_db >= 0 is the distance of a real code from capacity, 0 =
// none. 0 when bandwidth or snr is not positive.
double shannon_bps(double bandwidth_hz, double snr, double gap_db);

// The least snr (linear) at which shannon_bps reaches rate_bps; 0 for rate 0, 1e30 when no snr up to that
// does.
double shannon_snr(double bandwidth_hz, double rate_bps, double gap_db);
