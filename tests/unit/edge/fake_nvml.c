// SPDX-License-Identifier: BSD-3-Clause
// A libnvidia-ml.so.1 that knows two GPUs: the first draws IDLE_MW, the second FAKE_NVML_MW milliwatts. Built
// twice, with and without an energy counter.
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"

int nvmlInit_v2(void);
int nvmlShutdown(void);
int nvmlDeviceGetHandleByPciBusId_v2(const char *pci_bus_id, void **device);
int nvmlDeviceGetName(void *device, char *name, unsigned length);
int nvmlDeviceGetPowerUsage(void *device, unsigned *mw);
int nvmlDeviceGetTotalEnergyConsumption(void *device, unsigned long long *mj);
const char *nvmlErrorString(int code);

enum { NOT_FOUND = 6, UNKNOWN = 999 };

#define IDLE_MW 7e3

static int64_t since_ns;
static const char *const gpus[] = {"00000000:1B:00.0", "00000000:C4:00.0"};

static double milliwatts(const void *device)
{
	const char *text = getenv("FAKE_NVML_MW");
	return device == &gpus[0] ? IDLE_MW : text ? atof(text) : 100e3;
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

int nvmlDeviceGetHandleByPciBusId_v2(const char *pci_bus_id, void **device)
{
	for (int i = 0; i < 2; i++)
		if (strcasecmp(pci_bus_id, gpus[i]) == 0) {
			*device = (void *)&gpus[i];
			return 0;
		}
	return NOT_FOUND;
}

int nvmlDeviceGetName(void *device, char *name, unsigned length)
{
	(void)device;
	strncpy(name, "Fake GPU", length);
	return 0;
}

int nvmlDeviceGetPowerUsage(void *device, unsigned *mw)
{
	*mw = (unsigned)milliwatts(device);
	return getenv("FAKE_NVML_LOST") ? UNKNOWN : 0;
}

#ifdef WITH_COUNTER
// Steps every 100 ms, as real ones do.
int nvmlDeviceGetTotalEnergyConsumption(void *device, unsigned long long *mj)
{
	int64_t steps = (clock_now_ns() - since_ns) / (100 * NS_PER_MS);
	*mj = 5000000 + (unsigned long long)(milliwatts(device) * .1 * (double)steps);
	return getenv("FAKE_NVML_LOST") ? UNKNOWN : 0;
}
#endif

const char *nvmlErrorString(int code)
{
	return code == NOT_FOUND ? "Not Found" : "Unknown Error";
}
