// SPDX-License-Identifier: BSD-3-Clause
// The arguments that every command on one topology takes: its file, and overrides of its keys. A child of the
// command's argp, which hands over a struct topology_arguments at ARGP_KEY_INIT:
//   state->child_inputs[0] = &a->topology;
#pragma once

#include <argp.h>
#include <stdbool.h>
#include "base/err.h"

enum { TOPOLOGY_MOST_OVERRIDES = 128 };

struct topology_arguments {
	bool optional;				      // the file; the command checks whether it is needed
	const char *file;			      // NULL = not given
	const char *set[TOPOLOGY_MOST_OVERRIDES + 1]; // [n_set] "KEY=VALUE", owned; NULL-terminated
	int n_set;
};

// TOPOLOGY.yaml, --set, --seed and --run; alone for argp.children, or beside other children.
extern const struct argp topology_argp;
extern const struct argp_child topology_argp_children[];

// As --set KEY=VALUE, for shorthands such as --policy; argp_error when there are too many.
void topology_arguments_set(struct topology_arguments *a, const char *key, const char *value,
			    const struct argp_state *state);

// As the positional argument: argp_error on a second file. A name without a folder that is no file here, such
// as "quickstart" or "quickstart.yaml", stands for the topology of that name that comes with airbatch.
void topology_arguments_file(const char **file, const char *value, const struct argp_state *state);

// That rule alone: `file`, or the path of one that comes with airbatch (valid until the next call).
const char *topology_located(const char *file);

// The sentence on a file that cannot be opened (errno code), with the name that was perhaps meant. -code.
int topology_absent(const char *file, int code, struct err *err);

void topology_arguments_free(struct topology_arguments *a);
