// SPDX-License-Identifier: BSD-3-Clause
#include "tests/unit/edge/pipeline_lab.h"

#include <math.h>
#include <stddef.h>

void lab_draw(struct lab_chain *out, struct rng *rng, enum lab_curve curve, int n_cuts, int jobs,
	      bool with_server)
{
	int k = n_cuts - 1;
	double first_s = rng_uniform(rng, .1, 1) * k, fall = rng_uniform(rng, 1.7, 4.5) / k;
	double noise = curve == LAB_ANY ? 1 : .15;
	out->device_s[0] = 0;
	for (int l = 0; l <= k; l++) {
		if (l > 0)
			out->device_s[l] = out->device_s[l - 1] + rng_uniform(rng, .5, 1.5);
		out->upload_s[l] = l < k ? first_s * exp(-fall * l + noise * rng_uniform(rng, -1, 1)) : 0;
	}
	out->server_s[k] = 0;
	for (int l = k - 1; l >= 0; l--)
		out->server_s[l] = out->server_s[l + 1] + rng_uniform(rng, 0, .5);
	out->chain = (struct chain){.jobs = jobs,
				    .n_cuts = n_cuts,
				    .device_s = out->device_s,
				    .upload_s = out->upload_s,
				    .server_s = with_server ? out->server_s : NULL};
}

// The least of a f + b g over all cuts.
static double least(const struct chain *type, double a, double b)
{
	double best = INFINITY;
	for (int l = 0; l < type->n_cuts; l++)
		best = fmin(best, a * type->device_s[l] + b * type->upload_s[l]);
	return best;
}

static double bound_at(const struct chain *type, int n, double lambda)
{
	return (n - 2) * least(type, lambda, 1 - lambda) + least(type, 1, 1 - lambda) +
	       least(type, lambda, 1);
}

double lab_lower_bound_s(const struct chain *type, int n)
{
	if (n == 1)
		return least(type, 1, 1);
	double low = 0, high = 1;
	for (int i = 0; i < 100; i++) {
		double left = low + (high - low) / 3, right = high - (high - low) / 3;
		if (bound_at(type, n, left) < bound_at(type, n, right))
			low = left;
		else
			high = right;
	}
	return bound_at(type, n, low);
}

static double end_of(const struct stage_clocks *t)
{
	return fmax(t->device_s, fmax(t->upload_s, t->server_s));
}

// All orders of those not yet taken.
static double best_from(const struct stage_times jobs[], int n, unsigned taken, struct stage_clocks clocks)
{
	if (taken + 1 == 1U << n)
		return end_of(&clocks);
	double best = INFINITY;
	for (int i = 0; i < n; i++) {
		if (taken >> i & 1)
			continue;
		struct stage_clocks next = clocks;
		flow_shop_next(&next, &jobs[i]);
		best = fmin(best, best_from(jobs, n, taken | 1U << i, next));
	}
	return best;
}

double lab_best_order_s(const struct stage_times jobs[], int n)
{
	return best_from(jobs, n, 0, (struct stage_clocks){0});
}

struct search {
	const struct chain *types;
	int n_types, n_jobs;
	int type_of[LAB_MOST_JOBS];
	struct stage_times jobs[LAB_MOST_JOBS];
};

// Cuts of equal jobs ascend, so that each multiset comes once.
static double best_cuts(struct search *s, int job, int from)
{
	if (job == s->n_jobs)
		return lab_best_order_s(s->jobs, s->n_jobs);
	double best = INFINITY;
	int type = s->type_of[job];
	bool is_new = job == 0 || s->type_of[job - 1] != type;
	for (int cut = is_new ? 0 : from; cut < s->types[type].n_cuts; cut++) {
		s->jobs[job] = pipeline_run(s->types, type, cut, 1).each;
		best = fmin(best, best_cuts(s, job + 1, cut));
	}
	return best;
}

double lab_best_s(const struct chain types[], int n_types)
{
	struct search s = {.types = types, .n_types = n_types};
	for (int i = 0; i < n_types; i++)
		for (int j = 0; j < types[i].jobs; j++)
			s.type_of[s.n_jobs++] = i;
	return best_cuts(&s, 0, 0);
}

double lab_makespan_s(const struct job_run runs[], int n_runs)
{
	struct stage_clocks clocks = {0};
	for (int i = 0; i < n_runs; i++)
		for (int j = 0; j < runs[i].n; j++)
			flow_shop_next(&clocks, &runs[i].each);
	return end_of(&clocks);
}
