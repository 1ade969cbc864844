// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include "edge/policy/pipeline/dvfs.h"
#include "edge/policy/predict.h"

struct slowing {
	const struct snapshot *snapshot;
	struct plan *plan;
	int *jobs;		  // [n] by device and order
	struct paced_job *paced;  // [n] theirs
	double *served_s, *run_s; // [n] when the edge is through with each, at f_max, and how long it takes
};

static int by_place(const void *a, const void *b, void *context)
{
	const struct slowing *s = context;
	int x = *(const int *)a, y = *(const int *)b;
	int order = s->snapshot->jobs[x].device_id - s->snapshot->jobs[y].device_id;
	return order ? order : s->plan->jobs[x].order - s->plan->jobs[y].order;
}

static const struct snapshot_job *told(const struct slowing *s, int i)
{
	return &s->snapshot->jobs[s->jobs[i]];
}

static const struct plan_job *planned(const struct slowing *s, int i)
{
	return &s->plan->jobs[s->jobs[i]];
}

static bool is_sent(const struct slowing *s, int i)
{
	return planned(s, i)->cut < plan_subtasks(s->snapshot, planned(s, i));
}

static double air_s(const struct slowing *s, int i)
{
	return planned(s, i)->upload_end_s - planned(s, i)->upload_start_s - told(s, i)->uplink_delay_s;
}

// A frequency for all of them is known, and the same.
static bool can_slow(const struct slowing *s, int from, int to)
{
	const struct device *d = &told(s, from)->device;
	for (int i = from; i < to; i++) {
		const struct device *other = &told(s, i)->device;
		if (told(s, i)->device_s || !planned(s, i)->admitted ||
		    other->f_min_flops != d->f_min_flops || other->f_max_flops != d->f_max_flops ||
		    other->kappa != d->kappa)
			return false;
	}
	return true;
}

static void serve(struct slowing *s, int from, int to)
{
	double free_s = s->snapshot->servers[0].free_s;
	for (int i = from; i < to; i++) {
		const struct snapshot_network *net = &s->snapshot->networks[planned(s, i)->network];
		s->run_s[i] = 0;
		for (int l = planned(s, i)->cut; l < plan_subtasks(s->snapshot, planned(s, i)); l++)
			s->run_s[i] += snapshot_batch_s(net, l, 1);
		s->served_s[i] = planned(s, i)->compute_end_s;
		if (is_sent(s, i))
			s->served_s[i] = free_s =
			    fmax(free_s, planned(s, i)->upload_end_s + s->snapshot->guard_s) + s->run_s[i];
	}
}

static double way_back_s(const struct slowing *s, int i)
{
	return is_sent(s, i) ? told(s, i)->downlink_s : 0;
}

// When it must be done, here or there, for its result to be there by last_s, and in time if it is so at
// f_max.
static double due_s(const struct slowing *s, int i, double last_s)
{
	double deadline_s = told(s, i)->deadline_s - way_back_s(s, i);
	last_s -= way_back_s(s, i);
	return s->served_s[i] <= deadline_s ? fmin(last_s, deadline_s) : last_s;
}

// Backwards: when the edge, the uplink and the device are through with each at the latest.
static void find_latest(struct slowing *s, int from, int to)
{
	double sent_last_s = 0, result_last_s = 0;
	for (int i = from; i < to; i++) {
		sent_last_s = fmax(sent_last_s, planned(s, i)->upload_end_s);
		result_last_s = fmax(result_last_s, s->served_s[i] + way_back_s(s, i));
	}
	double uplink_s = INFINITY, edge_s = INFINITY; // when they must be free for what follows
	for (int i = to - 1; i >= from; i--) {
		double latest_s = due_s(s, i, result_last_s);
		s->paced[i].latest_s = fmin(latest_s, sent_last_s);
		if (!is_sent(s, i))
			continue;
		edge_s = fmin(edge_s, latest_s) - s->run_s[i];
		double here_s = fmin(edge_s - s->snapshot->guard_s, sent_last_s); // the tensor, at the latest
		uplink_s = fmin(uplink_s, here_s - told(s, i)->uplink_delay_s) - air_s(s, i);
		s->paced[i].latest_s = uplink_s;
	}
}

static void find_work(struct slowing *s, int from, int to)
{
	for (int i = from; i < to; i++) {
		const struct snapshot_network *net = &s->snapshot->networks[planned(s, i)->network];
		s->paced[i].work_flop = 0;
		for (int l = 0; l < planned(s, i)->cut; l++)
			s->paced[i].work_flop += net->work_flop[l];
	}
}

// Jobs that follow each other without a pause, from `from`. What comes after a pause keeps its start.
static int end_of_stretch(struct slowing *s, int from, int to)
{
	int end = from + 1;
	while (end < to && !(planned(s, end)->compute_start_s > planned(s, end - 1)->compute_end_s))
		end++;
	for (int i = from; end < to && i < end; i++)
		s->paced[i].latest_s = fmin(s->paced[i].latest_s, planned(s, end)->compute_start_s);
	return end;
}

static void slow_device(struct slowing *s, int from, int to)
{
	if (!can_slow(s, from, to))
		return;
	serve(s, from, to);
	find_latest(s, from, to);
	find_work(s, from, to);
	for (int i = from, end; i < to; i = end) {
		end = end_of_stretch(s, i, to);
		dvfs_pace(s->paced + i, end - i, planned(s, i)->compute_start_s, &told(s, i)->device);
	}
	for (int i = from; i < to; i++)
		s->plan->jobs[s->jobs[i]].freq_flops = s->paced[i].freq_flops;
}

static void slow_all(struct slowing *s)
{
	int n = 0;
	for (int m = 0; m < s->snapshot->n_jobs; m++)
		if (s->snapshot->jobs[m].device_id > 0)
			s->jobs[n++] = m;
	if (n > 1)
		qsort_r(s->jobs, (size_t)n, sizeof(*s->jobs), by_place, s);
	for (int from = 0, to; from < n; from = to) {
		to = from + 1;
		while (to < n && told(s, to)->device_id == told(s, from)->device_id)
			to++;
		slow_device(s, from, to);
	}
}

int dvfs_slow_down(const struct snapshot *snapshot, struct plan *plan, struct err *err)
{
	size_t n = (size_t)snapshot->n_jobs + 1;
	struct slowing s = {snapshot,
			    plan,
			    calloc(n, sizeof(*s.jobs)),
			    calloc(n, sizeof(*s.paced)),
			    calloc(n, sizeof(*s.served_s)),
			    calloc(n, sizeof(*s.run_s))};
	bool has_room = s.jobs && s.paced && s.served_s && s.run_s;
	int rc = has_room ? plan_predict(snapshot, plan, err)
			  : err_set(err, ENOMEM, "no memory to slow down %d jobs", snapshot->n_jobs);
	if (has_room && rc == 0)
		slow_all(&s);
	for (int m = 0; m < snapshot->n_jobs; m++)
		plan->jobs[m].why[0] = '\0';
	free(s.jobs);
	free(s.paced);
	free(s.served_s);
	free(s.run_s);
	return rc;
}
