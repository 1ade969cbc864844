// SPDX-License-Identifier: BSD-3-Clause
// How much before a deadline the sleeping loop asks to be woken, so that it is there on time: as much as its
// wake-ups have lately been late, and no more than it may spin for. Pure: instants are handed in.
//
// The lead follows the LEAD_QUANTILE of the wake-ups' lateness (a timer's own, and the scheduler's) by the
// stochastic approximation of a quantile (Robbins, Monro 1951): up by a step where a wake-up was later than
// the lead, down by a smaller one where it was not, so that both balance at the quantile. What is woken too
// early is spun until the deadline. A token bucket bounds that: `share` of the elapsed time, at most
// LEAD_RESERVE_NS of it saved up; without tokens there is no lead, and the loop is as late as its wake-ups.
#pragma once

#include <stdint.h>

#define LEAD_SHARE .1 // unless said otherwise
#define LEAD_QUANTILE .95
#define LEAD_MOST_NS 200000
#define LEAD_STEP_NS 4000.
#define LEAD_RESERVE_NS 5000000.

struct lead {
	double share;	 // of the elapsed time that may be spun; 0 = never a lead
	double lead_ns;	 // the estimate
	double spend_ns; // that may be spun now
	int64_t at_ns;	 // when that was
};

void lead_init(struct lead *lead, double share, int64_t now);

// How much before its deadline a sleep that begins now is to end.
int64_t lead_of(struct lead *lead, int64_t now);

// A sleep that was to end at planned_ns ended at woken_ns, by its timer.
void lead_learn(struct lead *lead, int64_t planned_ns, int64_t woken_ns);

// So much was spun between a wake-up and its deadline.
void lead_spend(struct lead *lead, int64_t spun_ns);
