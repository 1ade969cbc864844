// SPDX-License-Identifier: BSD-3-Clause
#include "base/machine.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#define CPUFREQ "/sys/devices/system/cpu/cpu0/cpufreq/"

// The value of the first "key : value" line of /proc/cpuinfo. text: large enough for the flags.
static bool cpuinfo(const char *key, char *text, size_t size)
{
	FILE *f = fopen("/proc/cpuinfo", "re");
	char line[8192];
	bool found = false;
	while (f && !found && fgets(line, sizeof(line), f)) {
		const char *colon = strchr(line, ':');
		found = colon && strncmp(line, key, strlen(key)) == 0;
		if (!found)
			continue;
		line[strcspn(line, "\n")] = '\0';
		snprintf(text, size, "%s", colon + 1 + strspn(colon + 1, " "));
	}
	if (f)
		fclose(f);
	return found;
}

void machine_processor(char *name, size_t size)
{
	if (!cpuinfo("model name", name, size))
		snprintf(name, size, "unknown processor");
}

// The flags that decide how fast tensors are computed.
static void write_flags(FILE *out)
{
	static const char *const wanted[] = {"sse4_2",	 "avx",		"avx2",	       "fma",
					     "avx512f",	 "avx512_vnni", "avx512_bf16", "amx_tile",
					     "amx_bf16", "amx_int8",	"hypervisor"};
	char *flags = calloc(1, 8192), *state;
	if (!flags || !cpuinfo("flags", flags, 8192)) {
		free(flags);
		return;
	}
	fputs("# processor_flags:", out);
	for (char *word = strtok_r(flags, " ", &state); word; word = strtok_r(NULL, " ", &state))
		for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
			if (strcmp(word, wanted[i]) == 0)
				fprintf(out, " %s", word);
	fputc('\n', out);
	free(flags);
}

static bool first_line(const char *path, char *text, size_t size)
{
	FILE *f = fopen(path, "re");
	bool read = f && fgets(text, (int)size, f);
	if (f)
		fclose(f);
	if (read)
		text[strcspn(text, "\n")] = '\0';
	return read;
}

static void write_frequency(FILE *out)
{
	char governor[64], low[64], high[64], now[64];
	if (first_line(CPUFREQ "scaling_governor", governor, sizeof(governor)) &&
	    first_line(CPUFREQ "scaling_min_freq", low, sizeof(low)) &&
	    first_line(CPUFREQ "scaling_max_freq", high, sizeof(high)))
		fprintf(out, "# governor: %s, %s to %s kHz\n", governor, low, high);
	else
		fputs("# governor: not stated by the kernel\n", out);
	if (cpuinfo("cpu MHz", now, sizeof(now)))
		fprintf(out, "# processor_mhz: %s when this was written\n", now);
}

void machine_write_facts(FILE *out)
{
	char text[256];
	struct utsname u;
	machine_processor(text, sizeof(text));
	fprintf(out, "# processor: %s\n", text);
	write_flags(out);
	fprintf(out, "# processors_online: %ld\n", sysconf(_SC_NPROCESSORS_ONLN));
	write_frequency(out);
	if (first_line("/proc/loadavg", text, sizeof(text)))
		fprintf(out, "# load_averages: %s\n", text);
	if (uname(&u) == 0)
		fprintf(out, "# kernel: %s %s\n", u.release, u.machine);
}
