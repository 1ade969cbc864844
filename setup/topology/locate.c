// SPDX-License-Identifier: BSD-3-Clause
// Topologies that come with airbatch are known by their names.
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/nearest.h"
#include "base/program.h"
#include "setup/topology/arguments.h"

const char *topology_located(const char *file)
{
	static char found[PATH_MAX];
	static const char *const endings[] = {"", ".yaml"};
	if (strchr(file, '/') || access(file, F_OK) == 0)
		return file;
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		char name[PATH_MAX];
		snprintf(name, sizeof(name), "topologies/%.250s%s", file, endings[i]);
		if (program_shared(name, found))
			return found;
	}
	return file;
}

int topology_absent(const char *file, int code, struct err *err)
{
	struct nearest n = nearest_to(file);
	char folder[PATH_MAX], name[256] = "", tail[300];
	DIR *d = code == ENOENT && !strchr(file, '/') && program_shared("topologies", folder)
		     ? opendir(folder)
		     : NULL;
	for (struct dirent *e; d && (e = readdir(d));) {
		const char *ending = strrchr(e->d_name, '.');
		if (!ending || strcmp(ending, ".yaml") != 0)
			continue;
		char candidate[256];
		snprintf(candidate, sizeof(candidate), "%.*s", (int)(ending - e->d_name), e->d_name);
		const char *before = n.best;
		nearest_offer(&n, candidate);
		if (n.best != before)
			n.best = strcpy(name, candidate);
	}
	if (d)
		closedir(d);
	return err_set(err, code, "%s: %s%s", file, strerror(code), nearest_text(&n, tail, sizeof(tail)));
}
