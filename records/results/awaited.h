// SPDX-License-Identifier: BSD-3-Clause
// Tasks of one UE of which only one part is there: what the UE says of a task, or what the edge says of its
// job (struct job_record). Pure. A UE has at most so many tasks that wait as it may have open; beyond, the
// oldest waits no longer.
#pragma once

#include "edge/desk/record.h"
#include "ue/life/record.h"

struct awaited {
	struct task_record *tasks; // [most] in the order in which they came
	struct job_record *jobs;   // [most] likewise
	int n_tasks, n_jobs, most;
};

// 0 or -ENOMEM; awaited_close also ends one that is all zero.
int awaited_open(struct awaited *a, int most);
void awaited_close(struct awaited *a);

// Takes out what waits: of this task, or (awaited_oldest) the task that waits longest when as many wait as
// can, or anyway. False when there is none.
bool awaited_task(struct awaited *a, uint32_t number, struct task_record *out);
bool awaited_job(struct awaited *a, uint32_t number, struct job_record *out);
bool awaited_oldest(struct awaited *a, bool anyway, struct task_record *out);

// Puts in what has to wait. Of a task there is room when awaited_oldest has been asked; the oldest job is
// forgotten when there is none.
void awaited_keep_task(struct awaited *a, const struct task_record *task);
void awaited_keep_job(struct awaited *a, const struct job_record *job);
