// SPDX-License-Identifier: BSD-3-Clause
// Who is granted which part of a cell's band, in one direction, when. A strategy is a pure rule over what a
// base station knows of its UEs; one file a strategy beside this one.
//
// Three ways to share a band of W hertz:
//   own bands   each UE has hertz of its own, whether it uses them or not   (own-band, granted)
//   at once     the band is divided among the backlogged UEs at any instant (equal-share)
//   in turns    one backlogged UE has the whole band until the next border of the TTI grid, or until its
//               queue is empty; then the next one's turn begins             (all others)
// Borders of the TTI grid are the multiples of the TTI. A packet that finds the band idle waits for the next
// border. In turns, the UE with the greatest urgency goes first; equal urgencies: the one whose last turn
// lies furthest back, then the lower number.
//
// grant_decide is the rule in full, over all UEs at once: for tests, plans and reports. mac/cell keeps the
// same decision up to date at a cost that is logarithmic in the number of UEs.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

enum grant_strategy {
	GRANT_OWN_BAND,		 // FDMA: bands fixed at the start
	GRANT_GRANTED,		 // FDMA: bands given and taken at run time
	GRANT_EQUAL_SHARE,	 // W / k for each of k backlogged UEs (processor sharing)
	GRANT_ROUND_ROBIN,	 // TDMA: turns in a circle
	GRANT_PROPORTIONAL,	 // proportional fair: rate / mean rate served
	GRANT_MAX_RATE,		 // the best channel
	GRANT_PRIORITY,		 // the lowest priority number
	GRANT_EARLIEST_DEADLINE, // EDF: the earliest deadline of a packet at a queue's head
	GRANT_STRATEGIES
};

enum grant_sharing { GRANT_OWN_BANDS, GRANT_AT_ONCE, GRANT_IN_TURNS };

#define GRANT_TTI_NS 1000000LL	  // 1 ms, LTE and 5G NR at 15 kHz; 0.5 ms at 30 kHz
#define GRANT_WINDOW_SLOTS 1000.0 // of proportional fair's mean (Jalali, Padovani, Pankaj 2000: t_c = 1000)

// What a strategy knows of a UE.
struct grant_ue {
	bool backlogged;
	double hertz;	     // own bands: the UE's
	double rate_bps;     // at once and in turns: what it would send over the whole band
	double mean_rate;    // proportional fair: of what was served, any unit common to all
	int64_t deadline_ns; // EDF: of the packet at its head
	int32_t priority;
	uint64_t last_turn; // the number of its last turn, 0 = never
};

struct grant_rule {
	const char *name; // as in topology files
	enum grant_sharing sharing;
	// In turns: the greatest goes first. Never NaN for a UE with a rate above 0.
	double (*urgency)(const struct grant_ue *ue);
};

extern const struct grant_rule grant_own_band, grant_granted, grant_equal_share, grant_round_robin,
    grant_proportional, grant_max_rate, grant_priority, grant_earliest_deadline;

// NULL outside the enum.
const struct grant_rule *grant_rule_of(enum grant_strategy strategy);

// "own-band", "granted", ..., and NULL: the rules' names, which topology files take, in the order of the
// enum.
extern const char *const grant_names[];

// The hertz of each of n UEs from now on, in hertz[], under a band of band_hz. Returns when the next decision
// is due whatever happens in the queues: the next border in turns, TIME_NEVER else. A backlogged UE without a
// rate is passed over.
int64_t grant_decide(const struct grant_rule *rule, const struct grant_ue *ues, size_t n, double band_hz,
		     int64_t tti_ns, int64_t now, double *hertz);

// 0, or -ERANGE with a sentence that says by how much hertz for one UE, beside others_hz already given to the
// others, would exceed the band; -EINVAL when hertz is negative or not finite.
int grant_check(double hertz, double others_hz, double band_hz, struct err *err);

// Proportional fair's mean rate: mean(t + 1) = (1 - 1/window) mean(t) + served(t) / window, a slot at a time,
// served(t) = 0 for everyone else (Viswanath, Tse, Laroia 2002, section II). Kept as mean = scale x stored,
// so that a slot costs one multiplication however many UEs there are.
struct grant_means {
	double window_slots; // > 1
	double scale;	     // starts at 1
};

// n slots pass. True when scale has become so small that the caller must multiply every stored mean by
// grant_means_rescale.
bool grant_means_pass(struct grant_means *means, int64_t n_slots);
double grant_means_rescale(struct grant_means *means); // the factor; scale is 1 again
// What to add to a UE's stored mean for bits served in the present slot.
double grant_means_add(const struct grant_means *means, double bits);
