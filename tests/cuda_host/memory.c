// SPDX-License-Identifier: BSD-3-Clause
#include "memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "queue.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, bytes) ((void)(address), (void)(bytes))
#endif

enum { PAGE = 4096, ALIGNMENT = 256, SPOILT_END = 1 << 18 };

struct allocation {
	struct allocation *next;
	char *pages; // device memory: the whole mapping, of which the last page is never opened
	size_t pages_bytes;
	char *address;
	size_t bytes;
};

static size_t rounded(size_t bytes, size_t unit)
{
	return (bytes + unit - 1) / unit * unit;
}

static void protect(int protection)
{
	for (struct allocation *a = stand_in.device_memory; a; a = a->next)
		mprotect(a->pages, a->pages_bytes - PAGE, protection);
	stand_in.memory_is_open = protection != PROT_NONE;
}

void memory_open(void)
{
	if (!stand_in.memory_is_open)
		protect(PROT_READ | PROT_WRITE);
}

void memory_close(void)
{
	if (stand_in.memory_is_open && stand_in.watched)
		protect(PROT_NONE);
}

static struct allocation *holder(struct allocation *list, const void *address, size_t bytes)
{
	const char *p = address;
	for (struct allocation *a = list; a; a = a->next)
		if (p >= a->address && p < a->address + a->bytes)
			return bytes <= (size_t)(a->address + a->bytes - p) ? a : NULL;
	return NULL;
}

bool memory_is_device(const void *address, size_t bytes)
{
	return holder(stand_in.device_memory, address, bytes) != NULL;
}

bool memory_is_page_locked(const void *address, size_t bytes)
{
	return holder(stand_in.host_memory, address, bytes) != NULL;
}

static struct allocation *take_out(struct allocation **list, const void *address)
{
	while (*list && (*list)->address != address)
		list = &(*list)->next;
	struct allocation *a = *list;
	if (a)
		*list = a->next;
	return a;
}

static size_t device_bytes(void)
{
	size_t total = 0;
	for (struct allocation *a = stand_in.device_memory; a; a = a->next)
		total += a->bytes;
	return total;
}

// NaN; of large blocks only the ends, so that a workspace costs no time.
static void spoil(char *address, size_t bytes)
{
	size_t end = bytes / 2 > SPOILT_END ? SPOILT_END : bytes;
	memset(address, 0xff, end);
	memset(address + bytes - end, 0xff, end);
}

// Ends at the closed page but for what alignment leaves, which AddressSanitizer watches.
static struct allocation *map(size_t bytes)
{
	struct allocation *a = calloc(1, sizeof(*a));
	size_t inside = rounded(rounded(bytes, ALIGNMENT), PAGE);
	if (!a)
		return NULL;
	a->pages_bytes = inside + PAGE;
	a->pages = mmap(NULL, a->pages_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (a->pages == MAP_FAILED) {
		free(a);
		return NULL;
	}
	a->bytes = bytes;
	a->address = a->pages + inside - rounded(bytes, ALIGNMENT);
	mprotect(a->pages, inside, PROT_READ | PROT_WRITE);
	spoil(a->address, bytes);
	if (!stand_in.memory_is_open)
		mprotect(a->pages, inside, PROT_NONE);
	ASAN_POISON_MEMORY_REGION(a->pages, (size_t)(a->address - a->pages));
	ASAN_POISON_MEMORY_REGION(a->address + bytes, rounded(bytes, ALIGNMENT) - bytes);
	return a;
}

cudaError_t cudaMalloc(void **address, size_t bytes)
{
	cudaError_t e = call_enter_unsafe();
	size_t limit = (size_t)stand_in.device.memory_bytes;
	if (e == cudaSuccess && limit > 0 && device_bytes() + bytes > limit)
		e = cudaErrorMemoryAllocation;
	if (e == cudaErrorUnknown) // a failure that was asked for
		e = cudaErrorMemoryAllocation;
	struct allocation *a = e == cudaSuccess ? map(bytes) : NULL;
	if (a) {
		a->next = stand_in.device_memory;
		stand_in.device_memory = a;
		stand_in.live[CUDA_HOST_DEVICE_MEMORY]++;
		*address = a->address;
	} else if (e == cudaSuccess) {
		e = cudaErrorMemoryAllocation;
	}
	return call_leave(e);
}

// Waits for the device, as CUDA does. The addresses stay reserved, so that a stale one is found.
cudaError_t cudaFree(void *address)
{
	cudaError_t e = call_enter_unsafe();
	if (address)
		queue_drain();
	struct allocation *a = address ? take_out(&stand_in.device_memory, address) : NULL;
	if (a) {
		(void)mmap(a->pages, a->pages_bytes, PROT_NONE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
		stand_in.live[CUDA_HOST_DEVICE_MEMORY]--;
		free(a);
	} else if (address) {
		e = misuse("cudaFree of an address that cudaMalloc did not give");
	}
	return call_leave(e);
}

cudaError_t cudaMallocHost(void **address, size_t bytes)
{
	cudaError_t e = call_enter_unsafe();
	struct allocation *a = e == cudaSuccess ? calloc(1, sizeof(*a)) : NULL;
	if (a) {
		a->bytes = bytes;
		a->address = aligned_alloc(PAGE, rounded(bytes, PAGE));
		memset(a->address, 0xff, rounded(bytes, PAGE));
		a->next = stand_in.host_memory;
		stand_in.host_memory = a;
		stand_in.live[CUDA_HOST_HOST_MEMORY]++;
		*address = a->address;
	}
	return call_leave(e);
}

// CUDA does not promise to wait here.
cudaError_t cudaFreeHost(void *address)
{
	cudaError_t e = call_enter_unsafe();
	struct allocation *a = address ? take_out(&stand_in.host_memory, address) : NULL;
	if (a && queue_uses(a->address, a->bytes))
		e = misuse("cudaFreeHost while work on the memory is queued");
	if (a) {
		queue_drain();
		stand_in.live[CUDA_HOST_HOST_MEMORY]--;
		free(a->address);
		free(a);
	} else if (address) {
		e = misuse("cudaFreeHost of an address that cudaMallocHost did not give");
	}
	return call_leave(e);
}
