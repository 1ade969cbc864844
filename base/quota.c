// SPDX-License-Identifier: BSD-3-Clause
#include "base/quota.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

// Where the groups of one version are mounted, and which of them is this process's.
struct hierarchy {
	bool unified; // version 2
	char mount[PATH_MAX], root[PATH_MAX], path[PATH_MAX];
};

static bool has_word(const char *list, const char *word)
{
	size_t length = strlen(word);
	for (const char *at = list; (at = strstr(at, word)); at += length)
		if ((at == list || at[-1] == ',') && (at[length] == ',' || at[length] == '\0'))
			return true;
	return false;
}

// A line of /proc/self/mountinfo (proc_pid_mountinfo(5)).
static bool is_mount(struct hierarchy *h, const char *line)
{
	char type[32], options[512];
	const char *rest = strstr(line, " - ");
	if (!rest || sscanf(rest, " - %31s %*s %511s", type, options) != 2 ||
	    sscanf(line, "%*s %*s %*s %4095s %4095s", h->root, h->mount) != 2)
		return false;
	return h->unified ? strcmp(type, "cgroup2") == 0
			  : strcmp(type, "cgroup") == 0 && has_word(options, "cpu");
}

// A line of /proc/self/cgroup (cgroups(7)).
static bool is_group(struct hierarchy *h, const char *line)
{
	char controllers[256] = "";
	if (h->unified)
		return sscanf(line, "0::%4095[^\n]", h->path) == 1;
	return sscanf(line, "%*d:%255[^:]:%4095[^\n]", controllers, h->path) == 2 &&
	       has_word(controllers, "cpu");
}

static bool find_line(struct hierarchy *h, const char *root, const char *name,
		      bool (*is_it)(struct hierarchy *h, const char *line))
{
	char path[PATH_MAX], line[2 * PATH_MAX];
	bool found = false;
	snprintf(path, sizeof(path), "%s/proc/self/%s", root, name);
	FILE *file = fopen(path, "re");
	while (file && !found && fgets(line, sizeof(line), file))
		found = is_it(h, line);
	if (file)
		fclose(file);
	return found;
}

static double number_in(const char *folder, const char *name, const char *format, double *second)
{
	char path[PATH_MAX + 32];
	double value = NAN, unused;
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *file = fopen(path, "re");
	if (file && fscanf(file, format, &value, second ? second : &unused) < 1)
		value = NAN;
	if (file)
		fclose(file);
	return value;
}

static void take_tighter(struct quota *q, const char *folder, bool unified)
{
	double quota_us, period_us = NAN;
	if (unified) {
		quota_us = number_in(folder, "cpu.max", "%lf %lf", &period_us); // "max 100000" is no number
	} else {
		quota_us = number_in(folder, "cpu.cfs_quota_us", "%lf", NULL); // -1: none
		period_us = number_in(folder, "cpu.cfs_period_us", "%lf", NULL);
	}
	if (!(quota_us > 0) || !(period_us > 0) || quota_us / period_us >= q->cores)
		return;
	q->cores = quota_us / period_us;
	q->period_ns = (int64_t)(period_us * 1e3);
	snprintf(q->group, sizeof(q->group), "%s", folder);
}

// The process's group and all above it up to the mount. A container that sees its own group as the mount's
// root may still be told the path that its host sees.
static void climb(struct quota *q, const struct hierarchy *h, const char *root)
{
	char folder[3 * PATH_MAX];
	size_t skip = strcmp(h->root, "/") == 0 ? 0 : strlen(h->root);
	const char *path = strncmp(h->path, h->root, skip) == 0 ? h->path + skip : "";
	size_t top = (size_t)snprintf(folder, sizeof(folder), "%s%s", root, h->mount);
	snprintf(folder + top, sizeof(folder) - top, "%s", *path == '/' ? path : "");
	for (char *last; folder[top]; *last = '\0') {
		take_tighter(q, folder, h->unified);
		last = strrchr(folder + top, '/');
	}
	take_tighter(q, folder, h->unified);
}

void quota_find(struct quota *quota, const char *root)
{
	*quota = (struct quota){.cores = INFINITY};
	for (int unified = 0; unified < 2; unified++) {
		struct hierarchy h = {.unified = unified};
		if (find_line(&h, root, "mountinfo", is_mount) && find_line(&h, root, "cgroup", is_group))
			climb(quota, &h, root);
	}
}

int64_t quota_stopped_ns(const struct quota *quota)
{
	char path[PATH_MAX + 16], line[128];
	int64_t value, stopped_ns = 0;
	if (!*quota->group)
		return 0;
	snprintf(path, sizeof(path), "%s/cpu.stat", quota->group);
	FILE *file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "throttled_usec %" SCNd64, &value) == 1)
			stopped_ns = value * NS_PER_US;
		if (sscanf(line, "throttled_time %" SCNd64, &value) == 1)
			stopped_ns = value;
	}
	if (file)
		fclose(file);
	return stopped_ns;
}
