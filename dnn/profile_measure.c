// SPDX-License-Identifier: BSD-3-Clause
// From the rounds to a profile.
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/machine.h"
#include "base/priority.h"
#include "base/quantile.h"
#include "dnn/profile_rounds_private.h"

#define PAD_GAIN .05 // a larger batch is run when it takes this share less

static int count_wanted(const struct measurement *m)
{
	return m->options.rounds > 0 && m->options.rounds < LEAST_ROUNDS ? 1 : LEAST_ROUNDS;
}

static bool has_enough(const struct measurement *m, const struct size *s)
{
	return s->n_clean >= count_wanted(m);
}

// The values of the rounds that count, in `out`; returns how many.
static size_t counted(const struct measurement *m, const struct size *s, const double *values, double *out)
{
	size_t n = 0;
	for (int i = 0; i < s->rounds; i++)
		if (s->clean[i] || !has_enough(m, s))
			out[n++] = values[i];
	return n;
}

static struct profile_entry entry_of(const struct measurement *m, const struct size *s, int n, double *room)
{
	size_t k = counted(m, s, s->seconds + (ptrdiff_t)n * m->most_rounds, room);
	double median = quantile(room, k, .5), p95 = quantile(room, k, .95); // room is sorted now
	return (struct profile_entry){
	    (int)k, median, p95, room[0], room[k - 1], s->runs_as[n], s->rounds - (int)k};
}

static void summarise_size(struct measurement *m, const struct size *s, double *room)
{
	struct profile *p = m->profile;
	for (int n = 0; n < n_subtasks(m); n++) {
		struct profile_entry *e = &p->entries[n * p->max_batch + s->b - m->first_batch];
		struct profile_entry now = entry_of(m, s, n, room);
		if (e->runs == 0 || (now.runs_as != e->runs_as && now.median_s < e->median_s))
			*e = now;
	}
	p->disturbed = p->disturbed || !has_enough(m, s);
}

// Whether sub-task n is faster with a larger batch than with the one of size i: which.
static int faster_as(const struct measurement *m, int n, int i)
{
	const struct profile_entry *row = m->profile->entries + (ptrdiff_t)n * m->n_sizes;
	int best = i;
	for (int k = i + 1; k < m->n_sizes; k++)
		if (row[k].median_s < row[best].median_s)
			best = k;
	return row[best].median_s < (1 - PAD_GAIN) * row[i].median_s ? m->size[best].b : m->size[i].b;
}

// Measures the chains again in which a sub-task is to run a larger batch; it does where that is faster
// indeed.
static int measure_padded(struct measurement *m, double *room)
{
	int r = 0;
	for (int i = 0; r == 0 && i < m->n_sizes; i++) {
		struct size *s = &m->size[i];
		int rounds = s->rounds;
		bool any = false;
		for (int n = 0; n < n_subtasks(m); n++) {
			s->runs_as[n] = faster_as(m, n, i);
			any = any || s->runs_as[n] > s->b;
		}
		if (!any)
			continue;
		s->rounds = s->n_clean = 0;
		while (r == 0 && s->rounds < rounds)
			r = rounds_chain(m, s, true);
		if (r == 0)
			summarise_size(m, s, room);
	}
	return r;
}

static void write_when(FILE *f)
{
	time_t now = time(NULL);
	struct tm tm;
	char when[32];
	gmtime_r(&now, &tm);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm);
	fprintf(f, "# measured_at: %s\n", when);
}

// How far the sum over a chain's sub-tasks lies from the chain as it was measured, at most.
static double chain_deviation(const struct measurement *m, double *room)
{
	double most = 0;
	for (int i = 0; i < m->n_sizes; i++) {
		double sum = 0, total = quantile(room, counted(m, &m->size[i], m->size[i].total, room), .5);
		for (int n = 0; n < n_subtasks(m); n++)
			sum += m->profile->median_s[n * m->n_sizes + i];
		most = fmax(most, fabs(sum / total - 1));
	}
	return most;
}

