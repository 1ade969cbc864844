// SPDX-License-Identifier: BSD-3-Clause
// Writing without ever waiting: whoever watches a run must not hold it up, not even with a stopped terminal
// (Ctrl-S), a slow connection or a pipe that nobody reads.
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct outlet;

// Of a descriptor, which stays open and as it is: terminals and pipes get an open file description of their
// own that does not block. NULL with errno.
struct outlet *outlet_new(int fd);
void outlet_free(struct outlet *o); // what is still unsent is dropped

// Writes all of it, or keeps the rest for later; refuses (false) while an earlier rest is still unsent, or
// when nobody can read it any more.
bool outlet_send(struct outlet *o, const char *bytes, size_t size);

// Waits up to timeout_ms until all is sent.
void outlet_flush(struct outlet *o, int timeout_ms);
