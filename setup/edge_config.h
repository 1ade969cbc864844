// SPDX-License-Identifier: BSD-3-Clause
// What airbatch-edge is told, as a file: struct edge_config (edge/desk/config.h) by one table. `airbatch help
// config` prints it.
#pragma once

#include "edge/desk/config.h"
#include "setup/fields/fields.h"

extern const struct config_table edge_config_table;

// 0, or a negative errno with a sentence (setup/fields/fields.h). The caller ends with edge_config_free.
int edge_config_load(struct edge_config *c, const char *path, struct err *err);
void edge_config_free(struct edge_config *c);
