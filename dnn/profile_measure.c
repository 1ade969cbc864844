// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cache.h"
#include "base/clock.h"
#include "base/machine.h"
#include "base/quantile.h"
#include "base/rng.h"
#include "dnn/hash.h"
#include "dnn/profile_internal.h"

enum { WARM_UP_ROUNDS = 2, ROUNDS = 15, LEAST_ROUNDS = 5, MOST_ROUNDS = 40 };
#define FILL_NS (3 * NS_PER_S)	 // more rounds than 15 are run until then
#define LIMIT_NS (30 * NS_PER_S) // fewer rounds than 15 are run after that

struct measurement {
	struct executor *executor;
	const struct network *network;
	int max_batch, rounds, most_rounds; // rounds: recorded so far
	struct profile_options options;
	float **in, **out;     // [max_batch] the largest cut's values each, as separate users' tensors are
	struct scenes *scenes; // instead of in, for a network that selects
	double *seconds;       // [pair][most_rounds]
	void (*progress)(double share, void *user);
	void *user;
};

// Non-negative values with a spread like a rectified tensor's; every user's tensor differs.
static void fill_tensor(float *v, int64_t n, struct rng *rng)
{
	for (int64_t i = 0; i < n; i++)
		v[i] = (float)rng_uniform(rng, 0, 2);
}

static int allocate(struct measurement *m)
{
	int64_t largest = network_largest_cut(m->network, 0, m->network->n_subtasks);
	size_t bytes = sizeof(float) * (size_t)largest, users = (size_t)m->max_batch;
	m->in = calloc(users, sizeof(float *));
	m->out = calloc(users, sizeof(float *));
	m->seconds = calloc((size_t)m->network->n_subtasks * users * (size_t)m->most_rounds, sizeof(double));
	struct rng *rng = rng_new(1, 0, RNG_INPUT, 0);
	bool good = m->in && m->out && m->seconds && rng;
	for (size_t i = 0; good && i < users; i++) {
		m->in[i] = malloc(bytes);
		m->out[i] = malloc(bytes);
		good = m->in[i] && m->out[i];
		if (good)
			fill_tensor(m->in[i], (int64_t)(bytes / sizeof(float)), rng);
	}
	rng_free(rng);
	return good ? 0 : -ENOMEM;
}

static void release(struct measurement *m)
{
	profile_scenes_free(m->scenes);
	for (int i = 0; i < m->max_batch; i++) {
		if (m->in)
			free(m->in[i]);
		if (m->out)
			free(m->out[i]);
	}
	free(m->in);
	free(m->out);
	free(m->seconds);
}

static const float *const *inputs_of(const struct measurement *m, int n)
{
	return m->scenes ? profile_scenes_inputs(m->scenes, n) : (const float *const *)m->in;
}

static bool is_stopped(const struct measurement *m)
{
	return m->options.stop && *m->options.stop;
}

// One run of every pair. round < 0: warm-up, not recorded.
static int run_round(struct measurement *m, int round, struct err *err)
{
	for (int n = 0; n < m->network->n_subtasks; n++) {
		for (int b = 1; b <= m->max_batch; b++) {
			int64_t ns = 0;
			int r = is_stopped(m)
				    ? err_set(err, EINTR, "interrupted: nothing was written")
				    : executor_run(m->executor, n, b, inputs_of(m, n), m->out, &ns, err);
			if (r < 0)
				return r;
			if (round >= 0)
				m->seconds[(n * m->max_batch + b - 1) * m->most_rounds + round] = ns_to_s(ns);
		}
	}
	return 0;
}

static bool is_enough(const struct measurement *m, int64_t passed_ns)
{
	if (m->options.rounds > 0)
		return m->rounds == m->options.rounds;
	if (m->rounds >= ROUNDS)
		return m->rounds == MOST_ROUNDS || passed_ns >= FILL_NS;
	return m->rounds >= LEAST_ROUNDS && passed_ns >= LIMIT_NS;
}

static void tell(const struct measurement *m, int done)
{
	int expected = m->options.warm_up + (m->options.rounds > 0 ? m->options.rounds : ROUNDS);
	if (m->progress)
		m->progress(done < expected ? (double)done / expected : 1, m->user);
}

static int run_rounds(struct measurement *m, struct err *err)
{
	tell(m, 0);
	int r = executor_prepare(m->executor, m->max_batch, err);
	if (r == 0 && network_selects(m->network))
		r = profile_scenes_new(&m->scenes, m->executor, m->network, m->max_batch, err);
	for (int i = 0; r == 0 && i < m->options.warm_up; i++) {
		r = run_round(m, -1, err);
		tell(m, i + 1);
	}
	int64_t start = clock_now_ns();
	while (r == 0 && !is_enough(m, clock_now_ns() - start)) {
		r = run_round(m, m->rounds++, err);
		tell(m, m->options.warm_up + m->rounds);
	}
	return r;
}

