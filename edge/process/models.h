// SPDX-License-Identifier: BSD-3-Clause
// The networks an edge serves: executor, profile, and what policies see of them.
#pragma once

#include "dnn/confidence.h"
#include "dnn/executor.h"
#include "dnn/profile.h"
#include "dnn/samples.h"
#include "edge/desk/config.h"
#include "edge/process/drift.h"
#include "edge/desk/round.h"

struct models {
	int n;
	struct network **networks;
	struct profile **profiles;
	struct executor **executors;
	struct confidence **confidence; // by which tasks leave early; NULL of a network = they do not
	struct samples **samples;	// of what a replay sends back: what was prepared; NULL = zeros
	struct drift *drift;		// of this processor from its profile; a replayed one has none
	struct snapshot_network
	    *seen; // plans are made with 95th percentiles, so that bookings hold: the drift's
	double *result_bytes;
	float *spare; // room for any tensor of any network: what nobody reads
};

int models_open(struct models *m, const struct edge_config *config, struct err *err);
void models_close(struct models *m);
struct round_networks models_for_rounds(const struct models *m);

// What the profile says a batch takes, in ns: its median and its 95th percentile.
int64_t models_median_ns(const struct models *m, int network, int subtask, int batch);
int64_t models_p95_ns(const struct models *m, int network, int subtask, int batch);
