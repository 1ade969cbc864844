// SPDX-License-Identifier: BSD-3-Clause
// What the edge knows of a job's lateness: job records (edge/desk/record.h).
#include "base/channel.h"
#include "base/clock.h"
#include "edge/process/server_private.h"
#include "mac/counters.h"

// The UE's link as its modem counts it; all zero before the run has begun.
static struct counters_ue link_of(const struct server *s, const struct desk_job *job)
{
	struct counters_ue c = {.reserved = {0}};
	if (s->counters)
		counters_load(s->counters, (uint32_t)job->request.ue, &c);
	return c;
}

static uint64_t lost_of(const struct counters_ue *c, enum link_dir dir)
{
	return c->lost[dir] + c->drops[dir];
}

static void send(const struct server *s, const struct hosted *h)
{
	channel_send(s->channel, CHANNEL_JOB, &h->record, sizeof(h->record));
}

void server_note_answer(const struct server *s, const struct desk_job *job)
{
	struct hosted *h = hosted_of(job);
	struct counters_ue c = link_of(s, job);
	h->record = (struct job_record){
	    .ue = (uint32_t)job->request.ue + 1, .task = job->number, .answer_late_ns = s->answer_late_ns};
	h->present_ns = (int64_t)c.present_ns[LINK_UP];
	h->lost = lost_of(&c, LINK_UP);
	h->bytes = c.bytes[LINK_UP];
	if (!h->rows)
		send(s, h);
}

// What its upload took beyond the time in which the link had some of it. Where the radio lost packets, TCP's
// waiting for them is the radio's.
void server_note_tensor(const struct server *s, const struct desk_job *job, int64_t sent_ns, int64_t now_ns)
{
	struct hosted *h = hosted_of(job);
	struct counters_ue c = link_of(s, job);
	h->record.up_present_ns = (int64_t)c.present_ns[LINK_UP];
	h->record.up_lost = lost_of(&c, LINK_UP);
	int64_t rest_ns = now_ns - sent_ns - (h->record.up_present_ns - h->present_ns);
	bool whole = h->record.up_lost == h->lost;
	h->debt_ns = whole && rest_ns > 0 ? rest_ns : 0;
	h->ready_ns = now_ns;
}

// The time in which the link had some of its tensor, of which it has sent `sent` bytes, tells how long the
// others will take; before the first byte it is what the plan says.
static int64_t left_of(const struct server *s, const struct desk_job *job, int64_t present_ns, double sent)
{
	const struct hosted *h = hosted_of(job);
	int64_t tensor = features_cut_bytes(h->network, (int)job->plan.cut, h->features);
	double whole = (double)message_radio_bytes(tensor, s->config->mtu),
	       rest = whole > sent ? whole - sent : 0;
	if (sent > 0)
		return (int64_t)((double)present_ns * rest / sent) +
		       s_to_ns(s->config->ues[job->request.ue].uplink_delay_s);
	return job->plan.upload_end_ns - job->plan.compute_end_ns;
}

void server_note_drop(const struct server *s, const struct desk_job *job)
{
	struct hosted *h = hosted_of(job);
	struct counters_ue c = link_of(s, job);
	h->record.dropped_ns = s->run_at_ns;
	h->record.up_present_ns = (int64_t)c.present_ns[LINK_UP];
	h->record.up_lost = lost_of(&c, LINK_UP);
	h->record.left_ns =
	    left_of(s, job, h->record.up_present_ns - h->present_ns, (double)(c.bytes[LINK_UP] - h->bytes));
	send(s, h);
}

void server_note_result(const struct server *s, const struct desk_job *job)
{
	struct hosted *h = hosted_of(job);
	struct counters_ue c = link_of(s, job);
	h->record.debt_ns = h->debt_ns;
	h->record.down_present_ns = (int64_t)c.present_ns[LINK_DOWN];
	h->record.down_lost = lost_of(&c, LINK_DOWN);
	send(s, h);
}
