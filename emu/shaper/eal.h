// SPDX-License-Identifier: BSD-3-Clause
// DPDK's environment: started once a process, quietly, without leaving files behind, and so that several
// shapers (and a process without hugepages or root) get along.
#pragma once

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include "base/err.h"

struct eal_options {
	size_t memory_bytes; // what pools and rings will need
	int cpu;      // -1 = any processor this process may use; else the calling thread is pinned to it
	bool verbose; // let DPDK log to standard error
};

// Starts the environment. 0 or a negative errno and a sentence; it cannot be started twice.
int eal_start(const struct eal_options *options, struct err *err);
void eal_stop(void);

// The processors the process might use before DPDK pinned its thread: other threads go back there.
const cpu_set_t *eal_processors(void);
