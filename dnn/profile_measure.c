// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/machine.h"
#include "base/priority.h"
#include "base/quantile.h"
#include "base/rng.h"
#include "dnn/profile_chain.h"
#include "dnn/profile_internal.h"

enum { WARM_UP_ROUNDS = 2, ROUNDS = 15, LEAST_ROUNDS = 5, MOST_ROUNDS = 40 };
#define FILL_NS (3 * NS_PER_S)	   // more rounds than 15 are run until then
#define PATIENCE_NS (5 * NS_PER_S) // for undisturbed ones
#define LIMIT_NS (30 * NS_PER_S)   // fewer rounds than 15 are run after that
// Pauses between chains, in shares of the last one's time: as in a run the processor idles or does other
// things, and keeps its priority by it (base/priority.h).
#define LEAST_IDLE .5
#define MOST_IDLE 1.5
#define PAD_GAIN .05 // a larger batch is run when it takes this share less

// What was measured of one batch size.
struct size {
	int b;
	int *runs_as;	 // [n_subtasks]
	double *seconds; // [n_subtasks][most_rounds]
	double *total;	 // [most_rounds] of whole chains
	bool *clean;	 // [most_rounds]
	int rounds, n_clean;
};

struct measurement {
	struct executor *executor;
	const struct network *network;
	int first_batch, max_batch, most_rounds;
	struct profile_options options;
	struct chain *chain;
	struct size *size; // [n_sizes]
	int n_sizes, *order;
	int64_t *ns; // [n_subtasks]
	struct rng *rng;
	struct disturbance since, until;
	int64_t busy_ns, cpu_ns;
	void (*progress)(double share, void *user);
	void *user;
	struct profile *profile;
	struct err *err;
	int result;
};

static int n_subtasks(const struct measurement *m)
{
	return m->network->n_subtasks;
}

static int allocate_size(const struct measurement *m, struct size *s)
{
	size_t n = (size_t)n_subtasks(m), rounds = (size_t)m->most_rounds;
	s->runs_as = calloc(n, sizeof(*s->runs_as));
	s->seconds = calloc(n * rounds, sizeof(*s->seconds));
	s->total = calloc(rounds, sizeof(*s->total));
	s->clean = calloc(rounds, sizeof(*s->clean));
	for (size_t i = 0; s->runs_as && i < n; i++)
		s->runs_as[i] = s->b;
	return s->runs_as && s->seconds && s->total && s->clean ? 0 : -ENOMEM;
}

static int allocate(struct measurement *m)
{
	m->size = calloc((size_t)m->n_sizes, sizeof(*m->size));
	m->order = calloc((size_t)m->n_sizes, sizeof(*m->order));
	m->ns = calloc((size_t)n_subtasks(m), sizeof(*m->ns));
	m->rng = rng_new(1, 0, RNG_INPUT, 0);
	int r = m->size && m->order && m->ns && m->rng ? 0 : -ENOMEM;
	for (int i = 0; r == 0 && i < m->n_sizes; i++) {
		m->size[i].b = m->first_batch + i;
		m->order[i] = i;
		r = allocate_size(m, &m->size[i]);
	}
	return r;
}

static void release(struct measurement *m)
{
	chain_close(m->chain);
	for (int i = 0; m->size && i < m->n_sizes; i++) {
		free(m->size[i].runs_as);
		free(m->size[i].seconds);
		free(m->size[i].total);
		free(m->size[i].clean);
	}
	free(m->size);
	free(m->order);
	free(m->ns);
	rng_free(m->rng);
}

static void shuffle(const struct measurement *m)
{
	for (int i = m->n_sizes - 1; i > 0; i--) {
		int k = (int)rng_below(m->rng, (uint64_t)i + 1), t = m->order[i];
		m->order[i] = m->order[k];
		m->order[k] = t;
	}
}

static void keep(struct measurement *m, struct size *s, const struct chain_evidence *evidence)
{
	int64_t total_ns = 0;
	for (int n = 0; n < n_subtasks(m); n++) {
		s->seconds[n * m->most_rounds + s->rounds] = ns_to_s(m->ns[n]);
		total_ns += m->ns[n];
	}
	s->total[s->rounds] = ns_to_s(total_ns);
	s->clean[s->rounds] = chain_was_undisturbed(evidence);
	s->n_clean += s->clean[s->rounds++];
	m->busy_ns += evidence->busy_ns;
	m->cpu_ns += evidence->cpu_ns;
}

