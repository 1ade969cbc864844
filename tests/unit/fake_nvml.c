// SPDX-License-Identifier: BSD-3-Clause
// A libnvidia-ml.so.1 that knows one GPU: it draws FAKE_NVML_MW milliwatts. Built twice, with and without an
// energy counter.
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

int nvmlInit_v2(void);
int nvmlShutdown(void);
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device);
int nvmlDeviceGetName(void *device, char *name, unsigned length);
int nvmlDeviceGetPowerUsage(void *device, unsigned *mw);
int nvmlDeviceGetTotalEnergyConsumption(void *device, unsigned long long *mj);
const char *nvmlErrorString(int code);

enum { INVALID_ARGUMENT = 2, UNKNOWN = 999 };

static int64_t since_ns;

static double milliwatts(void)
{
	const char *text = getenv("FAKE_NVML_MW");
	return text ? atof(text) : 100e3;
}

int nvmlInit_v2(void)
{
	since_ns = clock_now_ns();
	return getenv("FAKE_NVML_BROKEN") ? UNKNOWN : 0;
}

int nvmlShutdown(void)
{
	return 0;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device)
{
	*device = &since_ns;
	return index == 0 ? 0 : INVALID_ARGUMENT;
}

int nvmlDeviceGetName(void *device, char *name, unsigned length)
{
	(void)device;
	strncpy(name, "Fake GPU", length);
	return 0;
}

int nvmlDeviceGetPowerUsage(void *device, unsigned *mw)
{
	(void)device;
	*mw = (unsigned)milliwatts();
	return getenv("FAKE_NVML_LOST") ? UNKNOWN : 0;
}

#ifdef WITH_COUNTER
// Steps every 100 ms, as real ones do.
int nvmlDeviceGetTotalEnergyConsumption(void *device, unsigned long long *mj)
{
	(void)device;
	int64_t steps = (clock_now_ns() - since_ns) / (100 * NS_PER_MS);
	*mj = 5000000 + (unsigned long long)(milliwatts() * .1 * (double)steps);
	return getenv("FAKE_NVML_LOST") ? UNKNOWN : 0;
}
#endif

const char *nvmlErrorString(int code)
{
	return code == INVALID_ARGUMENT ? "Invalid Argument" : "Unknown Error";
}
