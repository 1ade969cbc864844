// SPDX-License-Identifier: BSD-3-Clause
// One build serves machines with and without a GPU: nothing here is linked to CUDA.
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/program.h"
#include "dnn/backend_private.h"

#define LIBRARY "libairbatch-cuda.so"

enum { MAX_PATH = PATH_MAX + 64, MAX_DIRECTORIES = 3 };

static int directories(char path[MAX_DIRECTORIES][MAX_PATH])
{
	char program[PATH_MAX];
	const char *given = getenv("AIRBATCH_PLUGINS");
	if (given) {
		snprintf(path[0], MAX_PATH, "%s", given);
		return 1;
	}
	if (program_folder(program, NULL) < 0)
		return 0;
	snprintf(path[0], MAX_PATH, "%s", program);
	snprintf(path[1], MAX_PATH, "%s/..", program); // tests lie one folder below the programs
	snprintf(path[2], MAX_PATH, "%s/../lib/airbatch", program);
	return 3;
}

static void *open_library(struct err *err)
{
	char path[MAX_DIRECTORIES][MAX_PATH], file[MAX_PATH + 32];
	int n = directories(path);
	for (int i = 0; i < n; i++) {
		snprintf(file, sizeof(file), "%.*s/%s", MAX_PATH, path[i], LIBRARY);
		if (access(file, F_OK) != 0)
			continue;
		void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
		if (!library)
			err_set(err, ELIBACC, "the CUDA plug-in cannot be loaded: %s", dlerror());
		return library;
	}
	err_set(err, ENOENT,
		"there is no CUDA plug-in: %s is not beside the program (it is built where a CUDA toolkit is "
		"found; configure with -DAIRBATCH_CUDA=ON to see why not)",
		LIBRARY);
	return NULL;
}

static bool fits(const struct backend_plugin *p)
{
	return p->abi == BACKEND_ABI && p->layer_bytes == sizeof(struct layer) &&
	       p->network_bytes == sizeof(struct network) && p->executor_bytes == sizeof(struct executor);
}

const struct backend *plugin_backend(const char *name, struct err *err)
{
	void *library = open_library(err); // stays open: executors run its code until the program ends
	if (!library)
		return NULL;
	const struct backend_plugin *plugin = dlsym(library, "airbatch_backends");
	if (!plugin || !fits(plugin)) {
		err_set(err, ELIBBAD,
			"the CUDA plug-in is of another build than the program: build both together");
		return NULL;
	}
	for (int i = 0; plugin->backends[i]; i++)
		if (strcmp(plugin->backends[i]->name, name) == 0)
			return plugin->backends[i];
	err_set(err, ENOENT, "the CUDA plug-in has no executor '%s'", name);
	return NULL;
}
