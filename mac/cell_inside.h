// SPDX-License-Identifier: BSD-3-Clause
// The inside of a cell.
#pragma once

#include "mac/carrier.h"
#include "mac/cell.h"

// What the cell keeps of a flow beside its packets.
struct cell_flow {
	double hertz;	 // own bands
	double start_hz; // the band that fixed_bps is for
	double tx_w, fixed_bps;
	bool radio_bler;
	double soft_gain_db;
	struct link_rate_choice choice; // at present, unless rate_is_old
	double snr;
	bool rate_is_old;	  // the gain has changed since; nothing is waiting for the new rate
	double noise_hz, noise_w; // the noise of that many hertz: it costs a power of ten
	struct rng *rng;	  // NULL until something is random
};

struct cell {
	struct link *link;
	bool only_packets; // own bands and gains that nobody provides: the cell adds nothing to its link
	uint32_t n_ues;
	int64_t min_delay_ns;
	int64_t gain_ns;      // the last instant at which gains changed
	int64_t next_gain_ns; // TIME_NEVER without a provider
	bool quiet;	      // no packet has waited for a gain since then
	int64_t gain_interval_ns;
	double (*gain_of)(void *context, uint32_t ue, int64_t now);
	void *gain_context;
	uint64_t seed, run;
	struct cell_carrier_config config[LINK_DIRS];
	struct carrier carrier[LINK_DIRS];
	double *gain_db;	 // of each UE
	bool *gain_is_old;	 // of each UE: nobody asked for it at gain_ns, for nothing was waiting
	struct cell_flow *flows; // ue * LINK_DIRS + dir
};

static inline struct cell_flow *cell_flow_of(struct cell *cell, uint32_t ue, int dir)
{
	return &cell->flows[ue * LINK_DIRS + (uint32_t)dir];
}

static inline bool cell_has_own_bands(const struct cell *cell, int dir)
{
	return cell->carrier[dir].rule->sharing == GRANT_OWN_BANDS;
}

// -EINVAL with a sentence where hertz hold no resource block of the carrier's 5G NR.
int cell_check_hertz(const struct cell_carrier_config *config, double hertz, struct err *err);

// The flow's rate and block error rates from the gain, the band and the power as they are at now.
void cell_update_rate(struct cell *cell, uint32_t ue, int dir, int64_t now);
// The provider's gains change at gain_ns: those of the UEs that are waiting for one.
void cell_update_gains(struct cell *cell);
// The UE's gain and rates as they are since gain_ns, for a packet that arrives or a reader; now is the cell's
// time.
void cell_refresh(struct cell *cell, uint32_t ue, int dir, int64_t now);

// 0, -EINVAL or -ENOMEM with a sentence.
int cell_apply_loss(struct cell *cell, uint32_t ue, int dir, const struct impairment_config *config,
		    struct err *err);
