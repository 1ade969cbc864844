// SPDX-License-Identifier: BSD-3-Clause
// NVIDIA Management Library, found at run time. The prototypes are those of its API reference
// (docs.nvidia.com/deploy/nvml-api): every function returns an nvmlReturn_t, 0 = NVML_SUCCESS; energy in
// millijoules since the driver was loaded (Volta and later), power in milliwatts.
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "edge/process/energy_source_private.h"

struct nvml {
	void *library;
	int (*init)(void);
	int (*shutdown)(void);
	int (*device_at)(const char *pci_bus_id, void **device);
	int (*name_of)(void *device, char *name, unsigned length);
	int (*energy_mj)(void *device, unsigned long long *energy);
	int (*power_mw)(void *device, unsigned *power);
	const char *(*error_text)(int code);
	void *device;
	bool initialised, has_counter;
	unsigned long long first_mj;
	int64_t last_ns;
	double last_w, joules;
};

// A function pointer through a data pointer, as POSIX's dlsym wants it.
static bool find(const struct nvml *n, const char *name, void *function)
{
	void *symbol = dlsym(n->library, name);
	memcpy(function, &symbol, sizeof(symbol));
	return symbol != NULL;
}

static bool load(struct nvml *n, const char *path, struct err *err)
{
	n->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!n->library) {
		err_set(err, ENOENT, "no GPU energy: %s", dlerror());
		return false;
	}
	bool whole = find(n, "nvmlInit_v2", &n->init) && find(n, "nvmlShutdown", &n->shutdown) &&
		     find(n, "nvmlDeviceGetHandleByPciBusId_v2", &n->device_at) &&
		     find(n, "nvmlDeviceGetName", &n->name_of) &&
		     find(n, "nvmlDeviceGetPowerUsage", &n->power_mw) &&
		     find(n, "nvmlErrorString", &n->error_text);
	find(n, "nvmlDeviceGetTotalEnergyConsumption", &n->energy_mj); // older drivers have none
	if (!whole)
		err_set(err, ENOENT, "%s lacks functions of NVML", path);
	return whole;
}

static int refuse(const struct nvml *n, int code, const char *what, struct err *err)
{
	return err_set(err, EIO, "NVML: %s: %s", what, n->error_text(code));
}

static int read_power(struct nvml *n, double *watts, struct err *err)
{
	unsigned mw;
	int code = n->power_mw(n->device, &mw);
	if (code)
		return refuse(n, code, "reading the power", err);
	*watts = 1e-3 * mw;
	return 0;
}

static int begin(struct nvml *n, const char *gpu, char *text, size_t size, struct err *err)
{
	char name[96] = "";
	int code = n->init();
	n->initialised = code == 0;
	if (code)
		return refuse(n, code, "initialising", err);
	code = n->device_at(gpu, &n->device);
	if (code)
		return refuse(n, code, "finding the GPU", err);
	n->name_of(n->device, name, sizeof(name));
	n->last_ns = clock_now_ns();
	n->has_counter = n->energy_mj && n->energy_mj(n->device, &n->first_mj) == 0;
	snprintf(text, size, "nvml: %s of %.90s",
		 n->has_counter ? "energy counter" : "power, sampled every 100 ms,", name);
	return n->has_counter ? 0 : read_power(n, &n->last_w, err);
}

static void nvml_close(void *self)
{
	struct nvml *n = self;
	if (n->initialised)
		n->shutdown();
	if (n->library)
		dlclose(n->library);
	free(n);
}

static int nvml_open(void **self, const struct energy_places *places, char *text, size_t size,
		     struct err *err)
{
	if (!places->gpu || !*places->gpu)
		return err_set(err, ENOENT,
			       "no GPU energy: the executor does not tell on which GPU it computes");
	struct nvml *n = calloc(1, sizeof(*n));
	if (!n)
		return err_set(err, ENOMEM, "no memory for an energy meter");
	int r = -ENOENT;
	if (load(n, places->nvml ? places->nvml : "libnvidia-ml.so.1", err))
		r = begin(n, places->gpu, text, size, err);
	if (r < 0)
		nvml_close(n);
	else
		*self = n;
	return r;
}

static int integrate_power(struct nvml *n, int64_t now_ns, struct err *err)
{
	double watts = 0;
	int r = read_power(n, &watts, err);
	if (r < 0)
		return r;
	n->joules += (watts + n->last_w) / 2 * ns_to_s(now_ns - n->last_ns);
	n->last_w = watts;
	n->last_ns = now_ns;
	return 0;
}

static int read_counter(struct nvml *n, struct err *err)
{
	unsigned long long mj;
	int code = n->energy_mj(n->device, &mj);
	if (code)
		return refuse(n, code, "reading the energy", err);
	n->joules = 1e-3 * (double)(mj - n->first_mj);
	return 0;
}

static int nvml_sample(void *self, int64_t now_ns, double *joules, struct err *err)
{
	struct nvml *n = self;
	int r = n->has_counter ? read_counter(n, err) : integrate_power(n, now_ns, err);
	*joules = n->joules;
	return r;
}

const struct energy_source nvml_source = {"cuda", nvml_open, nvml_sample, nvml_close};
