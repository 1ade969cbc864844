// SPDX-License-Identifier: BSD-3-Clause
#include "tools/doctor/rehearsal_private.h"

#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>
#include <time.h>

#include "base/clock.h"
#include "base/priority.h"
#include "tools/doctor/check_private.h"

#define LENGTH_NS (2 * NS_PER_S)
#define ROUND_NS (10 * NS_PER_MS)
#define BATCH_NS (3 * NS_PER_MS) // of processor time in each round

enum { PARTS = 4 };

static struct rehearsal *shared; // with the process that rehearses

static int64_t processor_time_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

// Sleeps until then. Returns how late it woke.
static int64_t wake_at(int64_t then_ns)
{
	const struct timespec at = {.tv_sec = then_ns / NS_PER_S, .tv_nsec = then_ns % NS_PER_S};
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR)
		;
	return clock_now_ns() - then_ns;
}

// Instants that were slept through are as late as they are: none is left out.
static void keep_time(enum host_stage stage, int64_t tick_ns)
{
	int64_t start_ns = clock_now_ns();
	priority_exact_timers();
	for (int64_t at = tick_ns; at <= LENGTH_NS; at += tick_ns)
		lateness_add(&shared->stages[stage], stage, wake_at(start_ns + at));
}

static void *be_the_shaper(void *unused)
{
	shared->raised = priority_raise(-20);
	shared->realtime = priority_realtime(PRIORITY_LINK);
	keep_time(HOST_SHAPER_SEND, NS_PER_MS);
	return unused;
}

static void *wake_as(enum host_stage stage)
{
	priority_raise(-20);
	priority_realtime(PRIORITY_SOURCE);
	keep_time(stage, 2 * NS_PER_MS);
	return NULL;
}

static void *be_the_edge(void *unused)
{
	(void)unused;
	return wake_as(HOST_EDGE_TIMER);
}

static void *be_a_ue(void *unused)
{
	(void)unused;
	return wake_as(HOST_UE_TIMER);
}

// A batch's plan is the processor time that it took: the rest is what others had meanwhile.
static void run_batch(void)
{
	int64_t start_ns = clock_now_ns(), cpu_ns = processor_time_ns(), took_ns;
	while ((took_ns = processor_time_ns() - cpu_ns) < BATCH_NS)
		;
	int64_t late_ns = clock_now_ns() - start_ns - took_ns;
	lateness_add_bounded(&shared->stages[HOST_BATCH], late_ns, host_batch_bound_ns(took_ns));
}

static void *be_the_worker(void *unused)
{
	int64_t start_ns = clock_now_ns();
	priority_exact_timers();
	for (int64_t at = ROUND_NS; at <= LENGTH_NS && clock_now_ns() < start_ns + LENGTH_NS;
	     at += ROUND_NS) {
		wake_at(start_ns + at);
		run_batch();
	}
	return unused;
}

// A process of its own: priorities and sessions end with it.
static int rehearse(struct err *err)
{
	void *(*const parts[])(void *unused) = {be_a_ue, be_the_worker, be_the_edge, be_the_shaper};
	pthread_t threads[PARTS];
	int code = 0, n = 0;
	shared->before = disturbance_now();
	while (n < PARTS && code == 0) {
		code = pthread_create(&threads[n], NULL, parts[n], NULL);
		n += code == 0;
	}
	while (n > 0)
		pthread_join(threads[--n], NULL);
	shared->after = disturbance_now();
	return code ? err_sys(err, code, "cannot start threads") : 0;
}

const struct rehearsal *rehearsal(struct err *err)
{
	static struct err failed;
	static int result;
	if (!shared) {
		shared =
		    mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		result = shared == MAP_FAILED ? err_sys(&failed, errno, "no memory to measure in")
					      : doctor_apart(rehearse, &failed);
	}
	*err = failed;
	return result < 0 ? NULL : shared;
}

enum host_stage rehearsal_breaks(const struct rehearsal *r)
{
	int stage = 0;
	while (stage < HOST_STAGES && !lateness_breaks(&r->stages[stage], (enum host_stage)stage))
		stage++;
	return (enum host_stage)stage;
}
