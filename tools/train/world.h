// SPDX-License-Identifier: BSD-3-Clause
// From a topology to the environment of edge/online/env.h: the ideal model of docs/online.md, in which plans
// are followed exactly. Users, rates, devices and batch times are those that `airbatch plan --ideal` sees.
#pragma once

#include "edge/online/env.h"
#include "edge/policy/rl/agent.h"
#include "setup/topology/topology.h"

struct world {
	struct topology *topology;
	struct env_config env; // caller and local_at_arrival are the caller's to set
	uint64_t hash;	       // topology_hash
	struct world_storage *storage;
};

// Loads and resolves the file with overrides `set` (NULL-terminated, or NULL). Refuses what the environment
// does not model: channels that move, shared bands, UEs without tasks. -EINVAL and the like with a sentence.
// The caller closes, also after a failure.
int world_open(struct world *w, const char *file, const char *const *set, struct err *err);
void world_close(struct world *w);

// What an agent for this world is.
struct agent_identity world_identity(const struct world *w, enum agent_caller caller);
