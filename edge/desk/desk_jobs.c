// SPDX-License-Identifier: BSD-3-Clause
// Jobs from their request to their close.
#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "edge/desk/desk_private.h"

struct desk_job *desk_find(const struct desk *d, int ue, uint32_t number)
{
	struct desk_job *job = ue >= 0 && ue < d->config.n_ues ? d->ues[ue].jobs : NULL;
	while (job && job->number != number)
		job = job->next;
	return job;
}

static struct desk_job *new_job(struct desk *d)
{
	struct desk_job *job = d->spare;
	if (job) {
		d->spare = job->next;
		return job;
	}
	job = calloc(1, sizeof(*job));
	if (job) {
		job->next_made = d->made;
		d->made = job;
		d->n_made++;
	}
	return job;
}

void desk_recycle(struct desk *d)
{
	if (!d->closed)
		return;
	d->closed->next = d->spare;
	d->spare = d->closed;
	d->closed = NULL;
}

static int check_request(const struct desk *d, const struct desk_event *e, struct err *err)
{
	int ue = e->request.ue;
	if (ue < 0 || ue >= d->config.n_ues)
		return err_set(err, EPROTO, "a request of ue%lld: this run has ue1 to ue%d",
			       (long long)ue + 1, d->config.n_ues);
	const struct desk_ue *u = &d->ues[ue];
	if (u->n_jobs >= u->most_jobs && u->most_jobs == 1)
		return err_set(err, EPROTO, "a request while task %u is open: one task at a time",
			       u->jobs->number);
	if (u->n_jobs >= u->most_jobs)
		return err_set(err, EPROTO, "a request while %d tasks are open: at most %d at a time",
			       u->n_jobs, u->most_jobs);
	if (e->request.number <= u->last_number)
		return err_set(err, EPROTO, "a request for task %u after task %u: numbers ascend",
			       e->request.number, u->last_number);
	return 0;
}

// Its numbers of jobs have changed.
static void recount(struct desk *d, struct desk_ue *u)
{
	bool has_asked = u->n_asked > 0 && u->n_jobs >= u->most_jobs;
	d->n_ues_asked += has_asked - u->has_asked;
	u->has_asked = has_asked;
	bool is_amid = u->n_asked > 0 && u->n_jobs < u->most_jobs && u->burst > 1 &&
		       u->last_number % (uint32_t)u->burst != 0;
	d->n_amid += is_amid - u->is_amid;
	u->is_amid = is_amid;
}

static void enlist(struct desk *d, struct desk_job *job)
{
	struct desk_ue *u = &d->ues[job->request.ue];
	struct desk_job **at = &u->jobs;
	while (*at)
		at = &(*at)->next;
	*at = job;
	u->n_jobs++;
	u->last_number = job->number;
}

// Takes the job out of its UE's list.
static void unlist(struct desk *d, struct desk_job *job)
{
	struct desk_ue *u = &d->ues[job->request.ue];
	for (struct desk_job **at = &u->jobs; *at; at = &(*at)->next)
		if (*at == job) {
			*at = job->next;
			u->n_jobs--;
			recount(d, u);
			return;
		}
}

// A UE's requests follow one another over the radio, at the worst while all UEs ask.
static int64_t next_request_ns(const struct desk *d, int ue)
{
	double bits = 8 * (double)message_radio_bytes(MESSAGE_REQUEST_SIZE, d->config.mtu);
	double rate_bps = round_rate_bps(&d->config, ue, d->config.n_ues);
	return s_to_ns(d->config.admission_window_s + bits / (rate_bps > 1 ? rate_bps : 1));
}

