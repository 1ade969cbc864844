// SPDX-License-Identifier: BSD-3-Clause
#include "records/watch/meter.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/histogram.h"

#define SHORTEST_SPAN_S 0.02 // a live change is recorded at once: too soon after a record to say how busy

struct meter {
	struct run_snapshot snapshot;
	struct histogram latency;
	struct watch_link *last; // [n_ues] that busy was last counted from; t_s NaN = none
};

struct meter *meter_new(uint32_t n_ues, const char *name, const char *policy, double duration_s)
{
	struct meter *m = calloc(1, sizeof(*m));
	if (!m)
		return NULL;
	m->last = calloc(n_ues ? n_ues : 1, sizeof(*m->last));
	if (!m->last || run_snapshot_init(&m->snapshot, n_ues) < 0) {
		meter_free(m);
		return NULL;
	}
	for (uint32_t i = 0; i < n_ues; i++)
		m->last[i].t_s = NAN;
	m->snapshot.duration_s = duration_s;
	snprintf(m->snapshot.name, sizeof(m->snapshot.name), "%s", name);
	snprintf(m->snapshot.policy, sizeof(m->snapshot.policy), "%s", policy);
	return m;
}

void meter_free(struct meter *m)
{
	if (!m)
		return;
	run_snapshot_free(&m->snapshot);
	free(m->last);
	free(m);
}

static void count(struct run_snapshot_tasks *to, const struct watch_task *t)
{
	to->done += t->outcome == TASK_DONE;
	to->met += t->outcome == TASK_DONE && t->met;
	to->missed += t->outcome == TASK_DONE && !t->met;
	to->failed += t->outcome == TASK_FAILED;
	to->cut_short += t->outcome == TASK_CUT_SHORT;
	to->refused += t->outcome == TASK_REFUSED;
	to->dropped += t->outcome == TASK_DROPPED;
}

void meter_task(struct meter *m, const struct watch_task *t)
{
	struct run_snapshot *s = &m->snapshot;
	if (t->ue >= s->n_ues)
		return;
	struct run_snapshot_ue *ue = &s->ue[t->ue];
	count(&s->tasks, t);
	count(&ue->tasks, t);
	s->energy_j += t->energy_j;
	s->compute_j += t->compute_j;
	s->transmit_j += t->transmit_j;
	ue->energy_j += t->energy_j;
	if (t->outcome != TASK_DONE)
		return;
	ue->latency_s = t->latency_s;
	ue->cut = (int)t->cut;
	histogram_add(&m->latency, s_to_ns(t->latency_s));
}

static double busy_share(const struct watch_link *from, const struct watch_link *to, int dir)
{
	return fmin(1, fmax(0, (to->airtime_s[dir] - from->airtime_s[dir]) / (to->t_s - from->t_s)));
}

void meter_link(struct meter *m, const struct watch_link *l)
{
	if (l->ue >= m->snapshot.n_ues)
		return;
	struct run_snapshot_ue *ue = &m->snapshot.ue[l->ue];
	struct watch_link *last = &m->last[l->ue];
	bool far = l->t_s - last->t_s >= SHORTEST_SPAN_S; // false for NaN
	ue->gain_db = l->gain_db;
	for (int d = 0; d < LINK_DIRS; d++) {
		ue->rate_bps[d] = l->rate_bps[d];
		ue->queue_bytes[d] = l->queue_bytes[d];
		if (far)
			ue->busy[d] = busy_share(last, l, d);
	}
	if (far || isnan(last->t_s))
		*last = *l;
}

void meter_batch(struct meter *m, const struct watch_batch *b)
{
	m->snapshot.batches++;
	m->snapshot.batch_members += b->members;
}

void meter_delay_error(struct meter *m, double p50_us, double p99_us, uint64_t overruns)
{
	m->snapshot.delay_p50_us = p50_us;
	m->snapshot.delay_p99_us = p99_us;
	m->snapshot.overruns = overruns;
}

struct run_snapshot *meter_read(struct meter *m)
{
	bool any = m->latency.count > 0;
	m->snapshot.latency_p50_s = any ? ns_to_s(histogram_quantile(&m->latency, .5)) : NAN;
	m->snapshot.latency_p95_s = any ? ns_to_s(histogram_quantile(&m->latency, .95)) : NAN;
	return &m->snapshot;
}
