// SPDX-License-Identifier: BSD-3-Clause
// A simulated run for tests and benchmarks: topology from text, rates given instead of computed, records in a
// folder of its own that vanishes.
#pragma once

#include "setup/prepare.h"
#include "sim/sim.h"

struct star {
	struct topology *topology;
	struct prepared prepared;
	struct resolved resolved;
	struct results *results;
	struct prepared_run run;
	struct sim_counts counts;
	char directory[64];
};

// rate_bps: up and down, of every UE; 0 = as the topology's cell gives it. 0, or a negative errno with a
// sentence.
int star_open(struct star *s, const char *yaml, double rate_bps, struct err *err);

// Runs it; fn (may be NULL) is told every datagram's arrival. Afterwards the tables are complete.
int star_run(struct star *s, sim_datagram_fn fn, void *user, struct err *err);

// The "traffic" entry of a UE (from 0), and any other part of what was measured: a new reference.
json_t *star_results(const struct star *s);

// Reads DIR/name into memory, terminated; the caller frees. NULL when it is not there.
char *star_read(const struct star *s, const char *name, size_t *size);

void star_close(struct star *s);
