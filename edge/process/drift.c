// SPDX-License-Identifier: BSD-3-Clause
#include "edge/process/drift.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define FIRST 20       // batches before anything is followed, and those of the running mean's memory
#define CLIP .5	       // a batch counts as no further away than this, less and less of it
#define LEAST_CLIP .01 // once CLIP / n has fallen so far
#define LEAST_FACTOR .5
#define MOST_FACTOR 4
#define NOTICEABLE .005 // plans are made anew from here on

static size_t values(const struct drift *d)
{
	return (size_t)d->profile->n_subtasks * (size_t)d->profile->max_batch;
}

int drift_open(struct drift *d, const struct profile *profile)
{
	*d = (struct drift){.profile = profile};
	d->planned_s = malloc(values(d) * sizeof(double));
	if (!d->planned_s)
		return -ENOMEM;
	memcpy(d->planned_s, profile->p95_s, values(d) * sizeof(double));
	return 0;
}

void drift_close(struct drift *d)
{
	free(d->planned_s);
	d->planned_s = NULL;
}

static double within(double x, double low, double high)
{
	return fmin(fmax(x, low), high);
}

double drift_factor(const struct drift *d)
{
	return d->batches < FIRST ? 1 : exp(within(d->log_factor, log(LEAST_FACTOR), log(MOST_FACTOR)));
}

void drift_follow(struct drift *d, int subtask, int b, int64_t took_ns)
{
	const struct profile *p = d->profile;
	if (b > p->max_batch || took_ns <= 0)
		return;
	double median_s = p->median_s[subtask * p->max_batch + b - 1];
	double n = (double)++d->batches, clip = fmax(CLIP / n, LEAST_CLIP);
	double step = (log(ns_to_s(took_ns) / median_s) - d->log_factor) / fmin(n, FIRST);
	d->log_factor += within(step, -clip, clip);
	double factor = drift_factor(d);
	if (fabs(log(factor) - d->log_planned) < NOTICEABLE)
		return;
	d->log_planned = log(factor);
	for (size_t i = 0; i < values(d); i++)
		d->planned_s[i] = p->p95_s[i] * factor;
}
