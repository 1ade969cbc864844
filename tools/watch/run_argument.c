// SPDX-License-Identifier: BSD-3-Clause
#include "tools/watch/run_argument.h"

static error_t parse(int key, char *arg, struct argp_state *state)
{
	const char **run = state->input;
	switch (key) {
	case ARGP_KEY_ARG:
		if (*run)
			argp_error(state, "one run at a time: '%s' is a second one", arg);
		*run = arg;
		return 0;
	case ARGP_KEY_END:
		if (!*run)
			argp_error(state, "a run is needed: its name (`airbatch ls`) or its directory");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp run_argp = {.parser = parse};

const struct argp_child run_argp_children[] = {{&run_argp, 0, NULL, 0}, {0}};
