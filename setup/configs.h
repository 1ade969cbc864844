// SPDX-License-Identifier: BSD-3-Clause
// The files that tell the children of a run what to do: DIR/config/{shaper,edge,ue1,...}.json.
#pragma once

#include "edge/desk/config.h"
#include "setup/prepare.h"
#include "setup/radio.h"
#include "setup/topology/topology.h"

struct run_progress;

struct prepared_run {
	const struct topology *topology;
	const char *const *fixed;     // "path=value" that went into it, NULL-terminated; NULL = none
	const char *const *overrides; // likewise, applied after
	const struct prepared *prepared;
	const struct assembly_config *cell;
	const struct ue_radio *radio;  // [n_ues] what the cell gives at the start
	const char *directory;	       // absolute
	struct run_progress *progress; // NULL = nobody watches
	uint32_t run_id;
};

int configs_write(const struct prepared_run *p, struct err *err);

// DIR/profile-<network>.csv of every network that has one: part of the above, and all that a simulation
// leaves.
int configs_write_profiles(const struct prepared_run *p, struct err *err);

// The edge's power and frequencies. The cpu executor has one frequency: this processor's clock is not ours to
// set.
struct edge_power edge_power_of(const struct topology *t);

// When the edge starts batches, none of more than max_batch.
struct batching batching_of(const struct topology *t, int max_batch);

// DIR/config/<label>.json
void config_path(char *path, size_t size, const char *directory, const char *label);
