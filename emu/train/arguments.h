// SPDX-License-Identifier: BSD-3-Clause
// The options that train and evaluate share: a topology and its overrides. An argp child: first in
// argp.children.
#pragma once

#include <argp.h>

enum { ARGUMENTS_MOST_OVERRIDES = 128 };

struct world_arguments {
	const char *file;
	const char *set[ARGUMENTS_MOST_OVERRIDES + 1];
	char *owned[ARGUMENTS_MOST_OVERRIDES];
	int n_set;
};

extern const struct argp world_argp; // its input is a struct world_arguments

// "KEY=VALUE" as --set; argp_error when there are too many.
void world_arguments_set(struct world_arguments *a, const char *key, const char *value,
			 struct argp_state *state);
void world_arguments_free(struct world_arguments *a);

// A whole number from 1 to `most`, or argp_error.
int world_arguments_whole(const char *text, int most, const char *what, struct argp_state *state);
