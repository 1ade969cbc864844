// SPDX-License-Identifier: BSD-3-Clause
#include "edge/policy/pipeline/joint/band.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include "edge/policy/bsp/width.h"
#include "edge/policy/pipeline/joint/candidates.h"
#include "edge/policy/predict.h"

enum { HALVINGS = 9, ROUNDS = 4, BISECTIONS = 60 };

struct splitting {
	const struct snapshot *snapshot;
	struct band_device *devices;
	struct candidates *candidates; // [n]
	int n, n_sending;	       // of them can send
	double band_hz;
};

static double rate_bps(const struct splitting *s, int k, double hertz)
{
	return hertz > 0 ? predict_rate_bps(s->snapshot, s->devices[k].job, hertz) : 0;
}

// Whether any band gives a rate.
static bool can_send(const struct splitting *s, int k)
{
	return rate_bps(s, k, s->band_hz) > 0;
}

static double hertz_for(const struct splitting *s, int k, double end_s)
{
	double rate = candidates_rate_bps(&s->candidates[k], end_s);
	return rate > 0 && isfinite(rate) ? granted_width_hz(&s->snapshot->jobs[s->devices[k].job], rate)
					  : rate;
}

static bool fits(const struct splitting *s, double end_s)
{
	double sum_hz = 0;
	for (int k = 0; k < s->n && sum_hz <= s->band_hz; k++)
		sum_hz += hertz_for(s, k, end_s);
	return sum_hz <= s->band_hz;
}

// The least end for which the bands fit, below one for which they do.
static double least_end_s(const struct splitting *s, double fits_s)
{
	double low_s = 0;
	for (int i = 0; i < BISECTIONS && fits_s - low_s > 1e-12 * fits_s; i++) {
		double middle_s = low_s + (fits_s - low_s) / 2;
		if (fits(s, middle_s))
			fits_s = middle_s;
		else
			low_s = middle_s;
	}
	return fits_s;
}

static int open_splitting(struct splitting *s, struct err *err)
{
	int rc = 0;
	s->candidates = calloc((size_t)s->n + 1, sizeof(*s->candidates));
	if (!s->candidates)
		return err_set(err, ENOMEM, "no memory to split the band among %d devices", s->n);
	for (int k = 0; k < s->n && rc == 0; k++) {
		rc = candidates_open(&s->candidates[k], &s->devices[k], err);
		s->n_sending += can_send(s, k);
	}
	return rc;
}

static void close_splitting(struct splitting *s)
{
	for (int k = 0; s->candidates && k < s->n; k++)
		candidates_close(&s->candidates[k]);
	free(s->candidates);
}

// Its plan over so many hertz.
static int add(struct splitting *s, int k, double hertz, struct err *err)
{
	return candidates_add(&s->candidates[k], rate_bps(s, k, hertz), err);
}

static double equal_hz(const struct splitting *s, int k)
{
	return can_send(s, k) ? s->band_hz / s->n_sending : 0;
}

// Local; over an equal part; over the whole band, a half of it, a quarter ..
static int add_first(struct splitting *s, struct err *err)
{
	int rc = 0;
	for (int k = 0; k < s->n && rc == 0; k++) {
		rc = add(s, k, 0, err);
		rc = rc ? rc : add(s, k, equal_hz(s, k), err);
		for (int i = 0; i < HALVINGS && rc == 0 && can_send(s, k); i++)
			rc = add(s, k, ldexp(s->band_hz, -i), err);
	}
	return rc;
}

// Takes its shortest plan over the band it has.
static int settle(struct splitting *s, int k, struct err *err)
{
	struct band_device *d = &s->devices[k];
	double rate = rate_bps(s, k, d->hertz);
	return candidates_best(&s->candidates[k], rate > 0 ? rate : 1e-300, &d->plan, &d->end_s, err);
}

static int give(struct splitting *s, double end_s, struct err *err)
{
	double sum_hz = 0;
	int rc = 0;
	for (int k = 0; k < s->n; k++)
		sum_hz += s->devices[k].hertz = hertz_for(s, k, end_s);
	for (int k = 0; k < s->n && rc == 0; k++) {
		if (sum_hz > 0)
			s->devices[k].hertz *= s->band_hz / sum_hz;
		rc = add(s, k, s->devices[k].hertz, err);
		rc = rc ? rc : settle(s, k, err);
	}
	return rc;
}

static double last_end_s(const struct splitting *s)
{
	double last_s = 0;
	for (int k = 0; k < s->n; k++)
		last_s = fmax(last_s, s->devices[k].end_s);
	return last_s;
}

static int settle_equal(struct splitting *s, struct err *err)
{
	int rc = 0;
	for (int k = 0; k < s->n && rc == 0; k++) {
		s->devices[k].hertz = equal_hz(s, k);
		rc = settle(s, k, err);
	}
	return rc;
}

static int split(struct splitting *s, struct err *err)
{
	int rc = add_first(s, err);
	rc = rc ? rc : settle_equal(s, err);
	for (int round = 0; round < ROUNDS && rc == 0; round++)
		rc = give(s, least_end_s(s, last_end_s(s) * (1 + 1e-12)), err);
	return rc;
}

int band_split(const struct snapshot *snapshot, struct band_device devices[], int n, double band_hz,
	       struct err *err)
{
	struct splitting s = {.snapshot = snapshot, .devices = devices, .n = n, .band_hz = band_hz};
	int rc = open_splitting(&s, err);
	rc = rc ? rc : split(&s, err);
	close_splitting(&s);
	return rc;
}

int band_equal(const struct snapshot *snapshot, struct band_device devices[], int n, double band_hz,
	       struct err *err)
{
	struct splitting s = {.snapshot = snapshot, .devices = devices, .n = n, .band_hz = band_hz};
	int rc = open_splitting(&s, err);
	for (int k = 0; k < n && rc == 0; k++)
		rc = add(&s, k, equal_hz(&s, k), err);
	rc = rc ? rc : settle_equal(&s, err);
	close_splitting(&s);
	return rc;
}

int band_as_it_is(const struct snapshot *snapshot, struct band_device *device, struct err *err)
{
	struct candidates c;
	double rate = snapshot->jobs[device->job].rate_bps;
	int rc = candidates_open(&c, device, err);
	rc = rc ? rc : candidates_add(&c, rate, err);
	rc = rc ? rc : candidates_best(&c, rate > 0 ? rate : 1e-300, &device->plan, &device->end_s, err);
	device->hertz = 0;
	candidates_close(&c);
	return rc;
}
