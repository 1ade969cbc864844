// SPDX-License-Identifier: BSD-3-Clause
// Inside the room: what a back end of dnn/executor.h is. A new one is a file and a row in executor.c.
#pragma once

#include "dnn/executor.h"

struct backend {
	const char *name;
	int (*open)(struct executor **out, const struct network *net, const struct executor_options *options,
		    struct err *err);
	void (*close)(struct executor *e);
	int (*prepare)(struct executor *e, int max_batch, struct err *err);
	// slowdown is 1 unless the executor is modelled
	int (*run)(struct executor *e, int n, int batch, double slowdown, const float *const in[],
		   float *const out[], struct err *err);
};

// The first member of a back end's own structure; open fills network, description and modelled.
struct executor {
	const struct backend *backend;
	const struct network *network;
	char description[320];
	bool modelled;
};

extern const struct backend cpu_backend, replay_backend;

// Of the last run of a cpu executor: nanoseconds spent on gathering inputs and scattering outputs.
int64_t cpu_copy_ns(const struct executor *e);
