// SPDX-License-Identifier: BSD-3-Clause
#include "tools/profile/show.h"

#include <argp.h>

#include "base/log.h"
#include "base/output.h"

enum { OPTION_PLOT = 1, OPTION_CSV, MOST_PROFILES = 16 };

struct arguments {
	const char *name[MOST_PROFILES], *plot, *csv;
	int n;
};

static const struct argp_option options[] = {
    {"plot", OPTION_PLOT, "FILE.svg", 0, "draw the whole networks' times over b with gnuplot", 0},
    {"csv", OPTION_CSV, "FILE", 0, "write the (single) profile as CSV: a stated model becomes a file", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	switch (key) {
	case OPTION_PLOT:
		a->plot = arg;
		return 0;
	case OPTION_CSV:
		a->csv = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (a->n == MOST_PROFILES)
			argp_error(state, "at most %d profiles", MOST_PROFILES);
		a->name[a->n++] = arg;
		return 0;
	case ARGP_KEY_END:
		if (a->n == 0)
			argp_error(state, "a profile is needed, such as profiles/x.csv or %s",
				   profile_model_names()[0]);
		if (a->csv && a->n != 1)
			argp_error(state, "--csv writes one profile, not %d", a->n);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int show(const struct arguments *a, struct profile *profiles[], struct err *err)
{
	for (int i = 0; i < a->n; i++) {
		int r = profile_load(&profiles[i], a->name[i], err);
		if (r < 0)
			return r;
		if (i > 0)
			putchar('\n');
		profile_print(profiles[i], stdout);
	}
	int r = a->plot ? output_file(a->plot, "<title>Gnuplot</title>", "plot", "--plot", err) : 0;
	r = r < 0 || !a->csv ? r : output_file(a->csv, PROFILE_MARK, "profile", "--csv", err);
	r = r < 0 || !a->plot ? r : profile_plot(profiles, a->n, a->plot, err);
	return r < 0 || !a->csv ? r : profile_save(profiles[0], a->csv, err);
}

int profile_show_command(int argc, char **argv)
{
	const struct argp argp = {options,
				  parse,
				  "FILE|NAME...",
				  "Prints profiles, files or stated models by name, as tables and bars.",
				  NULL,
				  NULL,
				  NULL};
	struct arguments a = {0};
	argp_parse(&argp, argc, argv, 0, NULL, &a);
	struct profile *profiles[MOST_PROFILES] = {0};
	struct err err = {0};
	int r = show(&a, profiles, &err);
	if (r < 0)
		log_error("%s", err.text);
	for (int i = 0; i < a.n; i++)
		profile_free(profiles[i]);
	return r < 0 ? 2 : 0;
}
