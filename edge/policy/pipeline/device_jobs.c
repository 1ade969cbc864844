// SPDX-License-Identifier: BSD-3-Clause
#include "edge/policy/pipeline/device_jobs.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

struct snapshot_devices {
	const struct snapshot *snapshot;
	bool with_server;
	int *order; // [n_jobs] jobs by device, then by what they are
	int at;	    // the next device's first
	int n_types;
	struct chain *types; // [n_jobs] of the device in hand
	double *curves;	     // theirs
	size_t capacity;
};

static int compare(double a, double b)
{
	return (a > b) - (a < b);
}

static int compare_all(const double *a, const double *b, int n)
{
	int order = 0;
	for (int i = 0; a != b && i < n && order == 0; i++)
		order = compare(a[i], b[i]);
	return order;
}

static const double *device_table(const struct snapshot_job *job)
{
	return job->device_s ? job->device_s[job->network] : NULL;
}

// 0 for jobs of the same type.
static int compare_types(const struct snapshot *snapshot, int x, int y)
{
	const struct snapshot_job *a = &snapshot->jobs[x], *b = &snapshot->jobs[y];
	const double *f = device_table(a), *g = device_table(b);
	int order = a->network - b->network, n_cuts = snapshot->networks[a->network].n_subtasks + 1;
	order = order ? order : (f == NULL) - (g == NULL);
	order = order ? order : compare(a->rate_bps, b->rate_bps);
	order = order ? order
		: f   ? compare_all(f, g, n_cuts)
		      : compare(a->device.f_max_flops, b->device.f_max_flops);
	return order ? order
		     : compare_all(snapshot_upload_bits(snapshot, x), snapshot_upload_bits(snapshot, y),
				   n_cuts);
}

static bool share_device(const struct snapshot *snapshot, int x, int y)
{
	int id = snapshot->jobs[x].device_id;
	return id > 0 && id == snapshot->jobs[y].device_id;
}

static int by_device(const void *a, const void *b, void *context)
{
	const struct snapshot *snapshot = context;
	int x = *(const int *)a, y = *(const int *)b;
	int order = snapshot->jobs[x].device_id - snapshot->jobs[y].device_id;
	if (order == 0 && snapshot->jobs[x].device_id > 0)
		order = compare_types(snapshot, x, y);
	return order ? order : x - y;
}

int snapshot_devices_open(struct snapshot_devices **out, const struct snapshot *snapshot, bool with_server,
			  struct err *err)
{
	struct snapshot_devices *d = calloc(1, sizeof(*d));
	size_t n = (size_t)snapshot->n_jobs + 1;
	*out = d;
	if (d) {
		d->snapshot = snapshot;
		d->with_server = with_server;
		d->order = calloc(n, sizeof(*d->order));
		d->types = calloc(n, sizeof(*d->types));
	}
	if (!d || !d->order || !d->types) {
		snapshot_devices_close(d);
		*out = NULL;
		return err_set(err, ENOMEM, "no memory to sort %d jobs", snapshot->n_jobs);
	}
	for (int m = 0; m < snapshot->n_jobs; m++)
		d->order[m] = m;
	// qsort_r wants a pointer to non-const and hands it back.
	if (snapshot->n_jobs > 1)
		qsort_r(d->order, n - 1, sizeof(*d->order), by_device, (void *)snapshot);
	return 0;
}

void snapshot_devices_close(struct snapshot_devices *d)
{
	if (!d)
		return;
	free(d->order);
	free(d->types);
	free(d->curves);
	free(d);
}

static void fill_device(const struct snapshot_job *job, const struct snapshot_network *net, double f[])
{
	double work_flop = 0;
	for (int l = 0; l <= net->n_subtasks; l++) {
		f[l] = job->device_s ? job->device_s[job->network][l]
				     : device_time_s(work_flop, job->device.f_max_flops);
		work_flop += l < net->n_subtasks ? net->work_flop[l] : 0;
	}
}

static void fill_upload(const struct snapshot *snapshot, int m, int n_subtasks, double g[])
{
	const double *bits = snapshot_upload_bits(snapshot, m), rate_bps = snapshot->jobs[m].rate_bps;
	for (int l = 0; l < n_subtasks; l++)
		g[l] = rate_bps > 0 ? bits[l] / rate_bps : INFINITY;
	g[n_subtasks] = 0;
}

static void fill_server(const struct snapshot_network *net, double s[])
{
	s[net->n_subtasks] = 0;
	for (int l = net->n_subtasks - 1; l >= 0; l--)
		s[l] = s[l + 1] + snapshot_batch_s(net, l, 1);
}

static int n_cuts_of(const struct snapshot *snapshot, int m)
{
	return snapshot->networks[snapshot->jobs[m].network].n_subtasks + 1;
}

// The curves of job m at `at`; returns what is behind them.
static double *fill_type(const struct snapshot_devices *d, int m, struct chain *type, double *at)
{
	const struct snapshot_job *job = &d->snapshot->jobs[m];
	const struct snapshot_network *net = &d->snapshot->networks[job->network];
	int n_cuts = net->n_subtasks + 1;
	double *f = at, *g = f + n_cuts, *s = g + n_cuts;
	fill_device(job, net, f);
	fill_upload(d->snapshot, m, net->n_subtasks, g);
	if (d->with_server)
		fill_server(net, s);
	*type = (struct chain){
	    .n_cuts = n_cuts, .device_s = f, .upload_s = g, .server_s = d->with_server ? s : NULL};
	return s + n_cuts;
}

static int fill_types(struct snapshot_devices *d, const struct device_jobs *out, struct err *err)
{
	size_t size = 1;
	for (int i = 0; i < out->n_jobs; i++)
		if (i == 0 || compare_types(d->snapshot, out->jobs[i - 1], out->jobs[i]) != 0)
			size += 3 * (size_t)n_cuts_of(d->snapshot, out->jobs[i]);
	if (size > d->capacity) {
		free(d->curves);
		d->curves = malloc(size * sizeof(*d->curves));
		d->capacity = d->curves ? size : 0;
	}
	if (!d->curves)
		return err_set(err, ENOMEM, "no memory for the times of %d jobs", out->n_jobs);
	double *at = d->curves;
	d->n_types = 0;
	for (int i = 0; i < out->n_jobs; i++) {
		if (i == 0 || compare_types(d->snapshot, out->jobs[i - 1], out->jobs[i]) != 0)
			at = fill_type(d, out->jobs[i], &d->types[d->n_types++], at);
		d->types[d->n_types - 1].jobs++;
	}
	return 0;
}

int snapshot_devices_next(struct snapshot_devices *d, struct device_jobs *out, struct err *err)
{
	int n = d->snapshot->n_jobs, from = d->at;
	if (from == n)
		return 0;
	d->at++;
	while (d->at < n && share_device(d->snapshot, d->order[from], d->order[d->at]))
		d->at++;
	*out = (struct device_jobs){.n_jobs = d->at - from, .types = d->types, .jobs = d->order + from};
	int rc = fill_types(d, out, err);
	out->n_types = d->n_types;
	return rc < 0 ? rc : 1;
}

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

// next[type] is its first that has no place yet.
int device_jobs_decide(const struct snapshot *snapshot, struct plan *plan, const struct device_jobs *device,
		       const struct pipeline *pipeline, double hertz, struct err *err)
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
			plan->jobs[m].hertz = plan->jobs[m].group >= 0 ? hertz : 0;
		}
	free(next);
	return 0;
}
