// SPDX-License-Identifier: BSD-3-Clause
// Who tells the shaper what to do: the supervisor over its channel (base/channel.h) when descriptor
// CHANNEL_FD is one, otherwise the person with SIGINT or SIGTERM.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"
#include "mac/live.h"
#include "records/capture/capture_record.h"

struct orders {
	int channel_fd; // -1 = no supervisor
	int ask_fd;	// the edge's questions (mac/ask.h); -1 = there is no edge that asks, or no more
	int signal_fd;
	bool started;	  // START came (without a supervisor: at once)
	bool stop;	  // finish and leave
	bool orphaned;	  // the supervisor is gone
	int signal;	  // that told it to stop; 0 = none
	int sender;	  // process that sent it
	int64_t epoch_ns; // CLOCK_MONOTONIC, model time 0; valid once started
	void (*change)(const struct live_setting *setting, void *user); // NULL = changes are refused
	void *user;
};

// Looks for the channel, and turns SIGINT and SIGTERM into something to be polled (every thread started later
// inherits that). 0, or a negative errno and a sentence.
int orders_open(struct orders *orders, struct err *err);
// Takes in what has come, without waiting.
void orders_handle(struct orders *orders);

// Messages to the supervisor; without one, notes and failures are lines on standard error. From any thread.
void orders_ready(const struct orders *orders);
void orders_note(const struct orders *orders, const char *text);
void orders_fail(const struct orders *orders, const char *text);
void orders_capture(const struct orders *orders, const struct capture_record *record);
// The end, with all records sent: DONE; or FAIL when there is a supervisor and somebody else asked for the
// end. The exit status.
int orders_end(const struct orders *orders);
