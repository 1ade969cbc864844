// SPDX-License-Identifier: BSD-3-Clause
// Inside the stand-in: its one state, behind one lock, and what every call does first and last.
#pragma once

#include <cublasLt.h>
#include <cuda_runtime_api.h>
#include <pthread.h>

#include "control.h"

struct allocation;

struct stand_in {
	pthread_mutex_t lock;
	uint64_t random;
	double eagerness; // chance that a piece of work runs as soon as it is queued
	double clock_ms;  // of events: grows by a drawn time with each piece of work
	struct cuda_host_device device;
	int64_t calls, fail_call, work, fail_work, launches, misuses;
	bool broken;	// as after an illegal address: every call fails
	bool loaded[2]; // whether a precision's kernels are: enum cuda_precision
	bool memory_is_open;
	int proposals; // of algorithms, at most
	bool watched;  // the host cannot touch device memory: costs much more time than all else
	int64_t live[CUDA_HOST_N_KINDS];
	struct CUstream_st *streams;
	struct allocation *device_memory, *host_memory;
};

extern struct stand_in stand_in;

// Takes the lock and counts the call. What the call is to fail with: cudaSuccess unless a test asked for it.
cudaError_t call_enter(void);
// Keeps an error for cudaGetLastError, and gives the lock back.
cudaError_t call_leave(cudaError_t e);
// As call_enter for a call that stream capture forbids: also refuses it, and spoils the thread's captures.
cudaError_t call_enter_unsafe(void);

// A number below n, or in [0, 1).
uint64_t draw_below(uint64_t n);
double draw(void);

// Prints what a caller did against the rules and counts it; returns cudaErrorInvalidValue.
cudaError_t misuse(const char *format, ...) __attribute__((format(printf, 1, 2)));
