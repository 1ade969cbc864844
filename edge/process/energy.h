// SPDX-License-Identifier: BSD-3-Clause
// Joules that the edge's processor or GPU really drew over a run, where it can tell:
//
//   nvml  an NVIDIA GPU: its energy counter, or where it has none its power sampled every 100 ms
//   (trapezoids).
//         libnvidia-ml.so.1 is looked for at run time; nothing of it is needed to build.
//   rapl  this machine's processor packages (/sys/class/powercap/intel-rapl:N/energy_uj), everything that
//   runs on
//         them included.
//
// Both are readings of a whole device over seconds, idle power included: they say nothing about a single
// batch, and counters that step every 100 ms nothing about a short window (ENERGY_LEAST_S).
#pragma once

#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

#define ENERGY_LEAST_S 2.0 // a shorter window is not reported

struct energy_places {
	const char *nvml;     // library; NULL = libnvidia-ml.so.1
	const char *powercap; // folder; NULL = /sys/class/powercap
	const char *gpu;      // PCI address, as executor_pci_bus_id gives it; nvml needs it
};

struct energy_meter;

// The meter of what an executor computes on: "cpu" has rapl, "cuda" nvml; -ENOENT with the reason where there
// is none (a replayed executor computes on nothing). places may be NULL for all but a GPU. It reads from now
// on.
int energy_meter_open(struct energy_meter **out, const char *executor, const struct energy_places *places,
		      struct err *err);

// Joules and seconds since it was opened, or -EAGAIN with a sentence when that was too short, or -EIO when a
// reading failed.
int energy_meter_read(struct energy_meter *m, double *joules, double *seconds, struct err *err);

// "nvml: energy counter of NVIDIA H200", "nvml: power of ...", "rapl: package-0".
const char *energy_meter_describe(const struct energy_meter *m);

void energy_meter_close(struct energy_meter *m); // NULL is allowed
