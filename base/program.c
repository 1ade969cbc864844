// SPDX-License-Identifier: BSD-3-Clause
#include "base/program.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int program_path(char out[PATH_MAX], struct err *err)
{
	ssize_t n = readlink("/proc/self/exe", out, PATH_MAX - 1);
	if (n < 0)
		return err_sys(err, errno, "cannot find our own program: /proc/self/exe");
	out[n] = '\0';
	return 0;
}

int program_folder(char out[PATH_MAX], struct err *err)
{
	int r = program_path(out, err);
	char *slash = r < 0 ? NULL : strrchr(out, '/');
	if (slash)
		*slash = '\0';
	return r;
}

bool program_shared(const char *name, char out[PATH_MAX])
{
	static const char *const from_program[] = {"../share/airbatch", ".."};
	char folder[PATH_MAX], path[PATH_MAX + 300];
	if (strlen(name) > 255 || program_folder(folder, NULL) < 0)
		return false;
	for (size_t i = 0; i < sizeof(from_program) / sizeof(from_program[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s/%s", folder, from_program[i], name);
		if (access(path, R_OK) == 0 && realpath(path, out))
			return true;
	}
	return false;
}
