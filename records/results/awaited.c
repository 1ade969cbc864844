// SPDX-License-Identifier: BSD-3-Clause
#include "records/results/awaited.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int awaited_open(struct awaited *a, int most)
{
	*a = (struct awaited){.most = most};
	a->tasks = calloc((size_t)most, sizeof(*a->tasks));
	a->jobs = calloc((size_t)most, sizeof(*a->jobs));
	return a->tasks && a->jobs ? 0 : -ENOMEM;
}

void awaited_close(struct awaited *a)
{
	free(a->tasks);
	free(a->jobs);
	*a = (struct awaited){0};
}

static void take_task(struct awaited *a, int i, struct task_record *out)
{
	*out = a->tasks[i];
	a->n_tasks--;
	memmove(&a->tasks[i], &a->tasks[i + 1], (size_t)(a->n_tasks - i) * sizeof(*a->tasks));
}

static void take_job(struct awaited *a, int i, struct job_record *out)
{
	*out = a->jobs[i];
	a->n_jobs--;
	memmove(&a->jobs[i], &a->jobs[i + 1], (size_t)(a->n_jobs - i) * sizeof(*a->jobs));
}

bool awaited_task(struct awaited *a, uint32_t number, struct task_record *out)
{
	for (int i = 0; i < a->n_tasks; i++)
		if (a->tasks[i].task == number) {
			take_task(a, i, out);
			return true;
		}
	return false;
}

bool awaited_job(struct awaited *a, uint32_t number, struct job_record *out)
{
	for (int i = 0; i < a->n_jobs; i++)
		if (a->jobs[i].task == number) {
			take_job(a, i, out);
			return true;
		}
	return false;
}

bool awaited_oldest(struct awaited *a, bool anyway, struct task_record *out)
{
	if (a->n_tasks == 0 || (!anyway && a->n_tasks < a->most))
		return false;
	take_task(a, 0, out);
	return true;
}

void awaited_keep_task(struct awaited *a, const struct task_record *task)
{
	a->tasks[a->n_tasks++] = *task;
}

void awaited_keep_job(struct awaited *a, const struct job_record *job)
{
	struct job_record forgotten;
	if (a->n_jobs == a->most)
		take_job(a, 0, &forgotten);
	a->jobs[a->n_jobs++] = *job;
}
