// SPDX-License-Identifier: BSD-3-Clause
#include "records/results/attribution.h"

static int64_t above_zero(int64_t ns)
{
	return ns > 0 ? ns : 0;
}

static int64_t smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static bool stays_local(const struct task_record *t)
{
	return t->cut == t->n_subtasks;
}

bool attribution_is_whole(const struct task_record *t, const struct job_record *job, enum task_stage stage)
{
	if (!job || stays_local(t) || t->outcome != TASK_DONE)
		return false;
	return stage == STAGE_UPLOAD ? t->up_lost == job->up_lost : t->down_lost == job->down_lost;
}

static void attribute_plan(struct task_record *t, const struct job_record *job)
{
	int64_t late_ns = above_zero(t->end_ns[STAGE_PLAN] - t->plan_end_ns[STAGE_PLAN]);
	t->host_ns[STAGE_PLAN] = smaller(late_ns, t->host_answer_ns + (job ? job->answer_late_ns : 0));
}

static void attribute_edge(struct task_record *t, const struct job_record *job)
{
	if (attribution_is_whole(t, job, STAGE_UPLOAD))
		t->host_ns[STAGE_UPLOAD] = above_zero(t->end_ns[STAGE_UPLOAD] - t->send_start_ns -
						      (job->up_present_ns - t->up_present_ns));
	if (attribution_is_whole(t, job, STAGE_RESULT))
		t->host_ns[STAGE_RESULT] =
		    above_zero(task_stage_ns(t, STAGE_RESULT) - (t->down_present_ns - job->down_present_ns));
	t->host_ns[STAGE_BATCH] = job->debt_ns;
}

// In the time in which the link had nothing of it. A tensor whose sending had not begun was due by the plan,
// and by what the radio delayed the answer.
static int64_t upload_until_drop_ns(const struct task_record *t, const struct job_record *job)
{
	if (t->send_start_ns > 0 && t->send_start_ns <= job->dropped_ns)
		return above_zero(job->dropped_ns - t->send_start_ns -
				  (job->up_present_ns - t->up_present_ns));
	int64_t late_ns =
	    above_zero(smaller(t->end_ns[STAGE_PLAN], job->dropped_ns) - t->plan_end_ns[STAGE_PLAN]);
	return above_zero(job->dropped_ns - t->plan_end_ns[STAGE_LOCAL] -
			  larger(late_ns, t->host_ns[STAGE_LOCAL]));
}

// Dropped by the host when all it added would have been enough for what was still to be sent.
static void attribute_drop(struct task_record *t, const struct job_record *job)
{
	attribute_plan(t, job);
	if (!job || job->dropped_ns == 0)
		return;
	if (t->send_start_ns == 0 || t->up_lost == job->up_lost)
		t->host_ns[STAGE_UPLOAD] = upload_until_drop_ns(t, job);
	const int64_t *h = t->host_ns;
	t->host_total_ns = h[STAGE_PLAN] + h[STAGE_LOCAL] + h[STAGE_UPLOAD];
	t->dropped_by_host = t->host_total_ns > 0 && t->host_total_ns >= job->left_ns;
}

void attribute_task(struct task_record *t, const struct job_record *job)
{
	if (t->outcome == TASK_DROPPED)
		attribute_drop(t, job);
	if (t->outcome != TASK_DONE)
		return;
	attribute_plan(t, job);
	if (job && !stays_local(t))
		attribute_edge(t, job);
	const int64_t *h = t->host_ns;
	t->host_total_ns =
	    h[STAGE_PLAN] + h[STAGE_LOCAL] + larger(h[STAGE_UPLOAD], h[STAGE_BATCH]) + h[STAGE_RESULT];
}

enum task_stage attribution_stage(const struct task_record *t)
{
	enum task_stage most = STAGE_PLAN;
	for (int s = 0; s < STAGE_COUNT; s++)
		if (t->host_ns[s] > t->host_ns[most])
			most = (enum task_stage)s;
	return most;
}
