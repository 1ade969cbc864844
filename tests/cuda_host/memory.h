// SPDX-License-Identifier: BSD-3-Clause
// Inside the stand-in: device memory, which only running work may touch.
#pragma once

#include "state.h"

// Between the two, this process may touch device memory.
void memory_open(void);
void memory_close(void);

bool memory_is_device(const void *address, size_t bytes); // all of it within one allocation
bool memory_is_page_locked(const void *address, size_t bytes);
