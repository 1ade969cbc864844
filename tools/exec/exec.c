// SPDX-License-Identifier: BSD-3-Clause
#include "tools/exec/exec.h"

#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "emu/supervisor/names.h"
#include "records/control.h"

struct arguments {
	const char *run, *node;
	char **command; // NULL-terminated
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	switch (key) {
	case ARGP_KEY_ARG:
		if (state->arg_num == 0)
			a->run = arg;
		else if (state->arg_num == 1)
			a->node = arg;
		else {
			a->command = &state->argv[state->next - 1];
			state->next = state->argc; // its options are its own
		}
		return 0;
	case ARGP_KEY_END:
		if (!a->command)
			argp_error(state, "a run, a node and a command are needed, such as: "
					  "quickstart ue3 -- ping 198.18.0.1");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp exec_argp = {
    .parser = parse,
    .args_doc = "RUN NODE -- COMMAND [ARGUMENT...]",
    .doc = "Runs any program in a node (edge, ue1, ue2, ...) of a running run, behind the shaped link. The "
	   "edge has the first address of cell.subnet, 198.18.0.1 by default, ue1 the next.\v"
	   "Exit status: the command's; 1 the run, the node or the command could not be entered, 2 wrong "
	   "usage."};

json_t *run_processes(const char *run, struct err *err)
{
	char directory[512];
	if (run_name_directory(run, directory, sizeof(directory), err) < 0)
		return NULL;
	json_t *request = json_pack("{s:s}", "get", "processes");
	json_t *answer = control_ask(directory, request, err);
	json_decref(request);
	json_t *processes = json_incref(json_object_get(answer, "processes"));
	if (answer && !processes)
		err_set(err, EPROTO, "%s does not say which processes it has", run);
	json_decref(answer);
	return processes;
}

static int process_of(const char *run, const char *node, struct err *err)
{
	json_t *processes = run_processes(run, err);
	if (!processes)
		return -ENOENT;
	int pid = (int)json_integer_value(json_object_get(processes, node));
	json_decref(processes);
	return pid > 0
		   ? pid
		   : err_set(err, ENOENT, "%s has no node '%s': edge, ue1, ue2, ... are nodes", run, node);
}

static int enter(int pid, const char *kind, int type, struct err *err)
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, kind);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(err, errno, "cannot open %s", path);
	int r = setns(fd, type) < 0 ? -errno : 0;
	close(fd);
	return r < 0 ? err_sys(err, -r, "cannot enter the %s namespace of process %d", kind, pid) : 0;
}

int exec_command(int argc, char **argv)
{
	struct arguments a = {0};
	argp_parse(&exec_argp, argc, argv, ARGP_IN_ORDER, NULL, &a);
	struct err err = {0};
	int pid = process_of(a.run, a.node, &err);
	int r = pid < 0 ? pid : enter(pid, "net", CLONE_NEWNET, &err);
	if (r == -EPERM) { // the run has a user namespace of its own
		r = enter(pid, "user", CLONE_NEWUSER, &err);
		r = r < 0 ? r : enter(pid, "net", CLONE_NEWNET, &err);
	}
	if (r < 0) {
		log_error("%s", err.text);
		return 1;
	}
	execvp(a.command[0], a.command);
	log_error("cannot run %s: %s", a.command[0], strerror(errno));
	return 1;
}
