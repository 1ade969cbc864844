// SPDX-License-Identifier: BSD-3-Clause
#include "edge/process/energy.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "edge/process/energy_source_private.h"

static const struct energy_source *const sources[] = {&nvml_source, &rapl_source};

struct energy_meter {
	const struct energy_source *source;
	void *self;
	char text[160];
	int64_t since_ns;
	pthread_t thread;
	pthread_mutex_t lock; // of what follows
	pthread_cond_t end;
	bool ending, started;
	double joules;
	int failed; // negative errno of a sample
	struct err why;
};

static void sample(struct energy_meter *m)
{
	if (m->failed == 0)
		m->failed = m->source->sample(m->self, clock_now_ns(), &m->joules, &m->why);
}

// Counters wrap and powers are integrated: somebody has to look now and then.
static void *watch(void *argument)
{
	struct energy_meter *m = argument;
	pthread_mutex_lock(&m->lock);
	int64_t next = m->since_ns;
	while (!m->ending) {
		next += ENERGY_PERIOD_NS;
		struct timespec t = {.tv_sec = next / NS_PER_S, .tv_nsec = next % NS_PER_S};
		if (pthread_cond_timedwait(&m->end, &m->lock, &t) == ETIMEDOUT)
			sample(m);
	}
	pthread_mutex_unlock(&m->lock);
	return NULL;
}

static const struct energy_source *source_of(const char *executor)
{
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
		if (strncmp(sources[i]->executor, executor, strlen(sources[i]->executor)) ==
		    0) // "cuda-fp16", too
			return sources[i];
	return NULL;
}

static int start(struct energy_meter *m, struct err *err)
{
	pthread_condattr_t monotonic;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&m->end, &monotonic);
	pthread_condattr_destroy(&monotonic);
	pthread_mutex_init(&m->lock, NULL);
	m->since_ns = clock_now_ns();
	int code = pthread_create(&m->thread, NULL, watch, m);
	m->started = code == 0;
	return code ? err_sys(err, code, "cannot start the energy meter's thread") : 0;
}

int energy_meter_open(struct energy_meter **out, const char *executor, const struct energy_places *places,
		      struct err *err)
{
	static const struct energy_places usual = {0};
	const struct energy_source *source = source_of(executor);
	*out = NULL;
	if (!source)
		return err_set(err, ENOENT, "the %s executor computes on nothing that could be metered",
			       executor);
	struct energy_meter *m = calloc(1, sizeof(*m));
	if (!m)
		return err_set(err, ENOMEM, "no memory for an energy meter");
	int r = source->open(&m->self, places ? places : &usual, m->text, sizeof(m->text), err);
	if (r < 0) {
		free(m);
		return r;
	}
	m->source = source;
	r = start(m, err);
	if (r < 0) {
		energy_meter_close(m);
		return r;
	}
	*out = m;
	return 0;
}

int energy_meter_read(struct energy_meter *m, double *joules, double *seconds, struct err *err)
{
	pthread_mutex_lock(&m->lock);
	sample(m);
	*seconds = ns_to_s(clock_now_ns() - m->since_ns);
	*joules = m->joules;
	int r = m->failed;
	if (r < 0)
		*err = m->why;
	pthread_mutex_unlock(&m->lock);
	if (r == 0 && *seconds < ENERGY_LEAST_S)
		return err_set(err, EAGAIN, "%s: a window of %.1f s is too short, at least %.0f s are needed",
			       m->text, *seconds, ENERGY_LEAST_S);
	return r;
}

const char *energy_meter_describe(const struct energy_meter *m)
{
	return m->text;
}

void energy_meter_close(struct energy_meter *m)
{
	if (!m)
		return;
	if (m->started) {
		pthread_mutex_lock(&m->lock);
		m->ending = true;
		pthread_cond_signal(&m->end);
		pthread_mutex_unlock(&m->lock);
		pthread_join(m->thread, NULL);
	}
	pthread_cond_destroy(&m->end);
	pthread_mutex_destroy(&m->lock);
	m->source->close(m->self);
	free(m);
}
