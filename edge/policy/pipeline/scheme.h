// SPDX-License-Identifier: BSD-3-Clause
// Where many jobs of one device are cut, and in which order they go: the schemes of pipelined partition, as
// functions of curves. Pure. Jobs of one type are equal: chains with f(l), the device's time when the first l
// layers run there, and g(l), the upload's time of what then is to be sent. The makespan is the last end of
// device and uplink, and of the server where its time is told.
//
// Reconstruction after "Joint partition and pipeline scheduling" (IEEE TMC 23(4), 2024): [P] near-optimal
// cuts and order for equal chain jobs, a layer-level schedule that is optimal on trees for different ones.
// The formulas are ours, held against brute force in tests/unit/edge/test_pipeline_*.c.
//
//   jps            two neighbouring cuts where f and g cross, m jobs at the first (closed form)
//   jps-plus       all pairs of cuts, then other cuts for the first and the last job (ours)
//   jps-hetero     several types: loads of both machines balanced at one trade-off, then improved
//   layer-schedule the cuts of jps-hetero, layers in the order of tree.h
//   local-only, cloud-only, partition-only (each type's best single-job cut, first in first out),
//   schedule-only  (whole jobs here or there)
//
// jps and jps-plus take several types one by one. Orders are those of flow_shop_order.
#pragma once

#include <stdbool.h>
#include "base/err.h"
#include "edge/policy/pipeline/flow_shop.h"

enum { PIPELINE_MAX_CUTS = 512 };

struct chain {
	int jobs;		// >= 1
	int n_cuts;		// k + 1, 1..PIPELINE_MAX_CUTS
	const double *device_s; // [n_cuts] f, not falling
	const double *upload_s; // [n_cuts] g, its last one 0; INFINITY = cannot be sent
	const double *server_s; // [n_cuts] what then remains; NULL = off the critical path
};

// Decided: runs of equal jobs in the device's order.
struct pipeline {
	struct job_run *runs;
	int n_runs, capacity;
	double makespan_s;
};

// Zero *out first; the caller frees it with pipeline_free. 0 or -ENOMEM with a sentence.
typedef int pipeline_scheme(const struct chain types[], int n_types, struct pipeline *out, struct err *err);

pipeline_scheme pipeline_jps, pipeline_jps_plus, pipeline_jps_hetero, pipeline_layer_schedule,
    pipeline_local_only, pipeline_cloud_only, pipeline_partition_only, pipeline_schedule_only;

// By the name of the policy, whatever settings follow it ("jps-plus:server"); NULL = there is none.
pipeline_scheme *pipeline_find(const char *name);
#define PIPELINE_SCHEMES                                                                                     \
	"jps, jps-plus, jps-hetero, layer-schedule, local-only, cloud-only, partition-only and "             \
	"schedule-only"

void pipeline_free(struct pipeline *out);

// n jobs of a type, all at one cut.
struct job_run pipeline_run(const struct chain types[], int type, int cut, int n);
