// SPDX-License-Identifier: BSD-3-Clause
// How well this machine keeps time.
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/clock.h"
#include "tools/doctor/check_private.h"
#include "tools/doctor/rehearsal_private.h"

#define CLOCK_READS 20000

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

static double ms(int64_t ns)
{
	return (double)ns / (double)NS_PER_MS;
}

static void check_stage(struct finding *f, enum host_stage stage, const char *what)
{
	struct err err;
	char bound[32];
	const struct rehearsal *r = rehearsal(&err);
	if (!r) {
		doctor_find(f, DOCTOR_POOR, "not known: it could not be measured", "", "%s", err.text);
		return;
	}
	const struct lateness *l = &r->stages[stage];
	const struct host_promise *p = &host_promises[stage];
	bool breaks = lateness_breaks(l, stage);
	if (p->bound_ns)
		snprintf(bound, sizeof(bound), "%g ms", ms(p->bound_ns));
	else
		snprintf(bound, sizeof(bound), "10 %% and %g ms", ms(HOST_BATCH_SLACK_NS));
	doctor_find(f, breaks ? DOCTOR_POOR : DOCTOR_OK,
		    breaks ? "a run would say so of itself, and not be valid" : "",
		    breaks ? "end other work on this machine, or give the run processors of its own" : "",
		    "late by p50 %.3f ms, p99 %.3f ms, at most %.1f ms; %.2g %% of %llu %s by more than %s "
		    "(%g %% may)",
		    ms(histogram_quantile(&l->late, .5)), ms(histogram_quantile(&l->late, .99)),
		    ms(l->late.max_ns), 100. * (double)l->over / (double)l->late.count,
		    (unsigned long long)l->late.count, what, bound, 100 * p->share);
}

void check_shaper_timer(struct finding *f)
{
	check_stage(f, HOST_SHAPER_SEND, "packets");
}

void check_ue_timer(struct finding *f)
{
	check_stage(f, HOST_UE_TIMER, "wake-ups");
}

void check_edge_timer(struct finding *f)
{
	check_stage(f, HOST_EDGE_TIMER, "wake-ups");
}

void check_batches(struct finding *f)
{
	check_stage(f, HOST_BATCH, "batches");
}

void check_priorities(struct finding *f)
{
	struct err err;
	const struct rehearsal *r = rehearsal(&err);
	if (r && r->realtime && r->raised)
		doctor_find(f, DOCTOR_OK, "", "", "real-time and nice -20 are allowed");
	else
		doctor_find(f, DOCTOR_POOR,
			    "the shaper and the edge wait for whatever else runs: later under load",
			    "run as root; ulimit -r 3 and -e 40; in a container --cap-add SYS_NICE, in a "
			    "version 1 group also cpu.rt_runtime_us",
			    "%s%s%s not allowed", r && r->realtime ? "" : "real-time",
			    r && (r->realtime || r->raised) ? "" : " and ", r && r->raised ? "" : "nice -20");
}
