// SPDX-License-Identifier: BSD-3-Clause
#include "emu/run/radio.h"

#include <errno.h>
#include <math.h>

#include "phy/path_loss.h"
#include "phy/rate.h"

#define LEAST_RATE_BPS 1e3

static int gain_of(double *gain_db, const struct topology *t, int ue, struct err *err)
{
	const struct topology_ue *u = &t->ue[ue];
	if (!TOPOLOGY_UNSET(u->gain_db)) {
		*gain_db = u->gain_db;
		return 0;
	}
	struct path_loss p = PATH_LOSS_DEFAULT;
	p.model = t->cell.path_loss;
	p.frequency_hz = t->cell.carrier_hz;
	p.exponent = t->cell.exponent;
	int r = path_loss_check(&p, err);
	if (r == 0)
		*gain_db = -path_loss_db(&p, u->distance_m);
	return r;
}

int ue_radio(struct ue_radio *out, const struct topology *t, int ue, struct err *err)
{
	int r = gain_of(&out->gain_db, t, ue, err);
	if (r < 0) {
		err_prefix(err, "cell");
		return r;
	}
	double band = t->cell.bandwidth_hz;
	double noise = noise_w(t->cell.noise_density_dbm_hz, band, t->cell.noise_figure_db);
	double up = snr_linear(t->ue[ue].tx_power_w, out->gain_db, noise);
	double down = snr_linear(t->cell.downlink_power_w, out->gain_db, noise);
	out->snr_db = 10 * log10(up > 1e-30 ? up : 1e-30);
	out->uplink_bps = shannon_bps(band, up, 0);
	out->downlink_bps = shannon_bps(band, down, 0);
	if (out->uplink_bps < LEAST_RATE_BPS || out->downlink_bps < LEAST_RATE_BPS)
		return err_set(err, EINVAL,
			       "ue%d has no coverage: a gain of %.1f dB gives %.3g bit/s up and %.3g bit/s down, at least %g is "
			       "needed (nearer, more power or more bandwidth)",
			       ue + 1, out->gain_db, out->uplink_bps, out->downlink_bps, LEAST_RATE_BPS);
	return 0;
}
