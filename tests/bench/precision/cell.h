// SPDX-License-Identifier: BSD-3-Clause
// One cell of the comparison: a system at a rate under a condition, measured in two phases. Paced: Poisson
// traffic at CELL_LOAD of the rate, for the added delay. Backlog: always something to send, for the rate.
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "tests/bench/precision/system.h"

#define CELL_LOAD 0.7
#define CELL_SKIP_NS (100 * NS_PER_MS) // of the backlog before the rate is measured: a full bucket's burst

struct cell {
	struct system_config config;
	unsigned hogs; // processor hogs beside it, started by the caller
	uint64_t seed;
	int64_t paced_ns, backlog_ns;
	const char *folder;		   // where the captures go; NULL = nowhere
	const volatile sig_atomic_t *stop; // set: end early
};

struct cell_result {
	// Paced: departure at the receiver minus what the system's law makes of the stamps at the sender.
	size_t delay_packets;
	double p50_us, p99_us, p999_us;
	double
	    link_p50_us; // as p50_us, against the radio link's law without delay, whatever the system's own
	// Backlog: worst relative error of all windows; NaN = no whole window.
	size_t rate_packets;
	unsigned windows_1s, windows_10s;
	double rate_1s, rate_10s;
	// Both.
	uint64_t lost;		// stamped at the sender, not at the receiver
	uint64_t capture_drops; // lost by the captures themselves
	uint64_t retries;	// the shaper's port took fewer packets than it was given
	// The shaper's own account, NaN for the kernel's, whose work is in everybody's interrupts: its delay
	// error in both phases, and its loop's part of a processor.
	double own_p50_us, own_p99_us, cpu_share;
};

// 0, or a negative errno with a sentence (-EINTR: stopped).
int cell_measure(struct lab *lab, const struct cell *cell, struct cell_result *result, struct err *err);

// Whether the promise of docs/precision.md is kept, as far as it was measured: 1, 0, or -1 = none is made.
int cell_keeps_promise(const struct cell *cell, const struct cell_result *result);
