// SPDX-License-Identifier: BSD-3-Clause
#include "tools/set/command.h"

#include <argp.h>
#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "base/log.h"
#include "emu/supervisor/names.h"
#include "records/control.h"

struct arguments {
	const char *run;
	json_t *changes;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	if (key == ARGP_KEY_ARG && !a->run) {
		a->run = arg;
		return 0;
	}
	if (key == ARGP_KEY_ARG) {
		char *equals = strchr(arg, '=');
		if (!equals) {
			argp_error(state, "'%s': KEY=VALUE is right, such as ue3.gain=-95dB", arg);
			return EINVAL;
		}
		*equals = '\0';
		json_object_set_new(a->changes, arg, json_string(equals + 1));
		return 0;
	}
	if (key == ARGP_KEY_END && json_object_size(a->changes) == 0)
		argp_error(state, "a run and a change are needed, such as: quickstart ue3.gain=-95dB");
	return ARGP_ERR_UNKNOWN;
}

const struct argp set_argp = {
    .parser = parse,
    .args_doc = "RUN NODE.KEY=VALUE...",
    .doc = "Changes a running run. RUN is its name (airbatch ls) or its directory; the keys are "
	   "ueN.gain (a gain, or auto), ueN.loss, ueN.delay (each way), ueN.grant, cell.bandwidth, "
	   "cell.loss and cell.delay. Every change is stamped into links.csv.\v"
	   "Exit status: 0 changed, 1 refused or no such run, 2 wrong usage."};

int set_command(int argc, char **argv)
{
	struct arguments a = {.changes = json_object()};
	argp_parse(&set_argp, argc, argv, 0, NULL, &a);
	struct err err = {0};
	char directory[512];
	json_t *request = json_pack("{s:o}", "set", a.changes), *answer = NULL;
	if (run_name_directory(a.run, directory, sizeof(directory), &err) == 0)
		answer = control_ask(directory, request, &err);
	json_decref(request);
	if (!answer)
		log_error("%s", err.text);
	json_decref(answer);
	return answer ? 0 : 1;
}
