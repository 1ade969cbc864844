// SPDX-License-Identifier: BSD-3-Clause
// The shapers that are compared, each between the same two hosts of the laboratory: airbatch-shaper with
// either loop, and the kernel's tbf, htb and netem on the egress of a bridge that stands in its place.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"
#include "tests/bench/precision/law.h"
#include "tests/e2e/shaper_lab.h"

enum system_kind { SYSTEM_SHAPER, SYSTEM_TBF, SYSTEM_HTB, SYSTEM_NETEM };

struct system_config {
	enum system_kind kind;
	const char *name;
	bool busy_poll;	  // of the shaper, on the last processor
	int64_t burst_ns; // of tbf and htb: a burst of that much time at the rate; 0 = SYSTEM_MIN_BURST
	double rate_bps;
	int64_t delay_ns; // of the shaper and netem; tbf and htb have none
	uint64_t queue_bytes;
};

#define SYSTEM_MIN_BURST 1600.0 // bytes: one whole frame of 1514 fits, tbf drops what is larger

double system_burst_bytes(const struct system_config *config);
// What this system should do with packets.
struct law system_law(const struct system_config *config);

// Whether the kernel has netem.
bool system_has_netem(const struct lab *lab);

// Puts the system between the hosts; 0, or a negative errno with a sentence.
int system_start(struct lab *lab, const struct system_config *config, struct err *err);
// Takes it away. The shaper's last account of itself is then in lab->accuracy.
void system_stop(struct lab *lab, const struct system_config *config);
