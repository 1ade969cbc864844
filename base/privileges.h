// SPDX-License-Identifier: BSD-3-Clause
// What a process of a run may do beside reading and writing its own files: as little as it still needs.
// capabilities(7); docs/privileges.md says what each part keeps, and until when.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

// Capabilities as a set.
#define PRIVILEGE(capability) (UINT64_C(1) << (capability))

// For a child between fork and exec, async-signal-safe: whatever program it becomes has at most the
// capabilities of `keep` and what priorities need, and can gain none (no_new_privs). It may raise its
// priority as it may now, by limits on nice and rtprio where the kernel lets us set them. 0 or a negative
// errno.
int privileges_confine(uint64_t keep);

// What a thread needs to change its priority: CAP_SYS_NICE where the limits do not allow it, else nothing.
uint64_t privileges_of_priority(void);

// Every thread of this process gives up all capabilities but `keep`, for good. Priorities that they have
// stay. 0, or a negative errno with a sentence when a thread has kept more. No thread may be started
// meanwhile.
int privileges_drop(uint64_t keep, struct err *err);