// It waits for its round or slot from the instant at which it counts as come.
static void ask(struct desk *d, struct desk_job *job)
{
	struct desk_ue *u = &d->ues[job->request.ue];
	if (d->boundaries)
		job->urgent = boundaries_urgent(d->boundaries, &job->request, job->asked_ns);
	d->some_urgent = d->some_urgent || job->urgent;
	bool was_amid = u->is_amid;
	u->n_asked++;
	recount(d, u);
	if (d->n_waiting == 0)
		d->burst_end_ns = 0;
	if (u->is_amid)
		d->waits_until_ns = job->asked_ns + next_request_ns(d, job->request.ue);
	else if (was_amid)
		d->burst_end_ns = job->asked_ns;
	if (d->n_waiting++ > 0)
		return;
	d->closes_ns = d->boundaries ? boundaries_next_ns(d->boundaries, job->asked_ns)
				     : job->asked_ns + s_to_ns(d->config.admission_window_s);
	desk_ask_cell(d);
}

void desk_stop_asking(struct desk *d, struct desk_job *job)
{
	d->ues[job->request.ue].n_asked--;
	d->n_waiting--;
	recount(d, &d->ues[job->request.ue]);
}

int desk_request(struct desk *d, const struct desk_event *e, struct err *err)
{
	int r = check_request(d, e, err);
	if (r < 0)
		return r;
	struct desk_job *job = new_job(d);
	if (!job)
		return err_set(err, ENOMEM, "no memory for a task of ue%d", e->request.ue + 1);
	*job = (struct desk_job){.id = ++d->last_id,
				 .number = e->request.number,
				 .request = {.ue = e->request.ue,
					     .request = e->request.message,
					     .deadline_ns = e->request.deadline_ns},
				 .asked_ns = e->request.asked_ns,
				 .next_made = job->next_made};
	enlist(d, job);
	ask(d, job);
	d->totals.requests++;
	return 0;
}

// It may be the tensor of a dropped job, which was under way when the UE was told.
static bool comes_too_late(const struct desk *d, const struct desk_event *e)
{
	return e->tensor.ue >= 0 && e->tensor.ue < d->config.n_ues && e->tensor.number > 0 &&
	       e->tensor.number <= d->ues[e->tensor.ue].last_dropped;
}

int desk_tensor(struct desk *d, const struct desk_event *e, struct err *err)
{
	struct desk_job *job = desk_find(d, e->tensor.ue, e->tensor.number);
	if (!job && comes_too_late(d, e))
		return 0;
	if (!job || job->state != DESK_PLANNED)
		return err_set(err, EPROTO, "a tensor of task %u that no plan waits for", e->tensor.number);
	job->hertz = 0;
	desk_grant_again(d, e->tensor.ue);
	if (job->batch.server > 0) {
		desk_forward(d, job, e->now_ns);
		return 0;
	}
	job->state = DESK_BATCHING;
	job->result.upload_end_ns = job->input_ns = e->now_ns;
	batcher_input(d->batcher, &job->batch, e->now_ns);
	return 0;
}

void desk_end_job(struct desk *d, struct desk_job *job)
{
	if (job->state != DESK_LEFT)
		unlist(d, job);
	desk_push(d, &(struct desk_action){.kind = DESK_CLOSE, .job = job});
}

static void lose(struct desk *d, struct desk_job *job)
{
	if (job->state == DESK_ASKED)
		desk_stop_asking(d, job);
	else if (job->state == DESK_AWAY)
		d->n_away--;
	else if (job->batch.running) {
		unlist(d, job);
		job->state = DESK_LEFT; // until its batch has ended
		return;
	} else if (job->batch.server == 0)
		batcher_forget(d->batcher, &job->batch);
	desk_end_job(d, job);
}

int desk_lost(struct desk *d, int ue, struct err *err)
{
	if (ue < 0 || ue >= d->config.n_ues)
		return err_set(err, EINVAL, "ue%lld is lost: this run has ue1 to ue%d", (long long)ue + 1,
			       d->config.n_ues);
	while (d->ues[ue].jobs)
		lose(d, d->ues[ue].jobs);
	desk_grant_again(d, ue);
	return 0;
}
