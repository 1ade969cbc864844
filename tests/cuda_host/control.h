// SPDX-License-Identifier: BSD-3-Clause
// A stand-in for CUDA's runtime and cublasLt on a processor, for tests only: the plug-in's files are built
// against it, unchanged, into another libairbatch-cuda.so. It computes slowly what a GPU would compute, and
// is as unhelpful as CUDA's rules allow:
//   - work waits in its stream until a call waits for it, and streams run in an order drawn among all that
//     events allow: a missing dependency gives a wrong result for some seed;
//   - page-locked memory is read and written when a copy runs, not when it is asked for;
//   - device memory holds NaN at first, ends at a page that nobody may touch, and (for one seed in eight: it
//     takes time) cannot be touched by the host at all while no work runs; addresses are given out once;
//   - what stream capture forbids is refused; graphs keep the addresses that were captured;
//   - a seed also says how many algorithms cublasLt proposes: 1 to 4, of which the third fails;
//   - cublasLt's calls are checked: shapes, leading dimensions, types, alignment, workspace.
// It says nothing about a GPU's speed, nor about rounding in cublasLt.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct cuda_host_device {
	int count;	      // devices
	int driver, runtime;  // versions as CUDA counts them: 13000 = 13.0; driver 0 = there is none
	bool not_ready;	      // the system is not initialised
	bool old;	      // the plug-in holds no machine code for it
	int64_t memory_bytes; // cudaMalloc gives no more; 0 = no limit
};

enum cuda_host_kind {
	CUDA_HOST_DEVICE_MEMORY,
	CUDA_HOST_HOST_MEMORY,
	CUDA_HOST_STREAM,
	CUDA_HOST_EVENT,
	CUDA_HOST_GRAPH,
	CUDA_HOST_GRAPH_EXEC,
	CUDA_HOST_LT_HANDLE,
	CUDA_HOST_LT_DESCRIPTOR,
	CUDA_HOST_LT_LAYOUT,
	CUDA_HOST_LT_PREFERENCE,
	CUDA_HOST_N_KINDS
};

// What the plug-in exports as "cuda_host_control".
struct cuda_host_control {
	// Forgets errors and failures to come, sets the order's seed and a device with a recent driver.
	void (*reset)(uint64_t seed);
	void (*set_device)(const struct cuda_host_device *device);
	// The k-th call from now fails (1 = the next), once; 0 = none does.
	void (*fail_call)(int64_t k);
	// The k-th piece of work from now fails as it runs; the device is broken from then on.
	void (*fail_work)(int64_t k);
	// Since the last reset: calls that can fail, pieces of work that ran, graph launches.
	int64_t (*calls)(void);
	int64_t (*work)(void);
	int64_t (*launches)(void);
	int64_t (*live)(enum cuda_host_kind kind); // objects not destroyed yet
	int64_t (*misuses)(void); // calls against CUDA's rules since the last reset; each was printed
};

extern const struct cuda_host_control cuda_host_control;
