// SPDX-License-Identifier: BSD-3-Clause
// The jobs of a snapshot as chains of the schemes: device by device, equal jobs together.
//
// f(l) is the device's table, or the work of the first l sub-tasks at its highest frequency; g(l) the bits at
// cut l over the uplink's rate. What the snapshot calls uplink_delay_s comes after that and keeps the next
// upload from nothing, so it is no part of g. With the server, s(l) is what F_n(1) of the edge add up to. All
// jobs are taken as present: releases shift what follows (plan_predict), not what is decided.
#pragma once

#include "edge/policy/pipeline/scheme.h"
#include "edge/policy/policy.h"

// One device: its types of jobs, and who they are.
struct device_jobs {
	int n_types, n_jobs;
	struct chain *types;
	const int *jobs; // [n_jobs] of the snapshot: those of types[0] first, then those of types[1], ..
};

struct snapshot_devices;

// Sorts the snapshot's jobs. with_server: types have the server's time. 0, or -ENOMEM with a sentence; the
// caller frees it.
int snapshot_devices_open(struct snapshot_devices **out, const struct snapshot *snapshot, bool with_server,
			  struct err *err);
void snapshot_devices_close(struct snapshot_devices *devices); // NULL is allowed

// Decides the device's jobs as the pipeline says, at the highest frequency: those of a type go in the
// snapshot's order. hertz: granted to each that is sent. group becomes 0 for these. 0 or -ENOMEM with a
// sentence.
int device_jobs_decide(const struct snapshot *snapshot, struct plan *plan, const struct device_jobs *device,
		       const struct pipeline *pipeline, double hertz, struct err *err);

// The next device: 1, 0 when there is none, or -ENOMEM with a sentence. *out is valid until the next call.
int snapshot_devices_next(struct snapshot_devices *devices, struct device_jobs *out, struct err *err);
