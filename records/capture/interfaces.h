// SPDX-License-Identifier: BSD-3-Clause
// The interfaces of a pcapng file: one for each UE and direction, and one for frames that are no UE's.
#pragma once

#include <stdint.h>
#include "mac/link.h"

// "ue1 uplink", "ue1 downlink", "ue2 uplink", ..., "other", NULL. NULL when out of memory.
const char **capture_interfaces_new(uint32_t n_ues);
void capture_interfaces_free(const char **interfaces); // NULL is allowed

// Its index; ue >= n_ues: of "other".
static inline uint32_t capture_interface_of(uint32_t n_ues, uint32_t ue, enum link_dir dir)
{
	return ue < n_ues ? ue * LINK_DIRS + (uint32_t)dir : n_ues * LINK_DIRS;
}
