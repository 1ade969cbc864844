// SPDX-License-Identifier: BSD-3-Clause
// The "replay" back end, MODELLED: a run takes the recorded median F_n(b) and computes nothing. It sleeps to
// shortly before the end and polls the clock from there, because a sleeper is woken tens of microseconds
// late. (The edge does not even sleep for it: a replayed batch is an instant of its clock,
// edge/process/server.h.)
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/priority.h"
#include "dnn/backend_private.h"
#include "dnn/profile.h"

#define POLL_NS (60 * NS_PER_US)

struct replay {
	struct executor executor;
	const struct profile *profile;
};

static struct replay *replay_of(struct executor *e)
{
	return (struct replay *)e;
}

static void wait_until(int64_t end_ns)
{
	int64_t wake = end_ns - POLL_NS;
	if (wake > clock_now_ns()) {
		priority_exact_timers(); // per thread, and runs may come from any
		struct timespec t = {.tv_sec = wake / NS_PER_S, .tv_nsec = wake % NS_PER_S};
		while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
			;
	}
	while (clock_now_ns() < end_ns)
		;
}

static int check_batch(const struct replay *p, int batch, struct err *err)
{
	if (batch > p->profile->max_batch)
		return err_set(err, EINVAL, "%s has no batch of %d: it ends at %d", p->executor.description,
			       batch, p->profile->max_batch);
	return 0;
}

static int replay_run(struct executor *e, int n, int batch, const float *const in[], float *const out[],
		      struct err *err)
{
	(void)in, (void)out;
	int64_t start = clock_now_ns();
	const struct profile *p = replay_of(e)->profile;
	int r = check_batch(replay_of(e), batch, err);
	if (r == 0 && n < p->n_subtasks) // heads are in their sub-task's time
		wait_until(start + s_to_ns(p->median_s[n * p->max_batch + batch - 1]));
	return r;
}

static int replay_prepare(struct executor *e, int max_batch, struct err *err)
{
	return check_batch(replay_of(e), max_batch, err);
}

static void replay_close(struct executor *e)
{
	free(e);
}

static int replay_open(struct executor **out, const struct network *net,
		       const struct executor_options *options, struct err *err)
{
	if (!options || !options->profile)
		return err_set(err, EINVAL,
			       "the replay executor needs a profile: a CSV file or a stated model");
	int r = profile_check(options->profile, net, err);
	if (r < 0)
		return r;
	struct replay *p = calloc(1, sizeof(*p));
	if (!p)
		return err_set(err, ENOMEM, "no memory for an executor");
	p->profile = options->profile;
	p->executor.network = net;
	p->executor.modelled = true;
	const char *origin = *p->profile->origin ? p->profile->origin : p->profile->source;
	snprintf(p->executor.description, sizeof(p->executor.description), "replay of %.260s (MODELLED)",
		 origin);
	*out = &p->executor;
	return 0;
}

const struct backend replay_backend = {.name = "replay",
				       .open = replay_open,
				       .close = replay_close,
				       .prepare = replay_prepare,
				       .run = replay_run};
