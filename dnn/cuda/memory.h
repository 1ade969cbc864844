// SPDX-License-Identifier: BSD-3-Clause
// The memory of an executor: on the device every cut's tensors, so that a run over several sub-tasks stays
// there, and every exit's answers, and what the sub-tasks share as they run in turn; on the host pages that
// the device copies from and to.
#pragma once

#include "base/err.h"
#include "dnn/cuda/steps.h"

struct cuda_memory {
	int capacity;	 // the largest batch
	int n_cuts;	 // and answers: part n makes the tensor n + 1
	void **cut;	 // [n_cuts] of [capacity] tensors, device
	void *slots;	 // of whichever sub-task runs, device
	void *workspace; // of im2col, device
	int64_t workspace_bytes;
	float *device_rows;	   // fp16: fp32 tensors on their way in or out, device
	float *host_in, *host_out; // [capacity] of the largest tensor, page-locked
	int64_t slot_bytes;	   // of `slots`
};

// Allocates for batches of 1..capacity; steps[network_parts].
int cuda_memory_allocate(struct cuda_memory *m, const struct network *net, const struct cuda_steps *steps,
			 enum cuda_precision precision, int capacity, struct err *err);
void cuda_memory_free(struct cuda_memory *m);

// Fills place[PLACE_SLOTS + n_slots] for a batch of part n.
void cuda_memory_places(const struct cuda_memory *m, const struct network *net,
			const struct cuda_steps *steps, int n, int batch, int value_bytes, void **place);
