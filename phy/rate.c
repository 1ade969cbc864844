// SPDX-License-Identifier: BSD-3-Clause
#include "phy/rate.h"

#include <math.h>
#include "phy/decibel.h"

#define SNR_CEILING 1e30 // DB_CEILING as a ratio

double noise_w(double density_dbm_hz, double bandwidth_hz, double noise_figure_db)
{
	return bandwidth_hz > 0 ? dbm_to_w(density_dbm_hz + noise_figure_db) * bandwidth_hz : 0;
}

double snr_linear(double tx_w, double gain_db, double noise_power_w)
{
	double received_w = tx_w > 0 ? tx_w * db_to_linear(gain_db) : 0;
	if (!(received_w > 0))
		return 0;
	return noise_power_w > 0 ? fmin(received_w / noise_power_w, SNR_CEILING) : SNR_CEILING;
}

double shannon_bps(double bandwidth_hz, double snr, double gap_db)
{
	if (!(bandwidth_hz > 0 && snr > 0))
		return 0;
	// log1p keeps the precision at low SNR, where the rate is proportional to it.
	return bandwidth_hz * log1p(fmin(snr, SNR_CEILING) / db_to_linear(gap_db)) / M_LN2;
}

double shannon_snr(double bandwidth_hz, double rate_bps, double gap_db)
{
	if (!(rate_bps > 0))
		return 0;
	if (!(bandwidth_hz > 0))
		return SNR_CEILING;
	return fmin(expm1(rate_bps / bandwidth_hz * M_LN2) * db_to_linear(gap_db), SNR_CEILING);
}
