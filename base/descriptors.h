// SPDX-License-Identifier: BSD-3-Clause
// How many descriptors a process may hold.
#pragma once

#include <stdint.h>
#include "base/err.h"

// Raises the soft limit (RLIMIT_NOFILE) to at least `need`, for this process and those that it starts. 0;
// -EMFILE with a sentence when the hard limit is lower, with its remedy.
int descriptors_raise(uint64_t need, struct err *err);

// A descriptor to give up where none is left; -1 = there was none.
int descriptors_spare(void);

// Takes the next connection of a listener that does not block, close-on-exec and not blocking. Without a
// descriptor for it, it is ended, at the cost of *spare for a moment: it would make the listener call for
// ever. -1 when nobody waits or it was ended.
int descriptors_accept(int listener, int *spare);
