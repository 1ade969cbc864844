// SPDX-License-Identifier: BSD-3-Clause
// The processors: how many, whose, how fast.
#include <glob.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/quota.h"
#include "tools/doctor/check_private.h"
#include "tools/doctor/rehearsal_private.h"

#define MUCH_STEAL .02	  // of one processor
#define MUCH_PRESSURE .25 // of the time

static int usable_cores(void)
{
	cpu_set_t set;
	return sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
}

void check_cores(struct finding *f)
{
	int n = usable_cores();
	struct quota quota;
	quota_find(&quota, "");
	if (quota.cores < n)
		doctor_find(
		    f, quota.cores < QUOTA_LEAST_CORES ? DOCTOR_FAIL : DOCTOR_POOR,
		    "a quota stops all processes of a run for milliseconds when it is used up: runs may be "
		    "not valid, and too small a one is refused",
		    "give whole processors instead: docker run --cpuset-cpus=0,1 in place of --cpus; "
		    "systemd's AllowedCPUs= in place of CPUQuota=",
		    "%d, of which a quota leaves %.3g (%.200s)", n, quota.cores, quota.group);
	else if (n < 2)
		doctor_find(f, DOCTOR_POOR,
			    "shaper, edge and UEs wait for each other: delays of milliseconds, runs may be "
			    "not valid",
			    "a machine with two processors or more", "%d", n);
	else
		doctor_find(f, DOCTOR_OK, "", "", "%d", n);
}

void check_isolated(struct finding *f)
{
	char list[200];
	doctor_read_line("/sys/devices/system/cpu/isolated", list, sizeof(list));
	if (*list)
		doctor_find(f, DOCTOR_OK, "", "", "%s: pin the shaper there with --set shaper.cpu=N", list);
	else
		doctor_find(f, DOCTOR_NOTE,
			    "other programs may delay the shaper on its processor, mostly by microseconds",
			    "boot with isolcpus=N nohz_full=N, then --set shaper.cpu=N", "none");
}

void check_governor(struct finding *f)
{
	glob_t found;
	char name[64] = "", one[64];
	size_t slow = 0, n = 0;
	if (glob("/sys/devices/system/cpu/cpu[0-9]*/cpufreq/scaling_governor", 0, NULL, &found) == 0)
		for (; n < found.gl_pathc; n++)
			if (doctor_read_line(found.gl_pathv[n], one, sizeof(one)) &&
			    strcmp(one, "performance") != 0) {
				slow++;
				snprintf(name, sizeof(name), "%s", one);
			}
	globfree(&found);
	if (n == 0)
		doctor_find(f, DOCTOR_NOTE,
			    "the host decides on the frequency: measured F_n(b) may vary between runs", "",
			    "not visible here");
	else if (slow)
		doctor_find(f, DOCTOR_POOR,
			    "processors slow down between packets and batches: later wake-ups, F_n(b) that "
			    "varies",
			    "cpupower frequency-set -g performance", "%s on %zu of %zu processors", name,
			    slow, n);
	else
		doctor_find(f, DOCTOR_OK, "", "", "performance on %zu processors", n);
}

// While the rehearsal ran, whose own threads wait for each other a little.
void check_load(struct finding *f)
{
	struct err err;
	double load = 0, steal = 0, pressure = NAN;
	char waited[40] = "";
	const struct rehearsal *r = rehearsal(&err);
	if (r) {
		steal = disturbance_steal(&r->before, &r->after);
		pressure = disturbance_pressure(&r->before, &r->after);
	}
	if (!isnan(pressure))
		snprintf(waited, sizeof(waited), ", tasks waited for one %.0f %% of the time",
			 100 * pressure);
	bool known = getloadavg(&load, 1) == 1;
	bool poor = steal > MUCH_STEAL || pressure > MUCH_PRESSURE ||
		    (isnan(pressure) && known && load > .5 * usable_cores());
	doctor_find(
	    f, poor ? DOCTOR_POOR : DOCTOR_OK,
	    poor ? "other work delays the shaper and slows batches; profiles measured now are doubtful" : "",
	    poor ? "wait, or end it; steal is other guests of this host" : "",
	    "load %.1f on %d processors%s, the host took %.1f %%", load, usable_cores(), waited, 100 * steal);
}

void check_virtual(struct finding *f)
{
	char line[4096];
	bool guest = false;
	FILE *cpuinfo = fopen("/proc/cpuinfo", "re");
	while (cpuinfo && !guest && fgets(line, sizeof(line), cpuinfo))
		guest = strncmp(line, "flags", 5) == 0 && strstr(line, " hypervisor");
	if (cpuinfo)
		fclose(cpuinfo);
	if (guest)
		doctor_find(f, DOCTOR_NOTE,
			    "the host may stop a processor for milliseconds; runs measure it and say so", "",
			    "a virtual machine");
	else
		doctor_find(f, DOCTOR_OK, "", "", "none seen");
}
