// SPDX-License-Identifier: BSD-3-Clause
// Small-scale fading of a narrow-band link: the power ratio |h|^2 of mean 1.
//   rayleigh  block fading: independent exp(1) powers, each held for a coherence time
//   rician    the same with a line of sight K times as strong as the rest
//   jakes     continuous fading over the way x travelled, of Clarke's autocorrelation
//             J0(2 pi x / wavelength): the sum of N sinusoids of Xiao, Zheng and Beaulieu (IEEE
//             Trans. Wireless Communications 5(12), 2006),
//                 h = N^-1/2 sum_n exp(j(2 pi x / wavelength cos((2 pi n + theta_n) / N) + phi_n));
//             with K > 0 a line of sight of random angle and phase is added. The correlation of h is
//             exact for every N; the power's distribution approaches exp(1) as 1/N.
// Bandwidths beyond the coherence bandwidth (frequency selectivity) are not modelled.
#pragma once

#include <stdint.h>
#include "base/err.h"
#include "base/rng.h"

#define FADING_SINUSOIDS 32

enum fading_model { FADING_NONE, FADING_RAYLEIGH, FADING_RICIAN, FADING_JAKES };

struct fading {
	enum fading_model model;
	double rician_k;     // rician, jakes: power of the line of sight over the rest, linear; 0 = none
	double coherence_s;  // rayleigh, rician: how long a value holds
	double frequency_hz; // jakes: the carrier
	double speed_mps;    // jakes: Doppler speed; 0 = the UE's own (at rest its fading then stands still)
};

// 0, or -EINVAL with a sentence that says what would be right.
int fading_check(const struct fading *f, struct err *err);

// "none", "rayleigh", "rician", "jakes", and NULL: what topology files take, in the order of the enum.
extern const char *const fading_names[];
const char *fading_name(enum fading_model model); // NULL outside the enum

// The maximum Doppler shift v f / c in hertz, and the coherence time that goes with it, 0.423 / doppler in
// seconds (Rappaport, Wireless Communications, eq. 5.40.c).
double doppler_hz(double speed_mps, double frequency_hz);
double coherence_time_s(double doppler_shift_hz);

// One UE's fading. Same stream, same fading, whichever instants are asked for.
struct fader {
	struct fading config;
	struct rng *rng; // borrowed
	int64_t block;	 // rayleigh, rician: index of the value in `power`
	double power;
	double cosine[FADING_SINUSOIDS + 1],
	    phase_turns[FADING_SINUSOIDS + 1]; // jakes; the last is the line of sight
};

// config must pass fading_check; rng must outlive the fader and feed nothing else.
void fader_init(struct fader *f, const struct fading *config, struct rng *rng);

// |h|^2 at now_ns >= 0 after travelled_m of way: positive and finite. Time must not go back (an earlier block
// gives the present one); jakes may be asked in any order.
double fader_power(struct fader *f, int64_t now_ns, double travelled_m);
