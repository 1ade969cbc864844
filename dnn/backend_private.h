// SPDX-License-Identifier: BSD-3-Clause
// Inside the room: what a back end of dnn/executor.h is. A new one is a file and a row in executor.c.
#pragma once

#include <stddef.h>
#include "dnn/executor.h"

struct backend {
	const char *name;
	int (*open)(struct executor **out, const struct network *net, const struct executor_options *options,
		    struct err *err);
	void (*close)(struct executor *e);
	int (*prepare)(struct executor *e, int max_batch, struct err *err);
	int (*run)(struct executor *e, int n, int batch, const float *const in[], float *const out[],
		   struct err *err);
	// For measurements: sub-tasks from..to-1 without handing the tensors between them out; NULL where it
	// gains nothing.
	int (*run_range)(struct executor *e, int from, int to, int batch, const float *const in[],
			 float *const out[], struct err *err);
};

// The first member of a back end's own structure; open fills all but the back end.
struct executor {
	const struct backend *backend;
	const struct network *network;
	char description[320];
	char pci_bus_id[32]; // "domain:bus:device.function" of the GPU it computes on, else ""
	bool modelled;
};

extern const struct backend cpu_backend, replay_backend;

enum { BACKEND_ABI = 5 }; // grows when a structure here or in network.h changes its meaning

// What a plug-in (libairbatch-cuda.so) exports as "airbatch_backends". The sizes catch a plug-in of another
// build.
struct backend_plugin {
	int abi;
	size_t layer_bytes, network_bytes, executor_bytes;
	const struct backend *backends[4]; // NULL-terminated
};

// The back end of that name from the CUDA plug-in, which is looked for beside the program and in
// ../lib/airbatch from there, or in $AIRBATCH_PLUGINS. NULL and a sentence that says why it cannot be used.
const struct backend *plugin_backend(const char *name, struct err *err);
