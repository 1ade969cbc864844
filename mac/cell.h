// SPDX-License-Identifier: BSD-3-Clause
// A cell: the queues of its UEs, who is granted which part of the band when, what the channel makes of it,
// and what happens on the air. The object that the shaper and the simulator drive; its calls are those of
// mac/link.h, which does the work for each flow.
//
//     gain -> SNR -> rate (phy/link_rate.h)          cell_set_gain, or a provider of gains
//     rate, backlog, deadline -> hertz or a turn     mac/grant/grant.h, a strategy for each direction
//     queue -> transmission -> delivery              mac/link.h, mac/codel.h, mac/impairment.h
//
// Uplink and downlink are two bands (FDD). Power: in bands of their own (own-band, granted) UEs put all their
// power into the hertz they have. In a shared band the power spectral density is that of the whole band,
// whichever part of it a UE has at the moment (open-loop power control, 3GPP TS 38.213, 7.1.1: power grows
// with the number of resource blocks); so the rate is proportional to the hertz.
//
// Traces. A flow may follow a recorded link in place of the radio, from cell_set_origin on:
//   delivery  (own bands) at each of its instants a full-size IP packet, or as many bytes of smaller ones
//             (phy/trace/delivery.h), leave at once, parts of packets included; what the queue does not fill
//             is lost. A packet that arrives at such an instant is too late for it. So mahimahi's link shell
//             does it (Netravali et al. 2015). A flow's airtime is its part of the opportunity's
//             (delivery_trace_airtime_ns). Before the origin the flow has the trace's mean rate.
//   link      rate (over the UE's own or the whole shared band; 0: an outage; unlimited: LINK_MAX_RATE_BPS;
//   or
//             the radio's), delay, random loss, limit of packets and, where the file tells it, jitter: those
//             of the row in force, in place of the flow's own. A packet has the loss and the delay of the
//             instant its transmission ends. Before the origin link_trace_before stands.
//
// Everything follows from the calls' arguments and from (seed, run); late callers change nothing. Not
// thread-safe: one owner a cell.
//
// Out of range. A gain of -inf or a band of 0 Hz is rate 0: packets wait. Rates below 1 bit/s count as 0,
// above LINK_MAX_RATE_BPS as that. With 5G NR rates, a band that holds no resource block is rate 0 (refused
// where a caller asks for it: cell_new, cell_grant). Values that are not numbers are refused.
#pragma once

#include "mac/goodput.h"
#include "mac/grant/grant.h"
#include "mac/impairment.h"
#include "mac/link.h"
#include "phy/link_rate.h"
#include "phy/trace/delivery.h"
#include "phy/trace/link.h"

#define CELL_GAIN_INTERVAL_NS 1000000LL

struct cell_flow_config {
	double hertz;	  // own-band: of its own, 0 = band / n_ues; granted: at the start; not used else
	double tx_w;	  // transmit power: the UE's uplink, the base station's downlink
	double fixed_bps; // > 0: the rate, whatever the radio: over the UE's own band as it is at the start,
			  // or over the whole band (granted, shared)
	int64_t delay_ns; // from the last bit sent to delivery
	uint64_t limit_bytes;			    // as in struct link_flow_config
	uint32_t limit_packets;			    // likewise
	bool codel;				    // false = drop-tail alone
	int64_t codel_target_ns, codel_interval_ns; // 0 = the RFC's 5 ms and 100 ms
	struct impairment_config impairment;
	// Block error rates of the radio (5G NR rates only) in place of impairment.harq.bler: those of the
	// scheme chosen for the first transmission, at an SNR soft_gain_db higher with every retransmission
	// (chase combining: 3 dB for the first).
	bool radio_bler;
	double soft_gain_db;
	int64_t deadline_ns; // earliest-deadline: of each packet, from its arrival
	int32_t priority;    // priority: the lowest number goes first
	// At most one of the two; borrowed, must outlive the cell.
	const struct delivery_trace *delivery;
	const struct link_trace *trace;
};

struct cell_ue_config {
	double gain_db; // until the first change
	struct cell_flow_config flow[LINK_DIRS];
};

struct cell_carrier_config {
	enum grant_strategy strategy;
	double band_hz;
	int64_t tti_ns;	     // in turns; 0 = GRANT_TTI_NS
	double window_slots; // proportional fair; 0 = GRANT_WINDOW_SLOTS, else above 1
	struct link_rate rate;
	double noise_dbm_hz; // density, e.g. THERMAL_NOISE_DBM_HZ
	double noise_figure_db;
};

struct cell_config {
	uint32_t n_ues;
	const struct cell_ue_config *ues; // read during cell_new only
	struct cell_carrier_config carrier[LINK_DIRS];
	// The gain of a UE in dB, which holds from one multiple of gain_interval_ns (now) to the next. It is
	// asked for only where a packet waits for it, with now never going back for a UE. NaN counts as no
	// signal. NULL: gains change by cell_set_gain only.
	double (*gain_db)(void *context, uint32_t ue, int64_t now);
	void *gain_context;
	int64_t gain_interval_ns; // 0 = CELL_GAIN_INTERVAL_NS
	uint64_t seed, run;	  // of the streams of loss, HARQ and jitter, one a flow
};

// A part of the band for a UE.
struct cell_share {
	uint32_t ue;
	double hertz;
};

struct cell;

