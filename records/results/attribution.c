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

void attribute_task(struct task_record *t, const struct job_record *job)
{
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
