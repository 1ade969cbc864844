// SPDX-License-Identifier: BSD-3-Clause
#include "emu/shaper/eal.h"

#include <errno.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MIB ((size_t)1024 * 1024)
#define MAX_ARGS 16

static cpu_set_t processors;

const cpu_set_t *eal_processors(void)
{
	return &processors;
}

static size_t free_hugepage_bytes(void)
{
	FILE *file = fopen("/proc/meminfo", "re");
	unsigned long pages = 0, size_kb = 0;
	char line[128];
	if (!file)
		return 0;
	while (fgets(line, sizeof(line), file)) {
		sscanf(line, "HugePages_Free: %lu", &pages);
		sscanf(line, "Hugepagesize: %lu", &size_kb);
	}
	fclose(file);
	return pages * size_kb * 1024;
}

// "0@(0,2,3)": DPDK's one worker may run on all of these processors.
static void format_lcores(int cpu, char *text, size_t size)
{
	if (cpu >= 0) {
		snprintf(text, size, "0@%d", cpu);
		return;
	}
	size_t n = (size_t)snprintf(text, size, "0@(");
	const char *separator = "";
	for (unsigned i = 0; i < CPU_SETSIZE && n + 16 < size; i++) {
		if (!CPU_ISSET(i, &processors))
			continue;
		n += (size_t)snprintf(text + n, size - n, "%s%u", separator, i);
		separator = ",";
	}
	snprintf(text + n, size - n, ")");
}

int eal_start(const struct eal_options *options, struct err *err)
{
	char memory[32], lcores[4096];
	if (sched_getaffinity(0, sizeof(processors), &processors) < 0)
		return err_sys(err, errno, "cannot read which processors this process may use");
	if (options->cpu >= 0 &&
	    (options->cpu >= CPU_SETSIZE || !CPU_ISSET((unsigned)options->cpu, &processors)))
		return err_set(err, EINVAL, "cpu: this process may not run on processor %d", options->cpu);
	snprintf(memory, sizeof(memory), "%zu", options->memory_bytes / MIB + 1);
	format_lcores(options->cpu, lcores, sizeof(lcores));
	// Twice what is needed: another shaper may be counting on the same free pages.
	bool huge = free_hugepage_bytes() >= 2 * options->memory_bytes;
	char *args[MAX_ARGS] = {"airbatch-shaper", "--lcores", lcores, "-m", memory,
				"--file-prefix",   "airbatch"};
	int n = 7;
	args[n++] = "--no-pci";
	args[n++] = "--no-telemetry";
	if (huge) {
		args[n++] = "--in-memory";
	} else {
		args[n++] = "--no-huge";
		args[n++] = "--no-shconf";
	}
	if (!options->verbose)
		args[n++] = "--log-level=*:emergency";
	if (rte_eal_init(n, args) < 0)
		return err_set(
		    err, rte_errno ? rte_errno : EIO,
		    "DPDK does not start with %s MiB of %s memory: %s (--verbose shows its own messages)",
		    memory, huge ? "huge-page" : "normal", rte_strerror(rte_errno));
	return 0;
}

void eal_stop(void)
{
	rte_eal_cleanup();
}
