// SPDX-License-Identifier: BSD-3-Clause
// Bursts: the tasks of a UE that arose at the same instant, as one problem of its device and its uplink
// (docs/pipeline.md). Pure.
//
// Times count from the burst's first planned start, the same for plan and measurement, so that what is
// compared is the pipeline and not what the request took. A tensor is on the uplink from when it is handed
// over and the one before it has arrived; the device is busy with local parts, as it is modelled, however
// late its host wakes up.
#pragma once

#include <jansson.h>
#include "ue/life/record.h"

// What a schedule took, as measured or as planned.
struct burst_times {
	int64_t upload_ns;		       // until the last upload's end, and the last local part's
	int64_t result_ns;		       // until the last result
	int64_t device_ns, uplink_ns, both_ns; // the device was busy, the uplink, both at once
};

struct burst_figures {
	uint32_t ue, burst, n, n_done;	      // burst: of its UE, from 1
	int64_t latency_ns;		      // from the arrival to the last result
	struct burst_times measured, planned; // of the tasks that were done
};

// Of tasks[n] of one UE that arose together, in any order, n >= 1; they are put in order. 0, or -ENOMEM.
int burst_figures(struct burst_figures *out, const struct task_record *tasks[], int n);

// One object for each burst of each UE; tasks are put in order. NULL: no memory.
json_t *bursts_json(const struct task_record *tasks[], size_t n);
