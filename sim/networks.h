// SPDX-License-Identifier: BSD-3-Clause
// The networks of a simulated run as both ends see them: sizes, work and run times, no weights and no
// tensors.
#pragma once

#include "edge/desk/round.h"
#include "setup/configs.h"
#include "ue/life/task.h"

struct sim_network {
	uint64_t hash;
	int64_t result_values;
	struct task_network sizes[FEATURES_COUNT];
	uint8_t *tensors;	     // [n_subtasks + 1] sizes' own
	struct snapshot_network run; // batch_s = the profile's medians: what batches take in virtual time
};

// Of a UE whose inputs have a stated size: its own sizes; upload_bits NULL = those of its network.
struct sim_input {
	double *upload_bits;
	struct task_network sizes;
};

struct sim_networks {
	int n; // those that some UE has tasks of
	struct sim_network *network;
	struct confidence **confidence; // [n] by which tasks leave early; NULL = they do not
	struct snapshot_network *seen;	// [n] what policies plan with: 95th percentiles, as the emulated edge
	double *result_bytes;		// [n]
	int *of_ue;			// [n_ues]
	// Behind those that UEs have tasks of stand the variants, which devices alone run.
	int n_variants, variants[EDGE_MAX_VARIANTS];
	const struct task_network *variant_sizes[FEATURES_COUNT][EDGE_MAX_VARIANTS];
	struct sim_input *inputs; // [n_ues]
	int n_ues;
	int n_servers;			    // beyond the edge
	double **server_run, **server_seen; // [n_servers * n] likewise of each, the first one's first
	const double *const **server_rows;  // [n_servers] into server_seen
};

// The profiles of run->prepared must outlive it. 0, or a negative errno with a sentence.
int sim_networks_open(struct sim_networks *s, const struct prepared_run *run, struct err *err);
void sim_networks_close(struct sim_networks *s);

// A UE's sizes, and what the edge is told of it.
const struct task_network *sim_networks_sizes(const struct sim_networks *s, int ue, enum features features);
void sim_networks_tell(const struct sim_networks *s, struct edge_config *config); // its ues are there

// What batch times are after, in words.
void sim_networks_describe(const struct prepared_run *run, char *text, size_t size);

struct round_networks sim_networks_for_rounds(const struct sim_networks *s);

// What a batch takes on a server (0 = the edge), in ns: the median and the 95th percentile.
int64_t sim_networks_run_ns(const struct sim_networks *s, int server, int network, int subtask, int batch);
int64_t sim_networks_p95_ns(const struct sim_networks *s, int server, int network, int subtask, int batch);
