// SPDX-License-Identifier: BSD-3-Clause
// Who tells the shaper what to do: the supervisor over its channel (base/channel.h) when descriptor
// CHANNEL_FD is one, otherwise the person with SIGINT or SIGTERM.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"
#include "emu/capture/record.h"
#include "mac/live.h"

struct control {
	int channel_fd; // -1 = no supervisor
	int signal_fd;
	bool started;	  // START came (without a supervisor: at once)
	bool stop;	  // finish and leave
	bool orphaned;	  // the supervisor is gone
	int64_t epoch_ns; // CLOCK_MONOTONIC, model time 0; valid once started
	void (*change)(const struct live_setting *setting, void *user); // NULL = changes are refused
	void *user;
};

// Looks for the channel, and turns SIGINT and SIGTERM into something to be polled (every thread started later
// inherits that). 0, or a negative errno and a sentence.
int control_open(struct control *control, struct err *err);
// Takes in what has come, without waiting.
void control_handle(struct control *control);

// Messages to the supervisor; without one, notes and failures are lines on standard error. From any thread.
void control_ready(const struct control *control);
void control_note(const struct control *control, const char *text);
void control_fail(const struct control *control, const char *text);
void control_capture(const struct control *control, const struct capture_record *record);
void control_done(const struct control *control);
