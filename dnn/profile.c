// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/profile.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/quantile.h"
#include "dnn/profile_private.h"

struct profile *profile_allocate(int n_subtasks, int max_batch)
{
	struct profile *p = calloc(1, sizeof(*p));
	if (!p)
		return NULL;
	size_t n = (size_t)n_subtasks * (size_t)max_batch;
	p->n_subtasks = n_subtasks;
	p->max_batch = max_batch;
	p->median_s = calloc(n, sizeof(double));
	p->p95_s = calloc(n, sizeof(double));
	p->entries = calloc(n, sizeof(*p->entries));
	if (!p->median_s || !p->p95_s || !p->entries) {
		profile_free(p);
		errno = ENOMEM;
		return NULL;
	}
	return p;
}

struct profile *profile_new(const struct network *net, int max_batch)
{
	struct profile *p = profile_allocate(net->n_subtasks, max_batch);
	if (!p)
		return NULL;
	snprintf(p->network, sizeof(p->network), "%s", net->name);
	p->description_hash = net->description_hash;
	return p;
}

void profile_free(struct profile *p)
{
	if (!p)
		return;
	free(p->median_s);
	free(p->p95_s);
	free(p->entries);
	free(p);
}

int profile_check(const struct profile *p, const struct network *net, struct err *err)
{
	char origin[sizeof(p->origin) + 16] = "the profile";
	if (p->origin_line)
		snprintf(origin, sizeof(origin), "%s:%d: the profile", p->origin, p->origin_line);
	else if (*p->origin)
		snprintf(origin, sizeof(origin), "%s", p->origin);
	if (strcmp(p->network, net->name) != 0)
		return err_set(err, EINVAL, "%s is of the network %s, not of %s", origin, p->network,
			       net->name);
	if (p->description_hash && p->description_hash != net->description_hash)
		return err_set(err, EINVAL,
			       "%s is of another description of %s (%016llx, here %016llx): measure it anew",
			       origin, net->name, (unsigned long long)p->description_hash,
			       (unsigned long long)net->description_hash);
	if (p->n_subtasks != net->n_subtasks)
		return err_set(err, EINVAL, "%s has %d sub-tasks, %s has %d", origin, p->n_subtasks,
			       net->name, net->n_subtasks);
	return 0;
}

static double largest_so_far(double fit[], double value, int i)
{
	return i > 0 && fit[i - 1] > value ? fit[i - 1] : value;
}

void profile_make_monotone(struct profile *p)
{
	int n = p->max_batch;
	double square = 0;
	p->residual_max = 0;
	for (int i = 0; i < p->n_subtasks * n; i++) {
		struct profile_entry *e = &p->entries[i];
		p->median_s[i] = largest_so_far(p->median_s + i - i % n, e->median_s, i % n);
		p->p95_s[i] = largest_so_far(p->p95_s + i - i % n, e->p95_s, i % n);
		double moved = p->median_s[i] / e->median_s - 1;
		p->residual_max = fmax(p->residual_max, moved);
		square += moved * moved;
		e->median_s = p->median_s[i];
		e->p95_s = p->p95_s[i];
	}
	p->residual_rms = sqrt(square / (p->n_subtasks * n));
}

int profile_runs_as(const struct profile *p, int n, int b)
{
	if (b > p->max_batch)
		return b;
	int as = p->entries[n * p->max_batch + b - 1].runs_as;
	return as > b ? as : b;
}

int profile_largest_run(const struct profile *p)
{
	int largest = p->max_batch;
	for (int i = 0; i < p->n_subtasks * p->max_batch; i++)
		largest = p->entries[i].runs_as > largest ? p->entries[i].runs_as : largest;
	return largest;
}

double profile_spread(const struct profile *p)
{
	int n = p->n_subtasks * p->max_batch;
	double *relative = malloc((size_t)n * sizeof(*relative)), spread = 0;
	for (int i = 0; relative && i < n; i++)
		relative[i] = p->p95_s[i] / p->median_s[i] - 1;
	if (relative)
		spread = quantile(relative, (size_t)n, .5);
	free(relative);
	return spread;
}

struct profile *profile_first(const struct profile *p, int max_batch)
{
	struct profile *q = profile_allocate(p->n_subtasks, max_batch);
	if (!q)
		return NULL;
	struct profile own = *q;
	*q = *p;
	q->max_batch = max_batch;
	q->median_s = own.median_s;
	q->p95_s = own.p95_s;
	q->entries = own.entries;
	for (int i = 0; i < q->n_subtasks * max_batch; i++)
		q->entries[i] = p->entries[i / max_batch * p->max_batch + i % max_batch];
	profile_make_monotone(q);
	return q;
}
