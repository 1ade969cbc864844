// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/profile.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dnn/profile_internal.h"

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

// Pool adjacent violators: blocks of equal value, merged to their weighted mean while the later is below.
static void make_monotone(double *value, const double *weight, double *block_weight, int *block_size, int n)
{
	int blocks = 0;
	for (int i = 0; i < n; i++) {
		double v = value[i], w = weight[i];
		int size = 1;
		while (blocks > 0 && value[blocks - 1] > v) {
			blocks--;
			v = (v * w + value[blocks] * block_weight[blocks]) / (w + block_weight[blocks]);
			w += block_weight[blocks];
			size += block_size[blocks];
		}
		value[blocks] = v;
		block_weight[blocks] = w;
		block_size[blocks++] = size;
	}
	for (int end = n; blocks > 0; blocks--) // spread from the last block: never over one not read yet
		for (int k = 0; k < block_size[blocks - 1]; k++)
			value[--end] = value[blocks - 1];
}

// Adds up how far a row's medians were moved; the caller takes the mean.
static void add_residual(struct profile *p, const struct profile_entry *row, const double *fit)
{
	for (int b = 0; b < p->max_batch; b++) {
		double moved = fabs(fit[b] / row[b].median_s - 1);
		p->residual_max = fmax(p->residual_max, moved);
		p->residual_rms += moved * moved;
	}
}

void profile_make_monotone(struct profile *p)
{
	int n = p->max_batch;
	p->residual_max = p->residual_rms = 0;
	for (int s = 0; s < p->n_subtasks; s++) {
		size_t first = (size_t)s * (size_t)n;
		struct profile_entry *row = p->entries + first;
		double weight[EXECUTOR_MAX_BATCH], block_weight[EXECUTOR_MAX_BATCH];
		int block_size[EXECUTOR_MAX_BATCH];
		double *median = p->median_s + first, *p95 = p->p95_s + first;
		for (int b = 0; b < n; b++) {
			weight[b] = row[b].runs > 0 ? row[b].runs : 1;
			median[b] = row[b].median_s;
			p95[b] = row[b].p95_s;
		}
		make_monotone(median, weight, block_weight, block_size, n);
		add_residual(p, row, median);
		make_monotone(p95, weight, block_weight, block_size, n);
		for (int b = 0; b < n; b++) {
			row[b].median_s = median[b];
			row[b].p95_s = p95[b];
		}
	}
	p->residual_rms = sqrt(p->residual_rms / (p->n_subtasks * n));
}
