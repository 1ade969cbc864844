// SPDX-License-Identifier: BSD-3-Clause
#include "records/watch/history.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "records/watch/history_bins.h"

#define WANTED_BINS 150
#define BEYOND 2 // times the duration, for what happens after the end

// The least of 0.1, 0.2, 0.5, 1, ... s that gives at most WANTED_BINS bins.
static double width_for(double duration_s)
{
	static const double steps[] = {1, 2, 5};
	for (double unit = .1;; unit *= 10)
		for (int i = 0; i < 3; i++)
			if (duration_s / (unit * steps[i]) <= WANTED_BINS)
				return unit * steps[i];
}

struct history *history_new(uint32_t n_ues, double duration_s)
{
	struct history *h = calloc(1, sizeof(*h));
	if (!h)
		return NULL;
	h->n_ues = n_ues;
	h->width_s = width_for(fmax(.1, fmin(duration_s, 1e9)));
	h->n_bins = (size_t)ceil(BEYOND * fmax(duration_s, .1) / h->width_s) + 50;
	h->bins = calloc(h->n_bins, sizeof(*h->bins));
	h->links = calloc(h->n_bins * (n_ues ? n_ues : 1), sizeof(*h->links));
	h->last = calloc(n_ues ? n_ues : 1, sizeof(*h->last));
	if (!h->bins || !h->links || !h->last) {
		history_free(h);
		return NULL;
	}
	for (uint32_t i = 0; i < n_ues; i++)
		h->last[i].t_s = NAN;
	return h;
}

void history_free(struct history *h)
{
	if (!h)
		return;
	for (size_t i = 0; h->bins && i < h->n_bins; i++)
		free(h->bins[i].latencies);
	free(h->bins);
	free(h->links);
	free(h->last);
	free(h);
}

// The bin of an instant, or NULL before 0.
static struct bin *bin_at(struct history *h, double t_s, size_t *index)
{
	if (!(t_s >= 0))
		return NULL;
	double place = fmin(t_s / h->width_s, (double)h->n_bins - 1);
	*index = (size_t)place;
	if (*index >= h->used)
		h->used = *index + 1;
	return &h->bins[*index];
}

static void add_latency(struct bin *b, double latency_s)
{
	if (b->n_latencies == b->capacity) {
		size_t capacity = b->capacity ? 2 * b->capacity : 8;
		double *more = realloc(b->latencies, capacity * sizeof(*more));
		if (!more)
			return;
		b->latencies = more;
		b->capacity = capacity;
	}
	b->latencies[b->n_latencies++] = latency_s;
}

void history_task(struct history *h, const struct watch_task *t)
{
	size_t i;
	struct bin *b = bin_at(h, t->finish_s, &i);
	if (!b)
		return;
	bool done = t->outcome == TASK_DONE;
	b->met += done && t->met;
	b->missed += !(done && t->met);
	b->compute_j += t->compute_j;
	b->energy_j += t->energy_j;
	if (done)
		add_latency(b, t->latency_s);
}

void history_link(struct history *h, const struct watch_link *l)
{
	size_t i;
	struct bin *b = l->ue < h->n_ues ? bin_at(h, l->t_s, &i) : NULL;
	if (!b)
		return;
	struct link_bin *link = &h->links[i * h->n_ues + l->ue];
	link->n++;
	link->gain_db += l->gain_db;
	link->up_bps += l->rate_bps[LINK_UP];
	b->n_links++;
	struct watch_link *last = &h->last[l->ue];
	double span_s = l->t_s - last->t_s;
	bool spans = span_s > 0; // false for NaN
	b->span_s += spans ? span_s : 0;
	for (int d = 0; d < LINK_DIRS; d++) {
		b->queue_bytes[d] += l->queue_bytes[d];
		b->air_s[d] += spans ? l->airtime_s[d] - last->airtime_s[d] : 0;
	}
	*last = *l;
}

void history_batch(struct history *h, const struct watch_batch *batch)
{
	size_t i;
	struct bin *b = bin_at(h, batch->start_s, &i);
	if (!b)
		return;
	b->batches++;
	b->members += batch->members;
	if (batch->members > b->largest)
		b->largest = batch->members;
}
