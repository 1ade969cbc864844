// SPDX-License-Identifier: BSD-3-Clause
#include "records/capture/interfaces.h"

#include <stdio.h>
#include <stdlib.h>

#define NAME_BYTES 24

// The names follow the pointers in one piece of memory.
const char **capture_interfaces_new(uint32_t n_ues)
{
	static const char *const directions[] = {[LINK_UP] = "uplink", [LINK_DOWN] = "downlink"};
	size_t n = (size_t)n_ues * LINK_DIRS;
	const char **names = malloc((n + 2) * sizeof(*names) + n * NAME_BYTES);
	if (!names)
		return NULL;
	char *name = (char *)(names + n + 2);
	for (size_t i = 0; i < n; i++, name += NAME_BYTES) {
		snprintf(name, NAME_BYTES, "ue%zu %s", i / LINK_DIRS + 1, directions[i % LINK_DIRS]);
		names[i] = name;
	}
	names[n] = "other";
	names[n + 1] = NULL;
	return names;
}

void capture_interfaces_free(const char **interfaces)
{
	free((void *)interfaces);
}
