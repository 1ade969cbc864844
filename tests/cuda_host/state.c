// SPDX-License-Identifier: BSD-3-Clause
#include "state.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "queue.h"

struct stand_in stand_in = {.lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP,
			    .proposals = 4,
			    .device = {.count = 1, .driver = 13000, .runtime = 13000}};
static _Thread_local cudaError_t last_error;

cudaError_t call_enter(void)
{
	pthread_mutex_lock(&stand_in.lock);
	if (stand_in.broken)
		return cudaErrorIllegalAddress;
	return ++stand_in.calls == stand_in.fail_call ? cudaErrorUnknown : cudaSuccess;
}

cudaError_t call_enter_unsafe(void)
{
	cudaError_t e = call_enter();
	return e == cudaSuccess && spoil_captures() ? cudaErrorStreamCaptureUnsupported : e;
}

cudaError_t call_leave(cudaError_t e)
{
	if (e != cudaSuccess)
		last_error = e;
	pthread_mutex_unlock(&stand_in.lock);
	return e;
}

cudaError_t cudaGetLastError(void)
{
	cudaError_t e = last_error;
	last_error = stand_in.broken ? cudaErrorIllegalAddress : cudaSuccess;
	return e;
}

// splitmix64 (Steele, Lea, Flood 2014)
static uint64_t next_random(void)
{
	uint64_t z = stand_in.random += 0x9e3779b97f4a7c15u;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

uint64_t draw_below(uint64_t n)
{
	return next_random() % n;
}

double draw(void)
{
	return (double)(next_random() >> 11) * 0x1p-53;
}

cudaError_t misuse(const char *format, ...)
{
	va_list values;
	va_start(values, format);
	fputs("CUDA's rules are broken: ", stderr);
	vfprintf(stderr, format, values);
	fputc('\n', stderr);
	va_end(values);
	stand_in.misuses++;
	return cudaErrorInvalidValue;
}

static void reset(uint64_t seed)
{
	static const double eagerness[] = {0, 0.3, 0.8};
	pthread_mutex_lock(&stand_in.lock);
	stand_in.random = seed;
	stand_in.eagerness = eagerness[seed % 3];
	stand_in.proposals = 1 + (int)(seed % 4);
	stand_in.watched = seed % 8 == 1;
	stand_in.device = (struct cuda_host_device){.count = 1, .driver = 13000, .runtime = 13000};
	stand_in.calls = stand_in.work = stand_in.launches = stand_in.misuses = 0;
	stand_in.fail_call = stand_in.fail_work = 0;
	stand_in.broken = false;
	memset(stand_in.loaded, 0, sizeof(stand_in.loaded));
	last_error = cudaSuccess;
	pthread_mutex_unlock(&stand_in.lock);
}

static void set_device(const struct cuda_host_device *device)
{
	stand_in.device = *device;
}

static void fail_call(int64_t k)
{
	stand_in.fail_call = k > 0 ? stand_in.calls + k : 0;
}

static void fail_work(int64_t k)
{
	stand_in.fail_work = k > 0 ? stand_in.work + k : 0;
}

static int64_t calls(void)
{
	return stand_in.calls;
}

static int64_t work(void)
{
	return stand_in.work;
}

static int64_t launches(void)
{
	return stand_in.launches;
}

static int64_t live(enum cuda_host_kind kind)
{
	return stand_in.live[kind];
}

static int64_t misuses(void)
{
	return stand_in.misuses;
}

__attribute__((visibility("default"))) const struct cuda_host_control cuda_host_control = {
    reset, set_device, fail_call, fail_work, calls, work, launches, live, misuses,
};
