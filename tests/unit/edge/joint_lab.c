// SPDX-License-Identifier: BSD-3-Clause
#include "tests/unit/edge/joint_lab.h"

#include <math.h>
#include <string.h>
#include "edge/policy/bsp/width.h"
#include "edge/policy/predict.h"

void joint_lab_draw(struct joint_lab *lab, struct rng *rng, int n, int n_cuts, int jobs)
{
	memset(lab, 0, sizeof(*lab));
	lab->n = n;
	lab->band_hz = n * rng_uniform(rng, .05, 1);
	for (int k = 0; k < n; k++) {
		lab_draw(&lab->chains[k], rng, rng_below(rng, 2) ? LAB_ANY : LAB_NEAR_CONVEX, n_cuts,
			 1 + (int)rng_below(rng, (uint32_t)jobs), false);
		double snr = pow(10, rng_uniform(rng, 0, 2));
		bool is_linear = rng_below(rng, 2);
		lab->jobs[k] =
		    (struct snapshot_job){.rate_bps = 1,
					  .snr = is_linear ? snr : 0,
					  .power_to_noise_hz = is_linear ? 0 : snr * lab->band_hz / n};
		lab->devices[k] = (struct band_device){.n_types = 1,
						       .types = &lab->chains[k].chain,
						       .start_s = rng_uniform(rng, 0, .2),
						       .job = k};
	}
	lab->snapshot = (struct snapshot){.n_jobs = n, .jobs = lab->jobs, .band_hertz = lab->band_hz};
}

void joint_lab_free(struct joint_lab *lab)
{
	for (int k = 0; k < lab->n; k++)
		pipeline_free(&lab->devices[k].plan);
}

double joint_lab_end_s(const struct joint_lab *lab)
{
	double end_s = 0;
	for (int k = 0; k < lab->n; k++)
		end_s = fmax(end_s, lab->devices[k].end_s);
	return end_s;
}

// The device's chain at a rate; seconds has room for its cuts.
static struct chain at_rate(const struct joint_lab *lab, int k, double rate_bps, double seconds[])
{
	struct chain chain = lab->chains[k].chain;
	for (int l = 0; l < chain.n_cuts; l++)
		seconds[l] = chain.upload_s[l] > 0 ? chain.upload_s[l] / rate_bps : 0;
	chain.upload_s = seconds;
	return chain;
}

static double bound_at(const struct joint_lab *lab, int k, double rate_bps)
{
	double seconds[LAB_MOST_CUTS];
	struct chain chain = at_rate(lab, k, rate_bps, seconds);
	return lab->devices[k].start_s + lab_lower_bound_s(&chain, chain.jobs);
}

// The bound falls with the rate.
static double least_hertz(const struct joint_lab *lab, int k, double end_s)
{
	double low = 1e-9, high = 1e9;
	if (bound_at(lab, k, low) <= end_s)
		return 0;
	if (bound_at(lab, k, high) > end_s)
		return INFINITY;
	for (int i = 0; i < 60; i++) {
		double middle = sqrt(low * high);
		*(bound_at(lab, k, middle) <= end_s ? &high : &low) = middle;
	}
	return granted_width_hz(&lab->jobs[k], low);
}

double joint_lab_bound_s(const struct joint_lab *lab)
{
	double low = 0, high = 1e6;
	for (int i = 0; i < 60; i++) {
		double middle = (low + high) / 2, sum = 0;
		for (int k = 0; k < lab->n; k++)
			sum += least_hertz(lab, k, middle);
		*(sum <= lab->band_hz ? &high : &low) = middle;
	}
	return low;
}

double joint_lab_best_s(const struct joint_lab *lab, int k, double hertz)
{
	double seconds[LAB_MOST_CUTS];
	double rate = hertz > 0 ? predict_rate_bps(&lab->snapshot, k, hertz) : 1e-9;
	struct chain chain = at_rate(lab, k, rate, seconds);
	return lab->devices[k].start_s + lab_best_s(&chain, 1);
}
