// SPDX-License-Identifier: BSD-3-Clause
// An executor runs one sub-task of one network on a batch, or the head of an early exit. Back ends: "cpu"
// (oneDNN), "replay" (a recorded or stated F_n(b): takes that long; MODELLED, every report says so), "cuda"
// and "cuda-fp16" (a plug-in, see docs/cuda.md; the latter refuses networks over points). dnn/reference
// checks them all.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"
#include "dnn/network.h"

struct executor;
struct profile;

enum { EXECUTOR_MAX_BATCH = 1024 };

struct executor_options {
	// cpu: threads, 0 = 1. One is right beside other work: the caller's thread then does it all.
	int threads;
	const struct profile *profile; // replay: F_n(b); must outlive the executor
};

// The error names the back ends there are, or says why this one cannot be used here (no plug-in, no CUDA
// device). net must outlive the executor.
int executor_open(struct executor **out, const char *backend, const struct network *net,
		  const struct executor_options *options, struct err *err);
void executor_close(struct executor *e);

// Names of the back ends there are, from 0; NULL behind the last.
const char *executor_backend(int i);

// How far a back end's results may be from the reference's, relative to the largest value: 1e-4, in fp16
// 1e-2.
double executor_tolerance(const char *backend);

// Builds and keeps whatever every sub-task and head needs for batches of 1..max_batch, so that no run pays
// for it.
int executor_prepare(struct executor *e, int max_batch, struct err *err);

// Runs sub-task n (0-based) for `batch` users: in[i] and out[i] point to user i's tensors (fp32 NHWC, sizes
// of cuts n and n + 1; they must not overlap). Tensors that lie one behind the other in memory are used in
// place, others are moved together into a batch and out of it: so a batch that somebody has left is
// compacted. n may also be a head, network_head(net, exit), which reads the cut where it leaves. *run_ns (may
// be NULL) gets the time that passed, copies included. Not reentrant: one executor per worker, though its
// thread may change between calls. A replay computes nothing: outputs are left untouched, in and out may be
// NULL.
int executor_run(struct executor *e, int n, int batch, const float *const in[], float *const out[],
		 int64_t *run_ns, struct err *err);

// Those of a batch who leave behind a sub-task.
struct executor_leavers {
	int n;			// 0 = nobody
	const float *const *in; // [n] their tensors behind the sub-task
	float *const *answer;	// [n] values of the network's result
};

// As executor_run of sub-task n, then of the head of the exit behind it for those who leave there. *run_ns is
// the time of both. A replay's F_n(b) includes the heads, so that they take no time of their own. -EINVAL
// when somebody is to leave where there is no exit.
int executor_run_block(struct executor *e, int n, int batch, const float *const in[], float *const out[],
		       const struct executor_leavers *leavers, int64_t *run_ns, struct err *err);

// For measurements (tests/gpu): as executor_run for sub-tasks from..to-1 in turn, whose tensors in between
// stay where they are: in[] are tensors at cut `from`, out[] at cut `to`. -ENOTSUP where the back end has
// nothing to gain from it (cpu, replay).
int executor_run_range(struct executor *e, int from, int to, int batch, const float *const in[],
		       float *const out[], int64_t *run_ns, struct err *err);

// "oneDNN 2.6.3, 1 thread, AVX512_CORE" or "replay of profiles/x.csv (MODELLED)".
const char *executor_describe(const struct executor *e);
bool executor_is_modelled(const struct executor *e);

// Which GPU it computes on: the PCI address "00000000:1b:00.0" as NVML takes it; "" where there is none.
// (CUDA's own numbers follow CUDA_VISIBLE_DEVICES and CUDA_DEVICE_ORDER, NVML's do not.)
const char *executor_pci_bus_id(const struct executor *e);
