// SPDX-License-Identifier: BSD-3-Clause
#include "emu/run/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "emu/run/control.h"
#include "emu/run/names.h"

static int usage(void)
{
	log_error("usage: airbatch exec RUN NODE -- COMMAND [ARGUMENT...], such as: airbatch exec quickstart "
		  "ue3 -- ping 198.18.0.1");
	return 2;
}

// The process id of a node ("ue3", "edge"), as its run tells.
static int process_of(const char *run, const char *node, struct err *err)
{
	char directory[512];
	int r = run_name_directory(run, directory, sizeof(directory), err);
	if (r < 0)
		return r;
	json_t *request = json_pack("{s:s}", "get", "processes");
	json_t *answer = control_ask(directory, request, err);
	json_decref(request);
	if (!answer)
		return -ENOENT;
	int pid = (int)json_integer_value(json_object_get(json_object_get(answer, "processes"), node));
	json_decref(answer);
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
	if (argc >= 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-?") == 0)) {
		printf("usage: airbatch exec RUN NODE -- COMMAND [ARGUMENT...]\n\nRuns any program in a node "
		       "(edge, ue1, ue2, ...) "
		       "of a running run, behind the shaped link.\nThe edge has the first address of "
		       "cell.subnet, 198.18.0.1 "
		       "by default.\n");
		return 0;
	}
	if (argc < 5 || strcmp(argv[3], "--") != 0)
		return usage();
	struct err err = {0};
	int pid = process_of(argv[1], argv[2], &err);
	int r = pid < 0 ? pid : 0;
	if (r == 0 && geteuid() != 0)
		r = enter(pid, "user", CLONE_NEWUSER, &err);
	r = r < 0 ? r : enter(pid, "net", CLONE_NEWNET, &err);
	if (r < 0) {
		log_error("%s", err.text);
		return 1;
	}
	execvp(argv[4], &argv[4]);
	log_error("cannot run %s: %s", argv[4], strerror(errno));
	return 1;
}