static void summarise(const struct measurement *m, struct profile *p)
{
	for (int i = 0; i < p->n_subtasks * p->max_batch; i++) {
		double *s = m->seconds + (size_t)i * (size_t)m->most_rounds;
		size_t n = (size_t)m->rounds;
		struct profile_entry *e = &p->entries[i];
		*e = (struct profile_entry){m->rounds, quantile(s, n, 0.5), quantile(s, n, 0.95), 0, 0};
		e->min_s = s[0]; // quantile has sorted them
		e->max_s = s[n - 1];
	}
	profile_make_monotone(p);
}

void profile_describe_source(const struct executor *e, char *buf, size_t size)
{
	char processor[128];
	machine_processor(processor, sizeof(processor));
	snprintf(buf, size, "%.180s; %s", executor_describe(e), processor);
}

static void describe(struct profile *p, const struct measurement *m)
{
	FILE *f = fmemopen(p->facts, sizeof(p->facts), "w");
	if (!f)
		return;
	time_t now = time(NULL);
	struct tm tm;
	char when[32];
	gmtime_r(&now, &tm);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm);
	fprintf(f, "# measured_at: %s\n", when);
	machine_write_facts(f);
	fprintf(f, "# rounds: %d after %d of warm-up\n", m->rounds, m->options.warm_up);
	fprintf(f, "# isotonic_residual: largest %.3g, root mean square %.3g of the median\n",
		p->residual_max, p->residual_rms);
	fclose(f);
	p->facts[sizeof(p->facts) - 1] = '\0';
}

static struct profile_options usual_options(const struct profile_options *given)
{
	struct profile_options o = given ? *given : (struct profile_options){.warm_up = -1};
	o.warm_up = o.warm_up < 0 ? WARM_UP_ROUNDS : o.warm_up;
	return o;
}

int profile_measure(struct profile **out, struct executor *e, const struct network *net, int max_batch,
		    const struct profile_options *options, void (*progress)(double share, void *user),
		    void *user, struct err *err)
{
	*out = NULL;
	if (max_batch < 1 || max_batch > EXECUTOR_MAX_BATCH)
		return err_set(err, EINVAL, "cannot measure batches up to %d: 1 to %d", max_batch,
			       EXECUTOR_MAX_BATCH);
	struct measurement m = {.executor = e,
				.network = net,
				.max_batch = max_batch,
				.options = usual_options(options),
				.progress = progress,
				.user = user};
	m.most_rounds = m.options.rounds > 0 ? m.options.rounds : MOST_ROUNDS;
	struct profile *p = profile_new(net, max_batch);
	int r = p && allocate(&m) == 0
		    ? run_rounds(&m, err)
		    : err_set(err, ENOMEM, "no memory to measure batches of %d", max_batch);
	if (p && r == 0) {
		summarise(&m, p);
		p->modelled = executor_is_modelled(e);
		profile_describe_source(e, p->source, sizeof(p->source));
		describe(p, &m);
		*out = p;
	} else {
		profile_free(p);
	}
	release(&m);
	return r;
}

static int cache_name(const struct network *net, const char *source, int max_batch, char *path, size_t size,
		      struct err *err)
{
	char name[128];
	uint64_t key = hash_bytes(net->description_hash, source, strlen(source));
	snprintf(name, sizeof(name), "profile-%s-%016" PRIx64 "-b%d.csv", net->name, key, max_batch);
	return cache_path(name, path, size, err);
}

// Whether the cached file is there and sound; anything else means measuring again.
static struct profile *load_cached(const char *path, const struct network *net, const char *source,
				   int max_batch)
{
	struct profile *p;
	if (access(path, R_OK) < 0 || profile_load(&p, path, NULL) < 0)
		return NULL;
	if (profile_check(p, net, NULL) == 0 && strcmp(p->source, source) == 0 && p->max_batch == max_batch)
		return p;
	profile_free(p);
	return NULL;
}

int profile_cached(struct profile **out, struct executor *e, const struct network *net, int max_batch,
		   bool *measured_now, void (*progress)(double share, void *user), void *user,
		   struct err *err)
{
	*out = NULL;
	if (executor_is_modelled(e))
		return err_set(err, EINVAL, "%s has its profile already: measuring it measures a clock",
			       executor_describe(e));
	char source[sizeof(((struct profile *)0)->source)], path[PATH_MAX];
	profile_describe_source(e, source, sizeof(source));
	int r = cache_name(net, source, max_batch, path, sizeof(path), err);
	if (r < 0)
		return r;
	*out = load_cached(path, net, source, max_batch);
	if (measured_now)
		*measured_now = !*out;
	if (*out)
		return 0;
	r = profile_measure(out, e, net, max_batch, NULL, progress, user, err);
	if (r == 0)
		r = profile_save(*out, path, err);
	if (r < 0) {
		profile_free(*out);
		*out = NULL;
	}
	return r;
}
