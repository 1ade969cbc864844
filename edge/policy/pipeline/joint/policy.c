// SPDX-License-Identifier: BSD-3-Clause
// Bursts of several devices together (ours): the band is split so that the last of them is done earliest
// (band.h), each device's cuts and order are those of jps-plus over its part, and the edge serves jobs of all
// devices in batches (serve.h). The server's time is off the critical path of cuts and split; batches then
// end as early as groups in the order of arrival can.
//
// Where the band is not granted each device plans over the rate that it has. Deadlines are not looked at.
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include "edge/policy/builtin.h"
#include "edge/policy/pipeline/device_jobs.h"
#include "edge/policy/pipeline/dvfs.h"
#include "edge/policy/pipeline/joint/band.h"
#include "edge/policy/pipeline/serve.h"
#include "edge/policy/predict.h"

const struct policy_parameter pipeline_joint_parameters[] = {
    [JOINT_BAND] = {"band", "switch", 1, 0, 1, "split the band for the least makespan, not equally"},
    [JOINT_BATCHES] = {"batches", "switch", 1, 0, 1, "jobs of several devices share the edge's batches"},
    [JOINT_DVFS] = {"dvfs", "switch", 0, 0, 1,
		    "lower each device's frequency as far as its last end and last result allow"},
    {0},
};

// A device with its jobs and a copy of their curves.
struct joint {
	const struct snapshot *snapshot;
	struct band_device *devices;
	struct device_jobs *jobs; // beside them
	int n;
};

static void close_joint(struct joint *j)
{
	for (int k = 0; k < j->n; k++) {
		for (int i = 0; i < j->jobs[k].n_types; i++)
			free((void *)j->jobs[k].types[i].device_s);
		free(j->jobs[k].types);
		pipeline_free(&j->devices[k].plan);
	}
	free(j->devices);
	free(j->jobs);
}

static int copy_type(struct chain *out, const struct chain *type, const double *bits, struct err *err)
{
	double *f = calloc(2 * (size_t)type->n_cuts, sizeof(*f));
	if (!f)
		return err_set(err, ENOMEM, "no memory for %d cuts", type->n_cuts);
	double *g = f + type->n_cuts;
	for (int l = 0; l < type->n_cuts; l++) {
		f[l] = type->device_s[l];
		g[l] = l < type->n_cuts - 1 ? bits[l] : 0;
	}
	*out = (struct chain){.jobs = type->jobs, .n_cuts = type->n_cuts, .device_s = f, .upload_s = g};
	return 0;
}

static int copy_types(struct joint *j, struct device_jobs *copy, const struct device_jobs *from,
		      struct err *err)
{
	int rc = 0, first = 0;
	*copy = *from;
	copy->n_types = 0;
	copy->types = calloc((size_t)from->n_types + 1, sizeof(*copy->types));
	if (!copy->types)
		return err_set(err, ENOMEM, "no memory for %d types of jobs", from->n_types);
	for (int i = 0; i < from->n_types && rc == 0; i++) {
		rc = copy_type(&copy->types[i], &from->types[i],
			       snapshot_upload_bits(j->snapshot, from->jobs[first]), err);
		copy->n_types += rc == 0;
		first += from->types[i].jobs;
	}
	return rc;
}

static double start_of(const struct snapshot *snapshot, const struct device_jobs *jobs)
{
	double start_s = 0;
	for (int i = 0; i < jobs->n_jobs; i++) {
		const struct snapshot_job *job = &snapshot->jobs[jobs->jobs[i]];
		start_s = fmax(start_s, fmax(job->release_s, job->device_free_s));
	}
	return start_s;
}

// Whose radio is the worst: jobs of a device share one, but nothing breaks where they tell different ones.
static int worst_radio(const struct snapshot *snapshot, const struct device_jobs *jobs)
{
	int worst = jobs->jobs[0];
	for (int i = 1; i < jobs->n_jobs; i++)
		if (predict_rate_bps(snapshot, jobs->jobs[i], snapshot->band_hertz) <
		    predict_rate_bps(snapshot, worst, snapshot->band_hertz))
			worst = jobs->jobs[i];
	return worst;
}

static int gather(struct joint *j, struct snapshot_devices *devices, struct err *err)
{
	struct device_jobs next;
	int rc;
	while ((rc = snapshot_devices_next(devices, &next, err)) > 0) {
		int k = j->n++;
		rc = copy_types(j, &j->jobs[k], &next, err);
		if (rc < 0)
			break;
		j->devices[k] = (struct band_device){.n_types = j->jobs[k].n_types,
						     .types = j->jobs[k].types,
						     .start_s = start_of(j->snapshot, &next),
						     .job = worst_radio(j->snapshot, &next)};
	}
	return rc;
}

// Over the rates that they have: one that no band changes.
static int plan_at_rates(const struct joint *j, struct err *err)
{
	int rc = 0;
	for (int k = 0; k < j->n && rc == 0; k++)
		rc = band_as_it_is(j->snapshot, &j->devices[k], err);
	return rc;
}

static int share_band(const struct joint *j, bool split, struct err *err)
{
	double band_hz = j->snapshot->band_hertz;
	return !(band_hz > 0) ? plan_at_rates(j, err)
	       : split	      ? band_split(j->snapshot, j->devices, j->n, band_hz, err)
			      : band_equal(j->snapshot, j->devices, j->n, band_hz, err);
}

static int decide(const struct joint *j, struct plan *plan, struct err *err)
{
	int rc = 0;
	for (int k = 0; k < j->n && rc == 0; k++)
		rc = device_jobs_decide(j->snapshot, plan, &j->jobs[k], &j->devices[k].plan,
					j->devices[k].hertz, err);
	return rc;
}

static int plan_devices(struct joint *j, struct plan *plan, bool split, struct err *err)
{
	struct snapshot_devices *devices;
	size_t n = (size_t)j->snapshot->n_jobs + 1;
	int rc = snapshot_devices_open(&devices, j->snapshot, false, err);
	if (rc < 0)
		return rc;
	j->devices = calloc(n, sizeof(*j->devices));
	j->jobs = calloc(n, sizeof(*j->jobs));
	rc = j->devices && j->jobs ? gather(j, devices, err)
				   : err_set(err, ENOMEM, "no memory for %zu jobs", n);
	rc = rc ? rc : share_band(j, split, err);
	rc = rc ? rc : decide(j, plan, err);
	snapshot_devices_close(devices);
	return rc;
}

int plan_jps_joint(const struct policy *self, const struct snapshot *snapshot, struct plan *plan,
		   struct err *err)
{
	struct joint j = {.snapshot = snapshot};
	int rc = plan_devices(&j, plan, self->value[JOINT_BAND] > 0, err);
	close_joint(&j);
	if (rc == 0 && self->value[JOINT_DVFS] > 0)
		rc = dvfs_slow_down(snapshot, plan, err);
	if (rc < 0)
		return rc;
	return self->value[JOINT_BATCHES] > 0 ? serve_in_groups(snapshot, plan, err)
					      : serve_one_by_one(snapshot, plan, err);
}
