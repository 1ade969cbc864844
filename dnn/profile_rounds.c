// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/profile_rounds_private.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"

enum { ROUNDS = 15, MOST_ROUNDS = 40 };
#define FILL_NS (3 * NS_PER_S)	   // more rounds than 15 are run until then
#define PATIENCE_NS (5 * NS_PER_S) // for undisturbed ones
#define LIMIT_NS (30 * NS_PER_S)   // fewer rounds than 15 are run after that
// Pauses between chains, in shares of the last one's time: as in a run the processor idles or does other
// things, and keeps its priority by it (base/priority.h).
#define LEAST_IDLE .5
#define MOST_IDLE 1.5

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

void rounds_close(struct measurement *m)
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

int rounds_open(struct measurement *m)
{
	m->n_sizes = m->max_batch - m->first_batch + 1;
	m->most_rounds = m->options.rounds > 0 ? m->options.rounds : MOST_ROUNDS;
	if (allocate(m) < 0)
		return err_set(m->err, ENOMEM, "no memory to measure batches of %d", m->max_batch);
	return chain_open(&m->chain, m->executor, m->network, m->max_batch, m->err);
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

int rounds_chain(struct measurement *m, struct size *s, bool record)
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
		r = rounds_chain(m, &m->size[m->order[i]], record);
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

int rounds_run(struct measurement *m)
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
