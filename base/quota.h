// SPDX-License-Identifier: BSD-3-Clause
// What control groups leave this process of the machine's processors: a container's or a service's quota
// stops all of its processes for the rest of a period once it is used up. Version 1 (cpu.cfs_quota_us) and
// version 2 (cpu.max), of the process's own group and of all above it.
#pragma once

#include <limits.h>
#include <stdint.h>

// A run without a task takes about 1 % of a processor, and its programs 0.3 s of one until they are ready: with
// less than this it is refused.
#define QUOTA_LEAST_CORES .05

struct quota {
	double cores;	      // processor time per time; INFINITY = no quota
	int64_t period_ns;    // counted over
	char group[PATH_MAX]; // the folder of the group that has it; "" = none
};

// The tightest one. root: "", or for tests a folder that stands for "/".
void quota_find(struct quota *quota, const char *root);

// How long, in all, the quota's group was stopped since it exists (each of its processors' stops added up,
// where the kernel does so); 0 without a quota.
int64_t quota_stopped_ns(const struct quota *quota);
