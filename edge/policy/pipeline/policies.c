// SPDX-License-Identifier: BSD-3-Clause
// The schemes of pipelined partition as policies. A device's jobs are cut and ordered by the scheme, at its
// highest frequency; jobs of a device of their own (device_id 0) are devices with one job. The makespan is
// what counts: deadlines are not looked at, and who misses one is reported as infeasible.
//
// dvfs (ours): then the device's frequency is lowered job by job as far as the makespan allows (dvfs.h).
//
// The edge takes jobs as their uploads end, first come, first served, each with all that remains in one gap
// of its calendar, without batching.
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include "edge/policy/builtin.h"
#include "edge/policy/order.h"
#include "edge/policy/pipeline/dvfs.h"
#include "edge/policy/pipeline/device_jobs.h"
#include "edge/policy/predict.h"
#include "edge/policy/write.h"

const struct policy_parameter pipeline_parameters[] = {
    [PIPELINE_SERVER] = {"server", "switch", 0, 0, 1,
			 "count the server's time as the pipeline's third stage"},
    [PIPELINE_DVFS] = {"dvfs", "switch", 0, 0, 1,
		       "lower the device's frequency where nothing is done later for it"},
    {0},
};

static void decide_job(const struct snapshot *snapshot, struct plan *plan, int m, int cut, int order)
{
	const struct snapshot_job *job = &snapshot->jobs[m];
	const struct snapshot_network *net = &snapshot->networks[job->network];
	double work_flop = 0;
	for (int l = 0; l < cut; l++)
		work_flop += net->work_flop[l];
	plan->jobs[m].cut = cut;
	plan->jobs[m].freq_flops = work_flop > 0 && !job->device_s ? job->device.f_max_flops : 0;
	plan->jobs[m].order = job->device_id > 0 ? order : 0;
	plan->jobs[m].group = cut < net->n_subtasks ? 0 : -1;
}

// Jobs of a type go in the snapshot's order; next[type] is its first that has no place yet.
static int decide_device(const struct snapshot *snapshot, struct plan *plan, const struct device_jobs *device,
			 const struct pipeline *pipeline, struct err *err)
{
	int *next = calloc((size_t)device->n_types + 1, sizeof(*next)), order = 0;
	if (!next)
		return err_set(err, ENOMEM, "no memory for %d types of jobs", device->n_types);
	for (int i = 1; i < device->n_types; i++)
		next[i] = next[i - 1] + device->types[i - 1].jobs;
	for (int r = 0; r < pipeline->n_runs; r++)
		for (int i = 0; i < pipeline->runs[r].n; i++) {
			int m = device->jobs[next[pipeline->runs[r].type]++];
			decide_job(snapshot, plan, m, pipeline->runs[r].cut, ++order);
		}
	free(next);
	return 0;
}

static int decide(const struct snapshot *snapshot, struct plan *plan, pipeline_scheme *scheme,
		  bool with_server, struct err *err)
{
	struct snapshot_devices *devices;
	struct device_jobs device;
	struct pipeline pipeline = {0};
	int rc = snapshot_devices_open(&devices, snapshot, with_server, err);
	while (rc == 0 && (rc = snapshot_devices_next(devices, &device, err)) > 0) {
		rc = scheme(device.types, device.n_types, &pipeline, err);
		rc = rc ? rc : decide_device(snapshot, plan, &device, &pipeline, err);
	}
	pipeline_free(&pipeline);
	snapshot_devices_close(devices);
	return rc;
}

struct arrivals {
	const struct snapshot *snapshot;
	const struct plan *plan;
};

static int by_arrival(const void *a, const void *b, void *context)
{
	const struct arrivals *all = context;
	const struct plan *plan = all->plan;
	int x = *(const int *)a, y = *(const int *)b;
	double arrival_x = plan->jobs[x].upload_end_s, arrival_y = plan->jobs[y].upload_end_s;
	if (arrival_x != arrival_y)
		return arrival_x < arrival_y ? -1 : 1;
	return order_jobs(all->snapshot, x, y);
}

// The edge's time, gap by gap.
struct edge_time {
	const struct snapshot_server *edge;
	double free_s;
	int next_busy;
};

// The earliest instant from from_s on at which it is free for so long.
static double take_gap(struct edge_time *t, double from_s, double run_s)
{
	double start_s = fmax(t->free_s, from_s);
	for (; t->next_busy < t->edge->n_busy; t->next_busy++) {
		const struct busy *busy = &t->edge->busy[t->next_busy];
		if (start_s + run_s <= busy->start_s)
			break;
		start_s = fmax(start_s, busy->end_s);
	}
	t->free_s = start_s + run_s;
	return start_s;
}

static void serve(const struct snapshot *snapshot, struct plan *plan, int m, int group,
		  struct edge_time *edge)
{
	struct plan_job *job = &plan->jobs[m];
	const struct snapshot_network *net = &snapshot->networks[job->network];
	double run_s = 0;
	for (int l = job->cut; l < net->n_subtasks; l++)
		run_s += snapshot_batch_s(net, l, 1);
	double start_s = take_gap(edge, job->upload_end_s + snapshot->guard_s, run_s);
	job->group = group;
	for (int l = job->cut; l < net->n_subtasks; l++) {
		write_batch(plan, job->network, l, group, start_s);
		write_member(plan, m);
		start_s = batch_ends_s(plan, snapshot);
	}
}

// By when uploads end, which the prediction says without the edge, too.
static int serve_all(const struct snapshot *snapshot, struct plan *plan, struct err *err)
{
	int rc = plan_predict(snapshot, plan, err), n = 0;
	int *arrivals = calloc((size_t)snapshot->n_jobs + 1, sizeof(*arrivals));
	if (rc == 0 && !arrivals)
		rc = err_set(err, ENOMEM, "no memory to serve %d jobs", snapshot->n_jobs);
	for (int m = 0; m < snapshot->n_jobs && rc == 0; m++) {
		plan->jobs[m].why[0] = '\0';
		if (plan->jobs[m].group >= 0)
			arrivals[n++] = m;
	}
	if (n > 1)
		qsort_r(arrivals, (size_t)n, sizeof(*arrivals), by_arrival,
			&(struct arrivals){snapshot, plan});
	struct edge_time edge = {.edge = &snapshot->servers[0], .free_s = snapshot->servers[0].free_s};
	for (int i = 0; i < n; i++)
		serve(snapshot, plan, arrivals[i], i, &edge);
	free(arrivals);
	return rc;
}

static int plan_by(pipeline_scheme *scheme, const struct policy *self, const struct snapshot *snapshot,
		   struct plan *plan, struct err *err)
{
	int rc = decide(snapshot, plan, scheme, self->value[PIPELINE_SERVER] > 0, err);
	if (rc == 0 && self->value[PIPELINE_DVFS] > 0)
		rc = dvfs_slow_down(snapshot, plan, err);
	return rc ? rc : serve_all(snapshot, plan, err);
}

#define SCHEME(scheme)                                                                                       \
	int plan_##scheme(const struct policy *self, const struct snapshot *snapshot, struct plan *plan,     \
			  struct err *err)                                                                   \
	{                                                                                                    \
		return plan_by(pipeline_##scheme, self, snapshot, plan, err);                                \
	}

SCHEME(jps)
SCHEME(jps_plus)
SCHEME(jps_hetero)
SCHEME(layer_schedule)
SCHEME(local_only)
SCHEME(cloud_only)
SCHEME(partition_only)
SCHEME(schedule_only)
