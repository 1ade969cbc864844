// SPDX-License-Identifier: BSD-3-Clause
#include "ue/life/line.h"

#include <stddef.h>

static bool goes_before(const struct task *a, const struct task *b)
{
	if (a->planned_start_ns != b->planned_start_ns)
		return a->planned_start_ns < b->planned_start_ns;
	if (a->record.plan_end_ns[STAGE_UPLOAD] != b->record.plan_end_ns[STAGE_UPLOAD])
		return a->record.plan_end_ns[STAGE_UPLOAD] < b->record.plan_end_ns[STAGE_UPLOAD];
	return a->record.task < b->record.task;
}

void line_enter(struct task_line *line, struct task *task, const struct task *keep)
{
	struct task **at = &line->first;
	while (*at && (*at == keep || goes_before(*at, task)))
		at = &(*at)->behind;
	task->behind = *at;
	*at = task;
}

bool line_leave(struct task_line *line, struct task *task)
{
	struct task **at = &line->first;
	while (*at && *at != task)
		at = &(*at)->behind;
	if (!*at)
		return false;
	*at = task->behind;
	task->behind = NULL;
	return true;
}

struct task *line_take(struct task_line *line)
{
	struct task *first = line->first;
	if (first) {
		line->first = first->behind;
		first->behind = NULL;
	}
	return first;
}
