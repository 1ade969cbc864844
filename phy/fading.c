// SPDX-License-Identifier: BSD-3-Clause
#include "phy/fading.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include "base/clock.h"

#define LIGHT_M_PER_S 299792458.
#define LEAST_POWER 1e-30 // DB_FLOOR: a fade is deep, never -inf dB

const char *const fading_names[] = {
    [FADING_NONE] = "none",
    [FADING_RAYLEIGH] = "rayleigh",
    [FADING_RICIAN] = "rician",
    [FADING_JAKES] = "jakes",
    NULL,
};

const char *fading_name(enum fading_model model)
{
	return (unsigned)model <= FADING_JAKES ? fading_names[model] : NULL;
}

static int check_coherence(const struct fading *f, struct err *err)
{
	if (f->coherence_s >= 1e-6 && f->coherence_s <= 1e6)
		return 0;
	return err_set(err, EINVAL, "%s fading: coherence time %g s is outside 1 us .. 1e6 s",
		       fading_name(f->model), f->coherence_s);
}

static int check_k(const struct fading *f, struct err *err)
{
	if (f->rician_k >= 0 && f->rician_k <= 1e6)
		return 0;
	return err_set(err, EINVAL, "%s fading: K factor %g is outside 0 .. 1e6 (linear, 0 = Rayleigh)",
		       fading_name(f->model), f->rician_k);
}

int fading_check(const struct fading *f, struct err *err)
{
	int failed = 0;
	switch (f->model) {
	case FADING_NONE:
		return 0;
	case FADING_RAYLEIGH:
		return check_coherence(f, err);
	case FADING_RICIAN:
		failed = check_k(f, err);
		return failed ? failed : check_coherence(f, err);
	case FADING_JAKES:
		if (!(f->frequency_hz >= 1e6 && f->frequency_hz <= 1e12))
			return err_set(err, EINVAL, "jakes fading: carrier %g MHz is outside 1 .. 1e6 MHz",
				       f->frequency_hz / 1e6);
		if (!(f->speed_mps >= 0 && f->speed_mps <= 1000))
			return err_set(err, EINVAL, "jakes fading: speed %g m/s is outside 0 .. 1000 m/s",
				       f->speed_mps);
		return check_k(f, err);
	}
	return err_set(err, EINVAL, "fading model %d is unknown", (int)f->model);
}

double doppler_hz(double speed_mps, double frequency_hz)
{
	return speed_mps * frequency_hz / LIGHT_M_PER_S;
}

double coherence_time_s(double doppler_shift_hz)
{
	return 0.423 / doppler_shift_hz;
}

// |sqrt(K) e^{j0} + diffuse|^2 / (1 + K): only the modulus counts, so the line of sight may have phase 0.
static double draw_block(struct fader *f)
{
	double k = f->config.model == FADING_RICIAN ? f->config.rician_k : 0;
	double re = sqrt(k) + rng_normal(f->rng, 0, M_SQRT1_2);
	double im = rng_normal(f->rng, 0, M_SQRT1_2);
	return fmax((re * re + im * im) / (1 + k), LEAST_POWER);
}

static void draw_sinusoids(struct fader *f)
{
	for (int n = 0; n < FADING_SINUSOIDS; n++) {
		double theta = rng_uniform(f->rng, -M_PI, M_PI);
		f->cosine[n] = cos((2 * M_PI * (n + 1) + theta) / FADING_SINUSOIDS);
		f->phase_turns[n] = rng_uniform(f->rng, 0, 1);
	}
	f->cosine[FADING_SINUSOIDS] = cos(rng_uniform(f->rng, -M_PI, M_PI));
	f->phase_turns[FADING_SINUSOIDS] = rng_uniform(f->rng, 0, 1);
}

void fader_init(struct fader *f, const struct fading *config, struct rng *rng)
{
	*f = (struct fader){.config = *config, .rng = rng, .power = 1};
	switch (config->model) {
	case FADING_NONE:
		break;
	case FADING_RAYLEIGH:
	case FADING_RICIAN:
		f->power = draw_block(f);
		break;
	case FADING_JAKES:
		draw_sinusoids(f);
		break;
	}
}

// Adds amplitude exp(j 2 pi (waves cos + phase)). Whole turns are dropped before the angle loses precision.
static void add_sinusoid(const struct fader *f, int n, double waves, double amplitude, double *re, double *im)
{
	double turns = waves * f->cosine[n] + f->phase_turns[n];
	double angle = 2 * M_PI * (turns - floor(turns));
	*re += amplitude * cos(angle);
	*im += amplitude * sin(angle);
}

static double jakes_power(const struct fader *f, int64_t now_ns, double travelled_m)
{
	const struct fading *c = &f->config;
	double way_m = c->speed_mps > 0 ? c->speed_mps * ns_to_s(now_ns) : travelled_m;
	double waves = way_m * c->frequency_hz / LIGHT_M_PER_S;
	double re = 0, im = 0;
	for (int n = 0; n < FADING_SINUSOIDS; n++)
		add_sinusoid(f, n, waves, 1 / sqrt((double)FADING_SINUSOIDS), &re, &im);
	if (c->rician_k > 0)
		add_sinusoid(f, FADING_SINUSOIDS, waves, sqrt(c->rician_k), &re, &im);
	return fmax((re * re + im * im) / (1 + c->rician_k), LEAST_POWER);
}

static double block_power(struct fader *f, int64_t now_ns)
{
	int64_t block =
	    now_ns / s_to_ns(f->config.coherence_s); // whole numbers: a border belongs to its block
	for (; f->block < block; f->block++)
		f->power = draw_block(f);
	return f->power;
}

double fader_power(struct fader *f, int64_t now_ns, double travelled_m)
{
	switch (f->config.model) {
	case FADING_NONE:
		return 1;
	case FADING_RAYLEIGH:
	case FADING_RICIAN:
		return block_power(f, now_ns);
	case FADING_JAKES:
		return jakes_power(f, now_ns, travelled_m);
	}
	__builtin_unreachable(); // fading_check refuses other values
}
