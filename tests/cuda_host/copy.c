// SPDX-License-Identifier: BSD-3-Clause
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "queue.h"

struct copy {
	void *to;
	const void *from;
	size_t bytes;
};

static void run_copy(void *arguments)
{
	const struct copy *c = arguments;
	memcpy(c->to, c->from, c->bytes);
}

struct staged {
	void *to;
	size_t bytes;
	unsigned char values[];
};

static void run_staged(void *arguments)
{
	const struct staged *s = arguments;
	memcpy(s->to, s->values, s->bytes);
}

// From pageable memory CUDA returns once the values are in its own staging memory: they may arrive later.
static cudaError_t stage(void *to, const void *from, size_t bytes)
{
	struct staged *s = malloc(sizeof(*s) + bytes);
	if (!s)
		return cudaErrorMemoryAllocation;
	s->to = to;
	s->bytes = bytes;
	memcpy(s->values, from, bytes);
	cudaError_t e = queue_work(NULL, run_staged, s, sizeof(*s) + bytes, NULL);
	free(s);
	return e;
}

cudaError_t cudaMemcpy(void *to, const void *from, size_t bytes, enum cudaMemcpyKind kind)
{
	cudaError_t e = cudaStreamSynchronize(NULL);
	if (e != cudaSuccess)
		return e;
	e = call_enter();
	if (e == cudaSuccess && kind != cudaMemcpyHostToDevice)
		e = misuse("cudaMemcpy from the device: the stand-in has none");
	if (e == cudaSuccess && !memory_is_device(to, bytes))
		e = misuse("cudaMemcpy to memory that is not the device's");
	return call_leave(e == cudaSuccess ? stage(to, from, bytes) : e);
}

cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes, enum cudaMemcpyKind kind,
			    cudaStream_t stream)
{
	struct copy c = {to, from, bytes};
	bool in = kind == cudaMemcpyHostToDevice;
	cudaError_t e = call_enter();
	if (e == cudaSuccess && !memory_is_device(in ? to : from, bytes))
		e = misuse("cudaMemcpyAsync: %zu bytes that are not the device's", bytes);
	if (e == cudaSuccess && !memory_is_page_locked(in ? from : to, bytes))
		e = misuse("cudaMemcpyAsync: %zu bytes that are not page-locked: not asynchronous", bytes);
	return call_leave(e == cudaSuccess ? queue_work(stream, run_copy, &c, sizeof(c), in ? from : to) : e);
}
