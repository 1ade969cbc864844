// SPDX-License-Identifier: BSD-3-Clause
#include "tools/profile/list.h"

#include <argp.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "dnn/profile.h"

// The value of a "# key: value" line of its facts, up to `size`; "-" when it has none.
static void fact(const struct profile *p, const char *key, char *value, size_t size)
{
	char line[64];
	snprintf(line, sizeof(line), "# %s: ", key);
	const char *at = strstr(p->facts, line);
	int n = at ? (int)strcspn(at += strlen(line), "\n") : 1;
	snprintf(value, size, "%.*s", n, at ? at : "-");
}

static void print(const struct profile *p, void *user)
{
	int *n = user;
	char when[32], here[128];
	if ((*n)++ == 0)
		printf("%-20s %7s %6s %-20s %-10s %s\n", "network", "batches", "spread", "measured", "",
		       "executor; machine");
	fact(p, "measured_at", when, sizeof(when));
	const char *state = profile_is_foreign(p, here, sizeof(here)) ? "elsewhere"
			    : p->disturbed			      ? "disturbed"
								      : "";
	printf("%-20s %7d %5.1f%% %-20s %-10s %s\n  %s\n", p->network, p->max_batch, 100 * profile_spread(p),
	       when, state, p->source, p->origin);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	if (key == ARGP_KEY_ARG)
		argp_error(state, "'%s': the list takes no arguments", arg);
	return ARGP_ERR_UNKNOWN;
}

int profile_list_command(int argc, char **argv)
{
	const struct argp argp = {NULL,
				  parse,
				  "",
				  "Lists the profiles in the cache: what runs with edge.executor=cpu or cuda "
				  "take. Disturbed: measured "
				  "while others used the machine, so the next run measures anew. Elsewhere: "
				  "of another machine, not "
				  "used here. `airbatch profile --network NAME --refresh` measures one anew.",
				  NULL,
				  NULL,
				  NULL};
	struct err err = {0};
	int n = 0;
	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	int r = profile_cache_list(print, &n, &err);
	if (r < 0)
		log_error("%s", err.text);
	else if (n == 0)
		puts("no profile is in the cache yet: the first run with edge.executor=cpu measures one");
	return r < 0;
}
