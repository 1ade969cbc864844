// SPDX-License-Identifier: BSD-3-Clause
#include "base/disturbance.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

// One number of a file of /proc; -1 when it is not there.
static int64_t number_in(const char *path, const char *format)
{
	FILE *f = fopen(path, "re");
	int64_t value;
	if (!f)
		return -1;
	int n = fscanf(f, format, &value);
	fclose(f);
	return n == 1 ? value : -1;
}

struct disturbance disturbance_now(void)
{
	int64_t ticks = number_in("/proc/stat", "cpu %*d %*d %*d %*d %*d %*d %*d %" SCNd64);
	int64_t us = number_in("/proc/pressure/cpu", "some %*s %*s %*s total=%" SCNd64);
	return (struct disturbance){.at_ns = clock_now_ns(),
				    .steal_ns = ticks < 0 ? 0 : ticks * NS_PER_S / sysconf(_SC_CLK_TCK),
				    .pressure_ns = us < 0 ? -1 : us * NS_PER_US};
}

static double share(int64_t part_ns, const struct disturbance *since, const struct disturbance *until)
{
	int64_t passed_ns = until->at_ns - since->at_ns;
	return passed_ns > 0 ? (double)part_ns / (double)passed_ns : 0;
}

double disturbance_steal(const struct disturbance *since, const struct disturbance *until)
{
	return share(until->steal_ns - since->steal_ns, since, until);
}

double disturbance_pressure(const struct disturbance *since, const struct disturbance *until)
{
	if (since->pressure_ns < 0 || until->pressure_ns < 0)
		return NAN;
	return share(until->pressure_ns - since->pressure_ns, since, until);
}
