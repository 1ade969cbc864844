// SPDX-License-Identifier: BSD-3-Clause
// Memory, disk and what a process may have of them.
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>

#include "base/cache.h"
#include "emu/shaper/rings.h"
#include "tools/doctor/check_private.h"

#define GIB 1073741824.
#define FILES_FOR_100_UES 512
#define ETHERNET_MTU 1500

void check_hugepages(struct finding *f)
{
	unsigned long free_pages = 0, all = 0, kb = 0;
	char line[128];
	FILE *info = fopen("/proc/meminfo", "re");
	while (info && fgets(line, sizeof(line), info)) {
		sscanf(line, "HugePages_Free: %lu", &free_pages);
		sscanf(line, "HugePages_Total: %lu", &all);
		sscanf(line, "Hugepagesize: %lu", &kb);
	}
	if (info)
		fclose(info);
	if (free_pages)
		doctor_find(f, DOCTOR_OK, "", "", "%lu of %lu free, %lu MiB each", free_pages, all,
			    kb / 1024);
	else
		doctor_find(f, DOCTOR_NOTE,
			    "none: the shaper uses normal memory, which is fast enough for it",
			    "sysctl vm.nr_hugepages=256, if wanted", "none free");
}

static double free_gib(const char *path)
{
	struct statvfs s;
	return statvfs(path, &s) == 0 ? (double)s.f_bavail * (double)s.f_frsize / GIB : 0;
}

void check_disk(struct finding *f)
{
	char cache[PATH_MAX];
	struct err err;
	double here = free_gib("."), there;
	if (cache_path("", cache, sizeof(cache), &err) < 0) {
		doctor_find(f, DOCTOR_FAIL, "profiles and activations have nowhere to be kept",
			    "set AIRBATCH_CACHE to a writable folder", "%s", err.text);
		return;
	}
	there = free_gib(cache);
	if (here < 1 || there < 1)
		doctor_find(f, DOCTOR_POOR,
			    "captures of a long run may fill it; a run says so and keeps what was written",
			    "free some, fewer capture.points, or --out and AIRBATCH_CACHE elsewhere",
			    "%.1f GiB free here, %.1f GiB in %s", here, there, cache);
	else
		doctor_find(f, DOCTOR_OK, "", "", "%.1f GiB free here, %.1f GiB in %s", here, there, cache);
}

void check_limits(struct finding *f)
{
	struct rlimit files, locked;
	struct ring_shape wanted = rings_wanted(ETHERNET_MTU), ring;
	struct err err;
	getrlimit(RLIMIT_NOFILE, &files);
	getrlimit(RLIMIT_MEMLOCK, &locked);
	bool can_run = rings_lockable(&ring, ETHERNET_MTU, &err) == 0;
	unsigned long long n_files = files.rlim_max; // a run raises its own
	char text[80] = "any memory may be locked";
	if (ring.frames < wanted.frames && locked.rlim_cur != RLIM_INFINITY)
		snprintf(text, sizeof(text), "%llu KiB may be locked",
			 (unsigned long long)locked.rlim_cur / 1024);
	if (!can_run)
		doctor_find(f, DOCTOR_FAIL, "the shaper has no memory for its packet rings",
			    "ulimit -l unlimited; in a container --ulimit memlock=-1", "%s", text);
	else if (n_files < FILES_FOR_100_UES)
		doctor_find(f, DOCTOR_POOR, "a run holds three descriptors a UE: many UEs are refused",
			    "ulimit -Hn 4096 as root", "%llu open files, %s", n_files, text);
	else if (ring.frames < wanted.frames)
		doctor_find(
		    f, DOCTOR_POOR,
		    "the shaper's packet rings are smaller: bursts of many UEs may overflow them, which "
		    "makes a run not valid",
		    "ulimit -l unlimited (in a container --ulimit memlock=-1), or run as root",
		    "%llu open files, %s: rings of %u packets instead of %u", n_files, text, ring.frames,
		    wanted.frames);
	else
		doctor_find(f, DOCTOR_OK, "", "", "%llu open files, %s", n_files, text);
}
