// SPDX-License-Identifier: BSD-3-Clause
#include "setup/topology/arguments.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_SET = 's', KEY_SEED = 256, KEY_RUN };

static const struct argp_option options[] = {
    {"set", KEY_SET, "KEY=VALUE", 0,
     "override any key of the topology, such as ues.count=8 (see `airbatch help topology`)", 0},
    {"seed", KEY_SEED, "N", 0,
     "same as --set seed=N: which random world (placement, arrivals, channel; an agent's first parameters "
     "and exploration)",
     0},
    {"run", KEY_RUN, "N", 0, "same as --set run=N: which repetition in it", 0},
    {0},
};

static void add(struct topology_arguments *a, char *override, const struct argp_state *state)
{
	if (!override)
		argp_failure(state, 1, 0, "no memory");
	if (a->n_set == TOPOLOGY_MOST_OVERRIDES)
		argp_error(state, "more than %d overrides", TOPOLOGY_MOST_OVERRIDES);
	a->set[a->n_set++] = override;
}

void topology_arguments_set(struct topology_arguments *a, const char *key, const char *value,
			    const struct argp_state *state)
{
	char *override;
	add(a, asprintf(&override, "%s=%s", key, value) < 0 ? NULL : override, state);
}

void topology_arguments_file(const char **file, const char *value, const struct argp_state *state)
{
	if (*file)
		argp_error(state, "one topology file at a time: '%s' is a second one", value);
	*file = topology_located(value);
}

void topology_arguments_free(struct topology_arguments *a)
{
	while (a->n_set > 0)
		free((void *)a->set[--a->n_set]);
}

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct topology_arguments *a = state->input;
	switch (key) {
	case KEY_SET:
		add(a, strdup(value), state);
		return 0;
	case KEY_SEED:
		topology_arguments_set(a, "seed", value, state);
		return 0;
	case KEY_RUN:
		topology_arguments_set(a, "run", value, state);
		return 0;
	case ARGP_KEY_ARG:
		topology_arguments_file(&a->file, value, state);
		return 0;
	case ARGP_KEY_END:
		if (!a->file && !a->optional)
			argp_error(state, "a topology file is needed, such as topologies/quickstart.yaml");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp topology_argp = {.options = options, .parser = parse};

const struct argp_child topology_argp_children[] = {{&topology_argp, 0, NULL, 0}, {0}};
