// SPDX-License-Identifier: BSD-3-Clause
// A child of the supervisor: one of our programs in a namespace, with a channel, ended with us whatever
// happens.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/err.h"

struct child {
	char label[16]; // "shaper", "edge", "ue3"
	pid_t pid;	// 0 = not started, or reaped
	int pidfd, channel;
	bool ready;
	bool told;  // to end
	bool done;  // it said so
	bool gone;  // it has ended
	int status; // wait status once reaped
};

// Starts `program` (beside our own executable) with `--config config` inside the network namespace; its
// standard output and error go to log_fd. ask_fd: what it finds as ASK_FD, still the caller's; -1 = nothing.
// keep: the capabilities that it may have at most (base/privileges.h). It dies with its parent.
int child_start(struct child *c, const char *label, const char *program, const char *config, int netns_fd,
		int log_fd, int ask_fd, uint64_t keep, struct err *err);

// Reaps it if it has ended. True when it is gone.
bool child_gone(struct child *c);

// Ends it by its id (SIGKILL), reaps it and closes its descriptors. Safe on a child that never started.
void child_end(struct child *c);
