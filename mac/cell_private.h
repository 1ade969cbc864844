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
	const struct delivery_trace *delivery; // borrowed; NULL = none
	const struct link_trace *trace;	       // likewise
	bool follows;			       // the origin has passed
	bool row_of_radio;		       // of the link trace's row in force: the rate is the radio's
	double row_bps;			       // else this; INFINITY = not limited
	uint64_t opportunity;		       // the next one that counts, while the flow has a packet
	int64_t until_ns;		       // of the link trace's row in force
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
	uint32_t n_traced; // flows that follow a trace
	int64_t origin_ns; // of the traces; TIME_NEVER = not known yet
	// Those of them, by the instant at which their trace has something for them: while a packet waits,
	// and at the origin.
	struct heap traces;
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

// The sum of all UEs' own bands.
double cell_granted_hz(struct cell *cell, int dir);

// What the flow's power and gain, or its fixed rate, would give it over hertz, whatever trace it follows.
double cell_bps_over(struct cell *cell, uint32_t ue, int dir, double hertz);

// The flow's rate and block error rates from the gain, the band and the power as they are at now.
void cell_update_rate(struct cell *cell, uint32_t ue, int dir, int64_t now);
// The provider's gains change at gain_ns: those of the UEs that are waiting for one.
void cell_update_gains(struct cell *cell);
// The UE's gain and rates as they are since gain_ns, for a packet that arrives or a reader; now is the cell's
// time.
void cell_refresh(struct cell *cell, uint32_t ue, int dir, int64_t now);

static inline bool cell_is_traced(const struct cell_flow *flow)
{
	return flow->delivery || flow->trace;
}

// The next instant at which a trace has something to do; TIME_NEVER = none.
static inline int64_t cell_next_trace_ns(const struct cell *cell)
{
	return cell->traces.n ? (int64_t)(cell->traces.node[0] >> 64) : TIME_NEVER;
}

// mac/cell_trace.c. 0, -EINVAL or -ENOMEM with a sentence.
int cell_init_traces(struct cell *cell, const struct cell_config *config, struct err *err);
// What the first trace in order does at its instant, up to which all else has been advanced.
void cell_take_trace(struct cell *cell);
// The flow's link trace has the row of now, for a packet that arrives or a reader.
void cell_refresh_trace(struct cell *cell, uint32_t ue, int dir, int64_t now);
// The flow has a packet, and its trace is to be followed.
void cell_follow_trace(struct cell *cell, uint32_t ue, int dir, int64_t now);
// The flow's mean way through the air is latency_ns from now on: the fixed delay, and around it the jitter of
// its link trace, if that has any.
void cell_put_latency(const struct cell_flow *state, struct flow *flow, int64_t latency_ns);
// The rate of a flow that has a trace: false where the radio's holds.
bool cell_trace_rate(const struct cell_flow *flow, double *rate_bps);

// The instant that a call which says now takes place at; the cell is advanced to it.
int64_t cell_move_to(struct cell *cell, int64_t now);
// -EINVAL with a sentence for an unknown UE or direction.
int cell_check_flow(const struct cell *cell, uint32_t ue, int dir, struct err *err);
// The least delay of a flow; 0 with link traces.
int64_t cell_least_delay_ns(const struct cell *cell);

// 0, -EINVAL or -ENOMEM with a sentence.
int cell_apply_loss(struct cell *cell, uint32_t ue, int dir, const struct impairment_config *config,
		    struct err *err);
