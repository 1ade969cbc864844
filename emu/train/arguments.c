// SPDX-License-Identifier: BSD-3-Clause
#include "emu/train/arguments.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { KEY_SEED = 512, KEY_RUN };

static const struct argp_option options[] = {
    {"set", 's', "KEY=VALUE", 0,
     "override any key of the topology, such as ues.count=8 (see `airbatch help topology`)", 1},
    {"seed", KEY_SEED, "N", 0, "same as --set seed=N: placement, arrivals, first parameters, exploration", 1},
    {"run", KEY_RUN, "N", 0, "same as --set run=N: another placement of the same experiment", 1},
    {0},
};

void world_arguments_set(struct world_arguments *a, const char *key, const char *value,
			 struct argp_state *state)
{
	char *text = NULL;
	if (a->n_set == ARGUMENTS_MOST_OVERRIDES)
		argp_error(state, "more than %d overrides", ARGUMENTS_MOST_OVERRIDES);
	if (asprintf(&text, "%s%s%s", key ? key : "", key ? "=" : "", value) < 0)
		argp_failure(state, 1, 0, "no memory");
	a->owned[a->n_set] = text;
	a->set[a->n_set++] = text;
}

void world_arguments_free(struct world_arguments *a)
{
	for (int i = 0; i < a->n_set; i++)
		free(a->owned[i]);
	a->n_set = 0;
}

int world_arguments_whole(const char *text, int most, const char *what, struct argp_state *state)
{
	char *end;
	errno = 0;
	long value = strtol(text, &end, 10);
	if (end == text || *end || errno || value < 1 || value > most)
		argp_error(state, "%s is '%s': must be a whole number from 1 to %d", what, text, most);
	return (int)value;
}

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct world_arguments *a = state->input;
	switch (key) {
	case 's':
		world_arguments_set(a, NULL, value, state);
		return 0;
	case KEY_SEED:
		world_arguments_set(a, "seed", value, state);
		return 0;
	case KEY_RUN:
		world_arguments_set(a, "run", value, state);
		return 0;
	case ARGP_KEY_ARG:
		if (a->file)
			argp_error(state, "'%s': there is one topology, %s", value, a->file);
		a->file = value;
		return 0;
	case ARGP_KEY_END:
		if (!a->file)
			argp_error(state, "which topology? Give its file, such as topologies/online.yaml");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp world_argp = {.options = options, .parser = parse};
