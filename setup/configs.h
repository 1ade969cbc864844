// SPDX-License-Identifier: BSD-3-Clause
// A run that is prepared, and the files that tell its children what to do:
// DIR/config/{shaper,edge,ue1,...}.json.
#pragma once

#include "setup/resolve.h"

struct run_progress;

struct prepared_run {
	const struct topology *topology;
	const char *const *fixed;     // "path=value" that went into it, NULL-terminated; NULL = none
	const char *const *overrides; // likewise, applied after
	const struct prepared *prepared;
	const struct resolved *resolved; // of the topology
	const char *directory;		 // absolute
	struct run_progress *progress;	 // NULL = nobody watches
	uint32_t run_id;
};

// 0, or a negative errno with a sentence.
int configs_write(const struct prepared_run *p, struct err *err);

// DIR/profile-<network>.csv of every network that has one: part of the above, and all that a simulation
// leaves.
int configs_write_profiles(const struct prepared_run *p, struct err *err);

// DIR/config/<label>.json
void config_path(char *path, size_t size, const char *directory, const char *label);
