// SPDX-License-Identifier: BSD-3-Clause
// Processor hogs: processes that compute without end at normal priority, on whatever processor they get, each
// in a session of its own as the work of another terminal would be (sched_autogroup shares among sessions).
#pragma once

#include <sys/types.h>
#include "base/err.h"

#define HOGS_MAX 8

struct hogs {
	unsigned n;
	pid_t pid[HOGS_MAX];
};

// Starts n (at most HOGS_MAX). They end with hogs_end, or with the process that started them.
int hogs_start(struct hogs *hogs, unsigned n, struct err *err);
void hogs_end(struct hogs *hogs);
