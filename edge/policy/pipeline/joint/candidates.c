// SPDX-License-Identifier: BSD-3-Clause
#include "edge/policy/pipeline/joint/candidates.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "edge/policy/pipeline/scheme_private.h"

int candidates_open(struct candidates *out, const struct band_device *device, struct err *err)
{
	size_t n = 1;
	for (int i = 0; i < device->n_types; i++)
		n += (size_t)device->types[i].n_cuts;
	*out = (struct candidates){.device = device,
				   .scaled = calloc((size_t)device->n_types + 1, sizeof(*out->scaled)),
				   .seconds = calloc(n, sizeof(*out->seconds))};
	return out->scaled && out->seconds
		   ? 0
		   : err_set(err, ENOMEM, "no memory for the times of %d types of jobs", device->n_types);
}

void candidates_close(struct candidates *c)
{
	for (int i = 0; i < c->n; i++)
		pipeline_free(&c->plans[i]);
	free(c->scaled);
	free(c->seconds);
	*c = (struct candidates){0};
}

static void scale(struct candidates *c, double rate_bps)
{
	double *at = c->seconds;
	for (int i = 0; i < c->device->n_types; i++) {
		const struct chain *type = &c->device->types[i];
		c->scaled[i] = *type;
		c->scaled[i].upload_s = at;
		for (int l = 0; l < type->n_cuts; l++, at++)
			*at = type->upload_s[l] > 0 ? type->upload_s[l] / rate_bps : 0;
	}
}

int candidates_add(struct candidates *c, double rate_bps, struct err *err)
{
	if (c->n == CANDIDATES_MOST)
		return 0;
	pipeline_scheme *scheme = !(rate_bps > 0)	   ? pipeline_local_only
				  : c->device->n_types > 1 ? pipeline_jps_hetero
							   : pipeline_jps_plus;
	scale(c, rate_bps > 0 ? rate_bps : 1);
	return scheme(c->scaled, c->device->n_types, &c->plans[c->n++], err);
}

static double bits_of(const struct candidates *c, const struct job_run *run)
{
	return c->device->types[run->type].upload_s[run->cut];
}

// For so many bits after so much device time.
static double rate_for(double bits, double left_s)
{
	return bits <= 0 ? 0 : left_s > 0 ? bits / left_s : INFINITY;
}

// Within a run of equal jobs the need is monotone: its first or its last job counts.
static double rate_of(const struct candidates *c, const struct pipeline *plan, double time_s)
{
	double device_s = 0, bits = 0, rate_bps = 0;
	for (int r = 0; r < plan->n_runs; r++)
		bits += plan->runs[r].n * bits_of(c, &plan->runs[r]);
	for (int r = 0; r < plan->n_runs; r++) {
		const struct job_run *run = &plan->runs[r];
		double p = run->each.device_s, q = bits_of(c, run);
		double last_s = device_s + run->n * p;
		if (q > 0) {
			rate_bps = fmax(rate_bps, rate_for(bits, time_s - device_s - p));
			rate_bps = fmax(rate_bps, rate_for(bits - (run->n - 1) * q, time_s - last_s));
		}
		bits -= run->n * q;
		device_s = last_s;
	}
	return device_s > time_s * (1 + 1e-12) ? INFINITY : rate_bps;
}

double candidates_rate_bps(const struct candidates *c, double end_s)
{
	double best = INFINITY;
	for (int i = 0; i < c->n; i++)
		best = fmin(best, rate_of(c, &c->plans[i], end_s - c->device->start_s));
	return best;
}

static int copy(struct pipeline *out, const struct pipeline *from, struct err *err)
{
	int rc = pipeline_reserve(out, from->n_runs, err);
	if (rc < 0)
		return rc;
	if (from->n_runs > 0)
		memcpy(out->runs, from->runs, (size_t)from->n_runs * sizeof(*out->runs));
	out->n_runs = from->n_runs;
	return 0;
}

int candidates_best(const struct candidates *c, double rate_bps, struct pipeline *out, double *end_s,
		    struct err *err)
{
	struct pipeline trial = {0};
	int rc = 0;
	*end_s = INFINITY;
	for (int i = 0; i < c->n && rc == 0; i++) {
		rc = copy(&trial, &c->plans[i], err);
		for (int r = 0; r < trial.n_runs && rc == 0; r++) {
			double bits = bits_of(c, &trial.runs[r]);
			trial.runs[r].each.upload_s = bits > 0 ? bits / rate_bps : 0;
		}
		if (rc == 0)
			trial.makespan_s = flow_shop_order(trial.runs, trial.n_runs);
		if (rc == 0 && c->device->start_s + trial.makespan_s < *end_s) {
			*end_s = c->device->start_s + trial.makespan_s;
			rc = copy(out, &trial, err);
			out->makespan_s = trial.makespan_s;
		}
	}
	pipeline_free(&trial);
	return rc;
}