// A cell whose time starts at now. NULL with errno and a sentence. The caller frees it with cell_free;
// cookies still inside are forgotten (cell_drain).
struct cell *cell_new(const struct cell_config *config, int64_t now, struct err *err);
void cell_free(struct cell *cell);

// As link_advance, link_enqueue, link_next_event and link_dequeue. The next event is never later than the
// next delivery; it may be earlier, where a turn, a gain or a retransmission comes in between. Lost and
// dropped packets are handed out in their places (struct link_packet's fate): their buffers are the caller's
// again.
void cell_advance(struct cell *cell, int64_t now);
int cell_enqueue(struct cell *cell, uint32_t ue, enum link_dir dir, uint32_t bytes, uint64_t cookie,
		 int64_t now);
int64_t cell_next_event(const struct cell *cell);
size_t cell_dequeue(struct cell *cell, int64_t now, struct link_packet *out, size_t max);
int cell_drain(struct cell *cell, uint64_t *cookie);
void cell_read_counters(struct cell *cell, uint32_t ue, enum link_dir dir, int64_t now,
			struct link_counters *out);

// Changes at now. 0, or a negative errno with a sentence, and nothing has changed: -EINVAL for an unknown UE,
// a value out of range or a call that the strategy has no use for.
// With a provider: until its next instant.
int cell_set_gain(struct cell *cell, uint32_t ue, double gain_db, int64_t now, struct err *err);
// Own bands grow and shrink in proportion. Granted: -ERANGE when the grants would no longer fit.
int cell_set_bandwidth(struct cell *cell, enum link_dir dir, double band_hz, int64_t now, struct err *err);
// Granted: the UE has hertz from now on; -ERANGE when the sum would exceed the band, and by how much.
int cell_grant(struct cell *cell, uint32_t ue, enum link_dir dir, double hertz, int64_t now, struct err *err);
// Likewise of several UEs at one instant, in ascending order: all of them, or none. Only the sum of all
// counts: a UE may take what another one gives up in the same call.
int cell_grant_all(struct cell *cell, enum link_dir dir, const struct cell_share *shares, size_t n,
		   int64_t now, struct err *err);
// The delay of what is sent from now on: a packet whose last bit is out keeps the one it met. Deliveries keep
// their order. With a link trace: until its next row.
int cell_set_delay(struct cell *cell, uint32_t ue, enum link_dir dir, int64_t delay_ns, int64_t now,
		   struct err *err);
// Traces have their instant 0 at origin_ns, or at now where that is later. Once in a cell's life.
void cell_set_origin(struct cell *cell, int64_t origin_ns, int64_t now);
// HARQ, loss and jitter of what is sent from now on.
int cell_set_loss(struct cell *cell, uint32_t ue, enum link_dir dir, const struct impairment_config *config,
		  int64_t now, struct err *err);
// Of all the UE's packets, queued ones included.
int cell_set_deadline(struct cell *cell, uint32_t ue, enum link_dir dir, int64_t deadline_ns, int64_t now,
		      struct err *err);

// What a UE has now, in one direction.
struct cell_radio {
	double gain_db;
	double hertz;	  // its own band; in a shared band the part it is being served with, 0 while it waits
	double band_hz;	  // its own band, or the whole shared band
	double snr;	  // linear, over that band
	double rate_bps;  // over the same; a delivery trace's over the last second
	double bler;	  // of a first transmission
	int mcs;	  // -1: Shannon, a fixed rate, or out of coverage
	int64_t delay_ns; // fixed delay, jitter and HARQ aside
};

// The cell's size, and what a direction is like now: borrowed, until the cell is next called.
uint32_t cell_n_ues(const struct cell *cell);
const struct cell_carrier_config *cell_band(const struct cell *cell, enum link_dir dir);

// The narrowest band above 0 Hz that a UE can be granted: a resource block with 5G NR rates, else 0.
double cell_least_hz(const struct cell *cell, enum link_dir dir);

// What a scheduler knows of a UE, in one direction: mac/ask.h brings it to the edge.
struct cell_ue_state {
	double gain_db;
	double hertz;		  // its own band; in a shared band the part it is being served with
	double rate_bps;	  // as cell_radio's
	double whole_band_bps;	  // if it had the whole band to itself
	double power_to_noise_hz; // P g / N0: the SNR over w hertz of its own is this / w; 0 = its rate is
				  // fixed
	uint64_t queue_bytes, queue_packets; // what waits
};

// 0, or -EINVAL for an unknown flow.
int cell_read_state(struct cell *cell, uint32_t ue, enum link_dir dir, int64_t now,
		    struct cell_ue_state *out);

// The rate that the flow's power and gain, or its fixed rate, would give it now if it followed no trace. The
// UE and the direction exist.
double cell_untraced_bps(struct cell *cell, uint32_t ue, enum link_dir dir);

// What happens to the flow's packets on the air at present. The UE and the direction exist; valid until the
// cell is next called.
const struct impairment_config *cell_impairment(struct cell *cell, uint32_t ue, enum link_dir dir);

// What a stream of packets of packet_bytes would get now from the flow, had it the band that cell_radio's
// rate is for to itself; both lateness include the fixed delay. 0, or -EINVAL for an unknown flow.
int cell_expect(struct cell *cell, uint32_t ue, enum link_dir dir, uint32_t packet_bytes, int64_t now,
		struct goodput *out);

// 0, or -EINVAL for an unknown flow.
int cell_read_radio(struct cell *cell, uint32_t ue, enum link_dir dir, int64_t now, struct cell_radio *out);
