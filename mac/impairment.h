// SPDX-License-Identifier: BSD-3-Clause
// What happens to a packet on the air besides its rate: failed transmissions that are repeated (HARQ), loss,
// and a delay that varies. One struct impairment a flow, with a random stream of its own: equal streams give
// equal packets equal fates.
//
// HARQ. A packet is one block. Its n-th transmission (n = 0, 1, ..) fails with probability bler[n]; after a
// failure it is sent again, up to max_retransmissions times; the last failure loses it. Every transmission
// takes its airtime, every retransmission adds round_trip_ns to the delivery. The air is taken at once, not a
// round trip later: a lone packet of airtime a is delivered after exactly N a + (N - 1) round trips, and a
// busy flow keeps its throughput (in a real cell other blocks fill the wait; packets behind wait for the
// delivery in order either way). With bler[n] = p for all n, P(N > k) = p^k and the residual loss is
// p^(max + 1).
//
// Loss after HARQ. Each delivered-to-be packet is lost with probability `random`, and by the two-state chain
// of Gilbert and Elliott: a packet that finds the chain good is lost with probability good_loss, bad with
// bad_loss; after each packet good turns bad with probability p, bad turns good with r. So in the long run
// the loss rate is (r good_loss + p bad_loss) / (p + r), and a bad spell lasts 1 / r packets on average.
//
// Jitter. A non-negative extra delay a packet; deliveries keep their order, so a packet may wait for the one
// before.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"
#include "base/rng.h"

#define HARQ_MAX_RETRANSMISSIONS 15

enum jitter_kind {
	JITTER_NONE,
	JITTER_UNIFORM,	    // mean_ns - spread_ns .. mean_ns + spread_ns, spread <= mean
	JITTER_NORMAL,	    // of mean mean_ns and standard deviation spread_ns, below 0 taken as 0
	JITTER_EXPONENTIAL, // of mean mean_ns
};

// "none", "uniform", "normal", "exponential", and NULL: what topology files take, in the order of the enum.
extern const char *const jitter_names[];

struct jitter {
	enum jitter_kind kind;
	int64_t mean_ns, spread_ns;
};

struct gilbert_elliott {
	double p, r;		    // p = 0: no chain, good_loss alone
	double good_loss, bad_loss; // the chain starts good
};

struct harq {
	double bler[HARQ_MAX_RETRANSMISSIONS + 1]; // of each transmission; harq_fixed fills it
	uint32_t max_retransmissions;
	int64_t round_trip_ns;
};

struct impairment_config {
	struct harq harq; // all zero: every transmission arrives
	double random;	  // loss probability of each packet
	struct gilbert_elliott bursts;
	struct jitter jitter;
};

struct impairment {
	struct impairment_config config;
	struct rng *rng; // borrowed
	bool bad;	 // the state of the Gilbert-Elliott chain
};

// Block error rates bler, bler s, bler s^2 ..: soft combining makes each retransmission fail more rarely by
// the factor s, 1 = no gain. (Where the radio computes block error rates, mac/cell takes the gain in decibel
// instead.)
struct harq harq_fixed(double bler, double soft_factor, uint32_t max_retransmissions, int64_t round_trip_ns);

// 0, or -EINVAL with a sentence: a probability outside [0, 1], a negative time, too many retransmissions.
int impairment_check(const struct impairment_config *config, struct err *err);
// Whether it would leave every packet alone.
bool impairment_is_none(const struct impairment_config *config);

// The three draws, in the order of a packet's life. Transmission number 0, 1, ..: did it fail?
bool impairment_fails(struct impairment *impairment, uint32_t transmission);
bool impairment_loses(struct impairment *impairment);
int64_t impairment_jitter_ns(struct impairment *impairment); // >= 0