static void idle(const struct measurement *m)
{
	double last_ns = 0;
	for (int n = 0; n < n_subtasks(m); n++)
		last_ns += (double)m->ns[n];
	int64_t ns = (int64_t)(last_ns * rng_uniform(m->rng, LEAST_IDLE, MOST_IDLE));
	struct timespec t = {.tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S};
	clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL);
}

static int check_stop(const struct measurement *m)
{
	return m->options.stop && *m->options.stop
		   ? err_set(m->err, EINTR, "interrupted: nothing was written")
		   : 0;
}

// Size by size, for it can take seconds.
static int prepare(const struct measurement *m)
{
	int r = 0;
	for (int b = 1; r == 0 && b <= m->max_batch; b++) {
		r = check_stop(m);
		r = r < 0 ? r : executor_prepare(m->executor, b, m->err);
	}
	return r;
}

static int run_chain(struct measurement *m, struct size *s, bool record)
{
	struct chain_evidence evidence;
	if (check_stop(m) < 0)
		return -EINTR;
	idle(m);
	int r = chain_run(m->chain, s->b, s->runs_as, m->ns, &evidence, m->err);
	if (r == 0 && record)
		keep(m, s, &evidence);
	return r;
}

// One chain of every size.
static int run_round(struct measurement *m, bool record)
{
	int r = 0;
	shuffle(m);
	for (int i = 0; r == 0 && i < m->n_sizes; i++)
		r = run_chain(m, &m->size[m->order[i]], record);
	return r;
}

static bool is_enough(const struct measurement *m, int64_t passed_ns)
{
	const struct size *first = m->size;
	int clean = first->n_clean;
	if (m->options.rounds > 0 || first->rounds == m->most_rounds)
		return first->rounds == m->most_rounds;
	for (int i = 1; i < m->n_sizes; i++)
		clean = m->size[i].n_clean < clean ? m->size[i].n_clean : clean;
	if (clean >= ROUNDS && passed_ns >= FILL_NS)
		return true;
	return (passed_ns >= PATIENCE_NS && first->rounds >= ROUNDS) ||
	       (passed_ns >= LIMIT_NS && first->rounds >= LEAST_ROUNDS);
}

static void tell(const struct measurement *m, int done)
{
	int expected = m->options.warm_up + (m->options.rounds > 0 ? m->options.rounds : ROUNDS);
	if (m->progress)
		m->progress(done < expected ? (double)done / expected : 1, m->user);
}

static int run_rounds(struct measurement *m)
{
	tell(m, 0);
	int r = prepare(m);
	for (int i = 0; r == 0 && i < m->options.warm_up; i++) {
		r = run_round(m, false);
		tell(m, i + 1);
	}
	int64_t start = clock_now_ns();
	while (r == 0 && !is_enough(m, clock_now_ns() - start)) {
		r = run_round(m, true);
		tell(m, m->options.warm_up + m->size->rounds);
	}
	return r;
}

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
			r = run_chain(m, s, true);
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
	int r = room ? run_rounds(m) : err_set(m->err, ENOMEM, "no memory");
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
	m.n_sizes = max_batch - m.first_batch + 1;
	if (m.n_sizes < 1 || max_batch > EXECUTOR_MAX_BATCH)
		return err_set(err, EINVAL, "cannot measure batches up to %d: 1 to %d", max_batch,
			       EXECUTOR_MAX_BATCH);
	m.most_rounds = m.options.rounds > 0 ? m.options.rounds : MOST_ROUNDS;
	m.profile = profile_new(net, m.n_sizes);
	int r = m.profile && allocate(&m) == 0
		    ? chain_open(&m.chain, e, net, max_batch, err)
		    : err_set(err, ENOMEM, "no memory to measure batches of %d", max_batch);
	r = r < 0 ? r : measure_in_thread(&m);
	if (r == 0)
		*out = m.profile;
	else
		profile_free(m.profile);
	release(&m);
	return r;
}
