// SPDX-License-Identifier: BSD-3-Clause
// The command line of `airbatch sweep`, as its argp (tools/sweep/command.h) fills it. Private to this room.
#pragma once

#include "records/expect/expect.h"
#include "tools/sweep/grid.h"

enum sweep_engine { ENGINE_LOCAL, ENGINE_SLURM, ENGINE_EMULATE };

struct sweep_arguments {
	struct grid grid;
	const char *file, *out;
	enum sweep_engine engine;
	int jobs; // 0 = not given
	size_t share, shares;
	bool gather_only, dry_run, quiet, summaries;
	struct expectations expect;
	struct err err; // of an axis
};
