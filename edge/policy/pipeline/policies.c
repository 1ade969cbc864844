// SPDX-License-Identifier: BSD-3-Clause
// The schemes of pipelined partition as policies. A device's jobs are cut and ordered by the scheme, at its
// highest frequency; jobs of a device of their own (device_id 0) are devices with one job. The makespan is
// what counts: deadlines are not looked at, and who misses one is reported as infeasible.
//
// dvfs (ours): then the device's frequency is lowered job by job as far as the makespan allows (dvfs.h).
//
// The edge takes jobs as their uploads end, one after another, without batching (serve.h).
#include "edge/policy/builtin.h"
#include "edge/policy/pipeline/dvfs.h"
#include "edge/policy/pipeline/device_jobs.h"
#include "edge/policy/pipeline/serve.h"

const struct policy_parameter pipeline_parameters[] = {
    [PIPELINE_SERVER] = {"server", "switch", 0, 0, 1,
			 "count the server's time as the pipeline's third stage"},
    [PIPELINE_DVFS] = {"dvfs", "switch", 0, 0, 1,
		       "lower the device's frequency as far as its last end and last result allow"},
    {0},
};

static int decide(const struct snapshot *snapshot, struct plan *plan, pipeline_scheme *scheme,
		  bool with_server, struct err *err)
{
	struct snapshot_devices *devices;
	struct device_jobs device;
	struct pipeline pipeline = {0};
	int rc = snapshot_devices_open(&devices, snapshot, with_server, err);
	while (rc == 0 && (rc = snapshot_devices_next(devices, &device, err)) > 0) {
		rc = scheme(device.types, device.n_types, &pipeline, err);
		rc = rc ? rc : device_jobs_decide(snapshot, plan, &device, &pipeline, 0, err);
	}
	pipeline_free(&pipeline);
	snapshot_devices_close(devices);
	return rc;
}

static int plan_by(pipeline_scheme *scheme, const struct policy *self, const struct snapshot *snapshot,
		   struct plan *plan, struct err *err)
{
	int rc = decide(snapshot, plan, scheme, self->value[PIPELINE_SERVER] > 0, err);
	if (rc == 0 && self->value[PIPELINE_DVFS] > 0)
		rc = dvfs_slow_down(snapshot, plan, err);
	return rc ? rc : serve_one_by_one(snapshot, plan, err);
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
