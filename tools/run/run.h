// SPDX-License-Identifier: BSD-3-Clause
// `airbatch run`: builds the namespaces, starts shaper, edge and UEs, watches them, tears everything down,
// writes the records.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include "base/err.h"

struct argp;
struct prepared_run;
struct results;
struct run_progress;
struct expectations;

// Lives a prepared run in place of the emulation: fills the results. 0, or a negative errno with a sentence.
typedef int (*run_engine)(const struct prepared_run *run, struct results *results, struct err *err);

struct run_options {
	run_engine simulate;	       // NULL = the emulation, in namespaces
	const char *file;	       // topology
	const char *const *set;	       // NULL-terminated path=value overrides, policy, seed and run included
	const char *const *fixed;      // those of all points of a sweep (topology_options)
	const char *name;	       // NULL = the topology's name, numbered when it runs already
	const char *directory;	       // NULL = runs/<name>-<policy>-<time>, numbered when it is there
	bool overwrite;		       // directory may hold a run that is over
	struct run_progress *progress; // NULL = none is shown
	bool quiet, publish;	       // publish: names under /run/netns for `ip netns exec`
	const struct expectations *expect; // NULL = none; only whether the UEs that they name are there
};

// 0 = done; 1 = the run failed or was interrupted (what was measured is written); 2 = wrong usage or
// topology. directory (may be NULL) gets the run directory's path.
int run_topology(const struct run_options *options, char *directory, size_t size, struct err *err);

// The command line of `airbatch run`. Returns the exit status.
int run_command(int argc, char **argv);

// Likewise for a simulation with this engine.
int run_command_with(run_engine simulate, int argc, char **argv);

// The command lines of `airbatch run` and `airbatch sim`, for help texts and completion.
extern const struct argp run_argp, sim_argp;
