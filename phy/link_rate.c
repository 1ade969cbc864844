// SPDX-License-Identifier: BSD-3-Clause
#include "phy/link_rate.h"

#include <errno.h>
#include <stddef.h>
#include "phy/rate.h"

const char *const link_rate_names[] = {[LINK_RATE_SHANNON] = "shannon", [LINK_RATE_NR] = "nr", NULL};

int link_rate_check(const struct link_rate *l, struct err *err)
{
	if (l->model != LINK_RATE_SHANNON && l->model != LINK_RATE_NR)
		return err_set(err, EINVAL, "rate model %d is unknown", (int)l->model);
	if (!(l->gap_db >= 0 && l->gap_db <= 40))
		return err_set(err, EINVAL, "gap to capacity %g dB is outside 0 .. 40 dB", l->gap_db);
	if (l->model == LINK_RATE_SHANNON)
		return 0;
	if ((int)l->table < MCS_64QAM || (int)l->table > CQI_256QAM)
		return err_set(err, EINVAL, "MCS table %d is unknown", (int)l->table);
	if (!(l->overhead >= 0 && l->overhead < 1))
		return err_set(err, EINVAL, "NR overhead %g is outside [0, 1)", l->overhead);
	if (!(l->target_bler > 0 && l->target_bler < 1))
		return err_set(err, EINVAL, "target block error rate %g is outside (0, 1)", l->target_bler);
	int numerology = nr_numerology(l->spacing_hz, err);
	return numerology < 0 ? numerology : 0;
}

int link_rate_of_mcs(const struct link_rate *l, int index, double snr, double bandwidth_hz,
		     struct link_rate_choice *choice, struct err *err)
{
	struct mcs mcs;
	int failed = mcs_get(l->table, index, &mcs, err);
	if (failed)
		return failed;
	int mu = nr_numerology(l->spacing_hz, err);
	int n_rb = nr_resource_blocks(bandwidth_hz, l->spacing_hz, err);
	if (n_rb < 0)
		return n_rb;
	*choice = (struct link_rate_choice){
	    .rate_bps = nr_rate_bps(&mcs, n_rb, mu, l->overhead),
	    .bler = bler(snr, l->gap_db, mcs_efficiency(&mcs), nr_slot_symbols(n_rb, l->overhead)),
	    .mcs = index,
	    .n_rb = n_rb,
	};
	return 0;
}

static int choose_nr(const struct link_rate *l, double snr, double bandwidth_hz,
		     struct link_rate_choice *choice, struct err *err)
{
	struct link_rate_choice best = {.bler = 1, .mcs = -1};
	for (int index = mcs_last(l->table); index >= mcs_first(l->table); index--) {
		struct link_rate_choice c;
		int failed = link_rate_of_mcs(l, index, snr, bandwidth_hz, &c, err);
		if (failed)
			return failed;
		best.n_rb = c.n_rb;
		if (c.bler <= l->target_bler && c.rate_bps > best.rate_bps)
			best = c;
		else if (best.mcs >= 0)
			break; // only MCS 16 and 17 stand in the wrong order, and they are neighbours
	}
	*choice = best;
	return 0;
}

int link_rate_choose(const struct link_rate *l, double snr, double bandwidth_hz,
		     struct link_rate_choice *choice, struct err *err)
{
	if (l->model == LINK_RATE_NR)
		return choose_nr(l, snr, bandwidth_hz, choice, err);
	*choice = (struct link_rate_choice){.rate_bps = shannon_bps(bandwidth_hz, snr, l->gap_db), .mcs = -1};
	return 0;
}
