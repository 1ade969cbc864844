// SPDX-License-Identifier: BSD-3-Clause
// What the edge knows of a task's lateness: job records (edge/desk/record.h).
#include "base/channel.h"
#include "edge/process/server_private.h"
#include "mac/counters.h"

// The UE's link as its modem counts it; all zero before the run has begun.
static struct counters_ue link_of(const struct server *s, const struct session *session)
{
	struct counters_ue c = {.reserved = {0}};
	if (s->counters && session->ue >= 0)
		counters_load(s->counters, (uint32_t)session->ue, &c);
	return c;
}

static uint64_t lost_of(const struct counters_ue *c, enum link_dir dir)
{
	return c->lost[dir] + c->drops[dir];
}

static void send(const struct server *s, const struct session *session)
{
	channel_send(s->channel, CHANNEL_JOB, &session->job, sizeof(session->job));
}

void server_note_answer(struct server *s, struct session *session, int64_t late_ns)
{
	struct counters_ue c = link_of(s, session);
	session->job = (struct job_record){
	    .ue = (uint32_t)session->ue + 1, .task = session->header.task, .answer_late_ns = late_ns};
	session->present_ns = (int64_t)c.present_ns[LINK_UP];
	session->lost = lost_of(&c, LINK_UP);
	session->debt_ns = 0;
	if ((int)session->plan.cut == session->network->n_subtasks)
		send(s, session);
}

// What its upload took beyond the time in which the link had some of it. Where the radio lost packets, TCP's
// waiting for them is the radio's.
void server_note_tensor(struct server *s, struct session *session, const struct message_header *h,
			int64_t now_ns)
{
	struct counters_ue c = link_of(s, session);
	session->job.up_present_ns = (int64_t)c.present_ns[LINK_UP];
	session->job.up_lost = lost_of(&c, LINK_UP);
	int64_t rest_ns = now_ns - h->sent_ns - (session->job.up_present_ns - session->present_ns);
	bool whole = session->job.up_lost == session->lost;
	session->debt_ns = whole && rest_ns > 0 ? rest_ns : 0;
}

void server_note_result(struct server *s, struct session *session)
{
	struct counters_ue c = link_of(s, session);
	session->job.debt_ns = session->debt_ns;
	session->job.down_present_ns = (int64_t)c.present_ns[LINK_DOWN];
	session->job.down_lost = lost_of(&c, LINK_DOWN);
	send(s, session);
}