static void write_evidence(const struct measurement *m, FILE *f)
{
	int discarded = 0, chains = 0;
	for (int i = 0; i < m->n_sizes; i++) {
		discarded += m->size[i].rounds - m->size[i].n_clean;
		chains += m->size[i].rounds;
	}
	double pressure = disturbance_pressure(&m->since, &m->until);
	fprintf(f,
		"# evidence: %d of %d chains disturbed, processor time %.4f of the worker's wall time, steal "
		"%.4f",
		discarded, chains, (double)m->cpu_ns / (double)m->busy_ns,
		disturbance_steal(&m->since, &m->until));
	if (isnan(pressure))
		fputs(", pressure not stated by the kernel\n", f);
	else
		fprintf(f, ", pressure %.4f\n", pressure);
}

static void describe(const struct measurement *m, double *room)
{
	struct profile *p = m->profile;
	FILE *f = fmemopen(p->facts, sizeof(p->facts), "w");
	if (!f)
		return;
	write_when(f);
	machine_write_facts(f);
	write_evidence(m, f);
	fprintf(f, "# rounds: %d after %d of warm-up\n", m->size->rounds, m->options.warm_up);
	fprintf(f, "# chain: sums over the sub-tasks are within %.2f %% of the measured chains\n",
		100 * chain_deviation(m, room));
	fprintf(f, "# monotone_residual: largest %.3g, root mean square %.3g of the median\n",
		p->residual_max, p->residual_rms);
	fclose(f);
	p->facts[sizeof(p->facts) - 1] = '\0';
}

static int measure(struct measurement *m)
{
	struct profile *p = m->profile;
	double *room = calloc((size_t)m->most_rounds, sizeof(*room));
	m->since = disturbance_now();
	int r = room ? rounds_run(m) : err_set(m->err, ENOMEM, "no memory");
	for (int i = 0; r == 0 && i < m->n_sizes; i++)
		summarise_size(m, &m->size[i], room);
	r = r < 0 ? r : measure_padded(m, room);
	m->until = disturbance_now();
	if (r == 0) {
		profile_make_monotone(p);
		p->padded = true;
		p->modelled = executor_is_modelled(m->executor);
		profile_describe_source(m->executor, p->source, sizeof(p->source));
		describe(m, room);
	}
	free(room);
	return r;
}

// Hands batches over as the edge's loop does, which goes before normal tasks.
static void *as_the_edge(void *argument)
{
	struct measurement *m = argument;
	struct priority_turns turns;
	priority_exact_timers();
	priority_turns_begin(&turns, PRIORITY_SOURCE, clock_now_ns());
	m->result = measure(m);
	return NULL;
}

static int measure_in_thread(struct measurement *m)
{
	pthread_t thread;
	int code = pthread_create(&thread, NULL, as_the_edge, m);
	if (code)
		return err_sys(m->err, code, "cannot start a thread");
	pthread_join(thread, NULL);
	return m->result;
}

static struct profile_options usual_options(const struct profile_options *given)
{
	struct profile_options o = given ? *given : (struct profile_options){.warm_up = -1};
	o.warm_up = o.warm_up < 0 ? WARM_UP_ROUNDS : o.warm_up;
	o.first_batch = o.first_batch > 0 ? o.first_batch : 1;
	return o;
}

int profile_measure(struct profile **out, struct executor *e, const struct network *net, int max_batch,
		    const struct profile_options *options, void (*progress)(double share, void *user),
		    void *user, struct err *err)
{
	*out = NULL;
	struct measurement m = {.executor = e,
				.network = net,
				.max_batch = max_batch,
				.options = usual_options(options),
				.progress = progress,
				.user = user,
				.err = err};
	m.first_batch = m.options.first_batch;
	if (max_batch < m.first_batch || max_batch > EXECUTOR_MAX_BATCH)
		return err_set(err, EINVAL, "cannot measure batches up to %d: 1 to %d", max_batch,
			       EXECUTOR_MAX_BATCH);
	m.profile = profile_new(net, max_batch - m.first_batch + 1);
	int r = m.profile ? rounds_open(&m) : err_set(err, ENOMEM, "no memory for a profile");
	r = r < 0 ? r : measure_in_thread(&m);
	if (r == 0)
		*out = m.profile;
	else
		profile_free(m.profile);
	rounds_close(&m);
	return r;
}
