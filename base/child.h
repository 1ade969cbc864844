// SPDX-License-Identifier: BSD-3-Clause
// What every program that a supervisor starts has in common: `PROGRAM --config FILE`, its end of the channel,
// timer slack, and how it says how it ended.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

// Parses the command line, opens the log, sets the timer slack to 1 ns, and calls work(config file, channel,
// err); then tells the supervisor DONE, or FAIL with the sentence, and returns the exit status (0, 1; 2 for a
// wrong command line).
int child_main(int argc, char **argv, const char *name, const char *what,
	       int (*work)(const char *config, int channel, struct err *err));

// CHANNEL_FD when a supervisor handed one over, else -1 (started by hand).
int child_channel(void);

// ASK_FD likewise, else -1. Before the program opens anything else.
int child_ask(void);

// Waits for the n secrets that a supervisor sends before all else (CHANNEL_SECRETS). 0 or -EPROTO.
int child_secrets(int channel, uint64_t secrets[], size_t n, struct err *err);

// Tells the supervisor that the loop is about to run. Without a channel nothing happens.
int child_ready(int channel, struct err *err);

// A note of the run, as of struct channel_note; without a channel a warning in the log. From any thread.
void child_note(int channel, bool asked, const char *format, ...) __attribute__((format(printf, 3, 4)));

// Tells the supervisor the sentence at once, before connections close and others fail of it.
void child_failed(int channel, const struct err *err);
