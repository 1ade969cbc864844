// SPDX-License-Identifier: BSD-3-Clause
// Where the tensors of a round's jobs lie: beside those they are batched with (edge/process/rows.h).
#include <errno.h>
#include <stdlib.h>

#include "edge/process/server_private.h"

static bool is_local(const struct desk_job *job)
{
	return job->batch.next == job->batch.n_subtasks;
}

// By group, and within it by cut; who leaves at an exit behind those who go on; local ones last.
static int compare(const void *a, const void *b)
{
	const struct desk_job *one = *(struct desk_job *const *)a, *other = *(struct desk_job *const *)b;
	const int64_t keys[][2] = {{is_local(one), is_local(other)},
				   {one->batch.network, other->batch.network},
				   {(int)one->plan.group, (int)other->plan.group},
				   {one->plan.cut, other->plan.cut},
				   {other->batch.n_subtasks, one->batch.n_subtasks},
				   {one->id, other->id}};
	for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++)
		if (keys[k][0] != keys[k][1])
			return keys[k][0] < keys[k][1] ? -1 : 1;
	return 0;
}

static bool same_group(const struct desk_job *a, const struct desk_job *b)
{
	return !is_local(b) && a->batch.network == b->batch.network && a->plan.group == b->plan.group;
}

static int host(struct server *s, struct desk_job *job, struct rows *rows, int row)
{
	const struct network *network = s->models.networks[job->batch.network];
	return hosted_new(job, network, s->config->ues[job->request.ue].features, rows, row) ? 0 : -ENOMEM;
}

static int place_group(struct server *s, struct desk_job *const jobs[], int n)
{
	const struct network *network = s->models.networks[jobs[0]->batch.network];
	struct rows *rows = rows_take(s->pool, network, (int)jobs[0]->plan.cut, n);
	int r = rows ? 0 : -ENOMEM;
	for (int i = 0; r == 0 && i < n; i++)
		r = host(s, jobs[i], rows, i);
	return r;
}

static int place(struct server *s, struct desk_job *const jobs[], int n)
{
	int r = 0, at = 0;
	while (r == 0 && at < n && !is_local(jobs[at])) {
		int size = 1;
		while (at + size < n && same_group(jobs[at], jobs[at + size]))
			size++;
		r = place_group(s, jobs + at, size);
		at += size;
	}
	for (; r == 0 && at < n; at++)
		r = host(s, jobs[at], NULL, 0);
	return r;
}

int server_place(struct server *s, struct desk_job *const jobs[], int n, struct err *err)
{
	struct desk_job **sorted = malloc((size_t)n * sizeof(struct desk_job *));
	int r = -ENOMEM;
	if (sorted) {
		for (int i = 0; i < n; i++)
			sorted[i] = jobs[i];
		qsort(sorted, (size_t)n, sizeof(struct desk_job *), compare);
		r = place(s, sorted, n);
	}
	free(sorted);
	return r < 0 ? err_set(err, ENOMEM, "no memory for the tensors of %d tasks", n) : 0;
}
