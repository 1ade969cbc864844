// SPDX-License-Identifier: BSD-3-Clause
// How well this machine keeps time.
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/clock.h"
#include "base/histogram.h"
#include "base/priority.h"
#include "emu/doctor/check.h"

#define SLEEPS 300
#define SLEEP_NS NS_PER_MS
#define CLOCK_READS 20000
#define LATE_P99_NS (500 * NS_PER_US) // a shaper that is later than this at every hundredth packet is poor

static int exact_timers(struct err *err)
{
	if (prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL) < 0)
		return err_sys(err, errno, "cannot set the timer slack");
	int slack = prctl(PR_GET_TIMERSLACK);
	return slack == 1 ? 0 : err_set(err, EIO, "it stays at %d ns", slack);
}

void check_timer_slack(struct finding *f)
{
	struct err err;
	int before = prctl(PR_GET_TIMERSLACK);
	if (doctor_apart(exact_timers, &err) == 0)
		doctor_find(f, DOCTOR_OK, "", "", "%d ns here, 1 ns in the processes of a run", before);
	else
		doctor_find(f, DOCTOR_POOR, "every wait of the shaper is later by the slack",
			    "a kernel and a container that allow prctl(PR_SET_TIMERSLACK)", "%s", err.text);
}

void check_clock_source(struct finding *f)
{
	char name[64];
	int64_t start = clock_now_ns(), end = start;
	for (int i = 0; i < CLOCK_READS; i++)
		end = clock_now_ns();
	double cost_ns = (double)(end - start) / CLOCK_READS;
	if (!doctor_read_line("/sys/devices/system/clocksource/clocksource0/current_clocksource", name,
			      sizeof(name)))
		snprintf(name, sizeof(name), "unknown");
	if (cost_ns < 300)
		doctor_find(f, DOCTOR_OK, "", "", "%s, %.0f ns a reading", name, cost_ns);
	else
		doctor_find(f, DOCTOR_POOR,
			    "the shaper and every stamp pay for a system call and a slow clock",
			    "boot with clocksource=tsc tsc=reliable where the processor's TSC is invariant",
			    "%s, %.0f ns a reading", name, cost_ns);
}

static struct histogram sleep_lateness(void)
{
	struct histogram h = {0};
	int64_t next = clock_now_ns();
	for (int i = 0; i < SLEEPS; i++) {
		next += SLEEP_NS;
		const struct timespec at = {.tv_sec = next / NS_PER_S, .tv_nsec = next % NS_PER_S};
		while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR)
			;
		int64_t now = clock_now_ns();
		histogram_add(&h, now - next);
		next = now;
	}
	return h;
}

// As the shaper sleeps: exact timers, and the highest priority it can have.
static int measure_sleep(struct err *err)
{
	priority_exact_timers();
	if (!priority_realtime(PRIORITY_LINK))
		priority_raise(-20);
	struct histogram h = sleep_lateness();
	int64_t p99 = histogram_quantile(&h, .99);
	err_set(err, 0, "p50 %.0f us, p99 %.0f us, longest %.0f us over %d sleeps of 1 ms",
		(double)histogram_quantile(&h, .5) / 1e3, (double)p99 / 1e3, (double)h.max_ns / 1e3, SLEEPS);
	return p99 > LATE_P99_NS;
}

void check_sleep(struct finding *f)
{
	struct err err;
	int late = doctor_apart(measure_sleep, &err);
	if (late == 0)
		doctor_find(f, DOCTOR_OK, "", "", "%s", err.text);
	else
		doctor_find(f, DOCTOR_POOR,
			    "packets leave later than the link model says; a run measures by how much and "
			    "says when it is not valid",
			    "end other work; --set shaper.loop=poll (a core for the shaper alone); a machine "
			    "of its own instead of a shared virtual one",
			    "%s", err.text);
}
