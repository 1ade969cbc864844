// SPDX-License-Identifier: BSD-3-Clause
#include "records/watch/history_bins.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_finite.h"
#include "base/quantile.h"

typedef double (*bin_figure)(const struct bin *b);

static double met(const struct bin *b)
{
	return b->met;
}

static double missed(const struct bin *b)
{
	return b->missed;
}

static double tasks(const struct bin *b)
{
	return (double)b->met + (double)b->missed;
}

// Divisions by 0 give NaN or infinity: nothing there.
static double compute_mj(const struct bin *b)
{
	return 1e3 * b->compute_j / tasks(b);
}

static double radio_mj(const struct bin *b)
{
	return 1e3 * (b->energy_j - b->compute_j) / tasks(b);
}

static double latency_ms(const struct bin *b, double q)
{
	double *sorted = malloc((b->n_latencies + 1) * sizeof(*sorted));
	if (!sorted)
		return NAN;
	if (b->n_latencies)
		memcpy(sorted, b->latencies, b->n_latencies * sizeof(*sorted));
	double v = 1e3 * quantile(sorted, b->n_latencies, q);
	free(sorted);
	return v;
}

static double p50_ms(const struct bin *b)
{
	return latency_ms(b, .5);
}

static double p95_ms(const struct bin *b)
{
	return latency_ms(b, .95);
}

static double batches(const struct bin *b)
{
	return b->batches;
}

static double batch_mean(const struct bin *b)
{
	return (double)b->members / (double)b->batches;
}

static double batch_max(const struct bin *b)
{
	return b->batches ? (double)b->largest : NAN;
}

static double busy(const struct bin *b, enum link_dir dir)
{
	return fmin(1, fmax(0, b->air_s[dir] / b->span_s));
}

static double up_busy(const struct bin *b)
{
	return busy(b, LINK_UP);
}

static double down_busy(const struct bin *b)
{
	return busy(b, LINK_DOWN);
}

static json_t *series(const struct history *h, bin_figure figure)
{
	json_t *list = json_array();
	for (size_t i = 0; i < h->used; i++)
		json_array_append_new(list, json_finite(figure(&h->bins[i])));
	return list;
}

// The mean of a UE's queue times the number of UEs: what waits in all queues.
static json_t *queues(const struct history *h, enum link_dir dir)
{
	json_t *list = json_array();
	for (size_t i = 0; i < h->used; i++)
		json_array_append_new(
		    list, json_finite(h->bins[i].queue_bytes[dir] / h->bins[i].n_links * h->n_ues));
	return list;
}

typedef double (*link_figure)(const struct link_bin *l);

static double gain_db(const struct link_bin *l)
{
	return l->gain_db / l->n;
}

static double up_bps(const struct link_bin *l)
{
	return l->up_bps / l->n;
}

static void add_range(const struct history *h, size_t bin, link_figure figure, json_t *const lists[3])
{
	double least = INFINITY, largest = -INFINITY, sum = 0;
	uint32_t n = 0;
	for (uint32_t ue = 0; ue < h->n_ues; ue++) {
		const struct link_bin *l = &h->links[bin * h->n_ues + ue];
		if (l->n == 0)
			continue;
		double v = figure(l);
		least = fmin(least, v);
		largest = fmax(largest, v);
		sum += v;
		n++;
	}
	json_array_append_new(lists[0], json_finite(least));
	json_array_append_new(lists[1], json_finite(sum / n));
	json_array_append_new(lists[2], json_finite(largest));
}

static json_t *link_series(const struct history *h, link_figure figure)
{
	json_t *lists[3] = {json_array(), json_array(), json_array()}, *ues = json_array();
	for (size_t i = 0; i < h->used; i++)
		add_range(h, i, figure, lists);
	for (uint32_t ue = 0; h->n_ues <= HISTORY_MOST_SINGLE && ue < h->n_ues; ue++) {
		json_t *one = json_array();
		for (size_t i = 0; i < h->used; i++)
			json_array_append_new(one, json_finite(figure(&h->links[i * h->n_ues + ue])));
		json_array_append_new(ues, one);
	}
	return json_pack("{s:o, s:o, s:o, s:o}", "min", lists[0], "mean", lists[1], "max", lists[2], "ues",
			 ues);
}

json_t *history_to_json(const struct history *h)
{
	static const struct {
		const char *key;
		bin_figure figure;
	} figures[] = {{"met", met},	       {"missed", missed},	   {"compute_mj", compute_mj},
		       {"radio_mj", radio_mj}, {"latency_p50_ms", p50_ms}, {"latency_p95_ms", p95_ms},
		       {"batches", batches},   {"batch_mean", batch_mean}, {"batch_max", batch_max},
		       {"up_busy", up_busy},   {"down_busy", down_busy}};
	json_t *o = json_pack("{s:f, s:I}", "width_s", h->width_s, "bins", (json_int_t)h->used);
	for (size_t i = 0; o && i < sizeof(figures) / sizeof(figures[0]); i++)
		json_object_set_new(o, figures[i].key, series(h, figures[i].figure));
	json_object_set_new(o, "up_queue_bytes", queues(h, LINK_UP));
	json_object_set_new(o, "down_queue_bytes", queues(h, LINK_DOWN));
	json_object_set_new(o, "gain_db", link_series(h, gain_db));
	json_object_set_new(o, "up_bps", link_series(h, up_bps));
	return o;
}
