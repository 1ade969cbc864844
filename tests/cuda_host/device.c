// SPDX-License-Identifier: BSD-3-Clause
#include <stdio.h>

#include "state.h"

// As a statically linked runtime answers: a missing driver and one too old are the same error.
static cudaError_t find_driver(void)
{
	const struct cuda_host_device *d = &stand_in.device;
	if (d->driver < d->runtime)
		return cudaErrorInsufficientDriver;
	if (d->not_ready)
		return cudaErrorSystemNotReady;
	return d->count == 0 ? cudaErrorNoDevice : cudaSuccess;
}

cudaError_t cudaGetDeviceCount(int *n)
{
	cudaError_t e = call_enter();
	if (e == cudaSuccess)
		e = find_driver();
	if (e == cudaSuccess)
		*n = stand_in.device.count;
	return call_leave(e);
}

cudaError_t cudaSetDevice(int device)
{
	cudaError_t e = call_enter();
	if (e == cudaSuccess && (device < 0 || device >= stand_in.device.count))
		e = cudaErrorInvalidDevice;
	return call_leave(e);
}

cudaError_t cudaGetDeviceProperties(struct cudaDeviceProp *found, int device)
{
	cudaError_t e = call_enter();
	if (e == cudaSuccess && (device < 0 || device >= stand_in.device.count))
		e = cudaErrorInvalidDevice;
	if (e == cudaSuccess) {
		*found = (struct cudaDeviceProp){.major = 0, .multiProcessorCount = 1};
		snprintf(found->name, sizeof(found->name), "a processor in place of a GPU");
	}
	return call_leave(e);
}

cudaError_t cudaDriverGetVersion(int *version)
{
	cudaError_t e = call_enter();
	if (e == cudaSuccess)
		*version = stand_in.device.driver;
	return call_leave(e);
}

cudaError_t cudaRuntimeGetVersion(int *version)
{
	cudaError_t e = call_enter();
	if (e == cudaSuccess)
		*version = stand_in.device.runtime;
	return call_leave(e);
}

const char *cudaGetErrorString(cudaError_t error)
{
	switch (error) {
	case cudaSuccess:
		return "no error";
	case cudaErrorInvalidValue:
		return "invalid argument";
	case cudaErrorMemoryAllocation:
		return "out of memory";
	case cudaErrorInsufficientDriver:
		return "the driver is older than the runtime";
	case cudaErrorNoDevice:
		return "no device";
	case cudaErrorInvalidDevice:
		return "invalid device";
	case cudaErrorNoKernelImageForDevice:
		return "no machine code for the device";
	case cudaErrorInvalidResourceHandle:
		return "invalid handle";
	case cudaErrorNotReady:
		return "not ready";
	case cudaErrorIllegalAddress:
		return "illegal address";
	case cudaErrorSystemNotReady:
		return "the system is not initialised";
	case cudaErrorStreamCaptureUnsupported:
		return "not permitted while a stream is captured";
	case cudaErrorStreamCaptureInvalidated:
		return "the capture was spoilt";
	case cudaErrorStreamCaptureIsolation:
		return "a dependency into a capture";
	case cudaErrorStreamCaptureImplicit:
		return "an implicit dependency on a capture";
	case cudaErrorUnknown:
		return "unknown error";
	}
	return "unrecognised error";
}
