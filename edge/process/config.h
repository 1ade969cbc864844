// SPDX-License-Identifier: BSD-3-Clause
// What airbatch-edge is told: a JSON file that the supervisor writes (docs/processes.md lists the keys).
#pragma once

#include "edge/desk/config.h"

// Reads the file; an unknown or missing key is refused with its name. 0, or a negative errno with a sentence.
int edge_config_load(struct edge_config *c, const char *path, struct err *err);
void edge_config_free(struct edge_config *c);
