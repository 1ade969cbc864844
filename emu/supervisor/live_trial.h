// SPDX-License-Identifier: BSD-3-Clause
// Live changes before they are sent: those that this run has no use for, and those that its cell would
// refuse, are refused to whoever asked. The cell is of the shaper's own making (setup/cell/assembly.h), with
// the grants so far.
#pragma once

#include <stddef.h>
#include "mac/live.h"
#include "setup/cell/config.h"
#include "setup/topology/topology.h"

struct live_trial {
	const struct topology *topology;
	const struct assembly_config *cell;
	struct live_setting *grants; // [n] bands that were given, in order; owned
	size_t n;
};

// Takes all n changes of a request, or none: 0; -EINVAL with what wins, or the cell's own sentence.
int live_try(struct live_trial *r, const struct live_setting *settings, size_t n, struct err *err);
