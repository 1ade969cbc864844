// SPDX-License-Identifier: BSD-3-Clause
// A GPU, looked for as an executor would: the driver's libraries at run time, nothing linked.
#include <dlfcn.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>

#include "setup/topology/topology.h"
#include "tools/doctor/check_private.h"

#define WITHOUT                                                                                              \
	"the edge computes on the processor, where batching gains little, or replays a stated GPU "          \
	"(edge.executor: replay), which every report says"

static size_t n_devices(void)
{
	glob_t found;
	size_t n = glob("/dev/nvidia[0-9]*", 0, NULL, &found) == 0 ? found.gl_pathc : 0;
	globfree(&found);
	return n;
}

// Function pointers come from dlsym as data pointers; copying is how POSIX lets one have the other.
static bool find(void *library, const char *name, void *function)
{
	void *symbol = dlsym(library, name);
	memcpy(function, &symbol, sizeof(symbol));
	return symbol != NULL;
}

// cuInit and cuDeviceGetCount of the driver API: the number of devices, or minus its error code.
static int cuda_devices(void *library)
{
	int (*init)(unsigned flags), (*count)(int *n), n = 0;
	if (!find(library, "cuInit", (void *)&init) || !find(library, "cuDeviceGetCount", (void *)&count))
		return -1;
	int r = init(0);
	r = r ? r : count(&n);
	return r ? -r : n;
}

// The first device's name, by the management library; false without it.
static bool nvml_name(char *name, unsigned size)
{
	void *library = dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL), *device;
	int (*init)(void), (*by_index)(unsigned i, void **device),
	    (*get_name)(void *device, char *name, unsigned size), (*shut)(void);
	bool known = library && find(library, "nvmlInit_v2", (void *)&init) &&
		     find(library, "nvmlDeviceGetHandleByIndex_v2", (void *)&by_index) &&
		     find(library, "nvmlDeviceGetName", (void *)&get_name) &&
		     find(library, "nvmlShutdown", (void *)&shut) && init() == 0;
	bool named = known && by_index(0, &device) == 0 && get_name(device, name, size) == 0;
	if (known)
		shut();
	if (library)
		dlclose(library);
	return named;
}

// Whether this build's edge has an executor for it.
static void look_for_cuda(const struct topology_key *key, void *user)
{
	bool *has = user;
	if (strcmp(key->path, "edge.executor") != 0)
		return;
	for (const char *const *word = key->words; *word; word++)
		*has = *has || strcmp(*word, "cuda") == 0;
}

static void report_devices(struct finding *f, int n)
{
	char name[96] = "unnamed (no NVML)";
	bool has_executor = false;
	const struct topology_reader reader = {NULL, look_for_cuda, &has_executor};
	topology_each_key(&reader);
	nvml_name(name, sizeof(name));
	if (has_executor)
		doctor_find(f, DOCTOR_OK, "", "", "%d, the first is %s: use it with edge.executor: cuda", n,
			    name);
	else
		doctor_find(f, DOCTOR_NOTE, "not used: this build's edge has no executor for it",
			    "measure its profile elsewhere and replay it (edge.executor: replay)",
			    "%d, the first is %s", n, name);
}

// In a process of its own: a driver's threads and crashes stay there.
static int probe(struct err *err)
{
	void *library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
	if (!library)
		return err_set(err, 2, "%s", dlerror());
	int n = cuda_devices(library);
	err_set(err, 0, "CUDA error %d", -n);
	return n < 0 ? -1 : n; // not closed: drivers do not survive it
}

void check_gpu(struct finding *f)
{
	struct err err;
	size_t devices = n_devices();
	int n = doctor_apart(probe, &err);
	if (n > 0)
		report_devices(f, n);
	else if (devices == 0)
		doctor_find(f, DOCTOR_NOTE, WITHOUT, "a machine with an NVIDIA GPU and its driver",
			    "none: no /dev/nvidia*, and %s", n == 0 ? "CUDA sees no device" : err.text);
	else if (n == 0)
		doctor_find(f, DOCTOR_NOTE, WITHOUT, "check CUDA_VISIBLE_DEVICES and the container's devices",
			    "%zu device files, but CUDA sees no device", devices);
	else
		doctor_find(f, DOCTOR_NOTE, WITHOUT, "install the NVIDIA driver's libcuda1 and libnvidia-ml1",
			    "%zu device files, but %s", devices, err.text);
}
