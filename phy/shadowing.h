// SPDX-License-Identifier: BSD-3-Clause
// Log-normal shadowing along a UE's way: a zero-mean normal in dB whose autocorrelation falls exponentially
// with the way travelled, sigma^2 exp(-d / decorrelation) (Gudmundson, Electronics Letters 27(23), 1991; 3GPP
// TR 38.901, 7.4.4). Each step is exact whatever its length (an Ornstein-Uhlenbeck process). Ways of
// different UEs are independent, and a UE that comes back to a place does not find its old value again.
#pragma once

#include "base/rng.h"

struct shadowing {
	double unit;	    // the present value, of variance 1
	double travelled_m; // where that was drawn
	struct rng *rng;    // borrowed
};

// Draws the first value. rng must outlive the object and feed nothing else.
void shadowing_init(struct shadowing *s, struct rng *rng);

// The shadowing in dB once the UE has travelled that far (not less than before; a standstill draws nothing).
// sigma_db >= 0; decorrelation_m > 0 or every move gives an independent value.
double shadowing_db(struct shadowing *s, double travelled_m, double sigma_db, double decorrelation_m);

// The present value of variance 1, moved as above: what LOS states are drawn from.
double shadowing_unit(struct shadowing *s, double travelled_m, double decorrelation_m);
