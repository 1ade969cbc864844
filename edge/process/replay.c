// SPDX-License-Identifier: BSD-3-Clause
// Batches that take their profile's time (server_run_batches says why a late loop bends nothing).
#include "base/clock.h"
#include "edge/process/server_private.h"

static int64_t last_input_ns(const struct batch *batch)
{
	int64_t last = 0;
	for (int i = 0; i < batch->n_members; i++)
		last = batch->member[i]->present_ns > last ? batch->member[i]->present_ns : last;
	return last;
}

void server_replay(struct server *s, struct run *run)
{
	const struct batch *batch = run->batch;
	struct worker_job *job = &run->job;
	for (int i = 0; i < batch->n_members; i++)
		run->member[i] = hosted_of(desk_job_of(batch->member[i]));
	run->moved_to = NULL;
	int64_t input_ns = last_input_ns(batch);
	job->start_ns = input_ns > s->run_at_ns ? input_ns : s->run_at_ns;
	job->run_ns = server_profile_ns(s, batch);
	job->end_ns = job->start_ns + job->run_ns;
}

// The replayed batch that ends first; NULL: none runs.
static struct run *first_to_end(const struct server *s)
{
	struct run *first = NULL;
	for (int i = 0; i <= s->n_runs; i++)
		if (s->runs[i].batch && (!first || s->runs[i].job.end_ns < first->job.end_ns))
			first = &s->runs[i];
	return first;
}

static int end_until(struct server *s, int64_t at_ns, struct err *err)
{
	struct run *first;
	int r = 0;
	while (r == 0 && (first = first_to_end(s)) && first->job.end_ns <= at_ns) {
		r = server_conclude(s, first, clock_now_ns(), err);
		r = r < 0 ? r : server_do_actions(s, err);
		server_make_free(s, first);
	}
	return r;
}

int server_replay_until(struct server *s, int64_t now_ns, int64_t *wake_ns, struct err *err)
{
	int64_t at_ns = s->replay_wake_ns < now_ns ? s->replay_wake_ns : now_ns;
	int r;
	for (;;) {
		r = end_until(s, at_ns, err);
		r = r < 0 ? r : server_start_all(s, at_ns, err);
		const struct run *first = first_to_end(s);
		*wake_ns = desk_run_due_ns(s->desk);
		if (first && first->job.end_ns < *wake_ns)
			*wake_ns = first->job.end_ns;
		if (r < 0 || *wake_ns > now_ns)
			break;
		at_ns = *wake_ns;
	}
	s->replay_wake_ns = *wake_ns;
	return r;
}
