// SPDX-License-Identifier: BSD-3-Clause
// Programs and libraries beside us.
#include <errno.h>
#include <limits.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/program.h"
#include "base/version.h"
#include "emu/netns/netns.h"
#include "tools/doctor/check_private.h"

// The path of a program that stands beside this one.
static void beside(const char *name, char path[PATH_MAX])
{
	char folder[PATH_MAX];
	if (program_folder(folder, NULL) < 0)
		strcpy(folder, ".");
	snprintf(path, PATH_MAX, "%.*s/%s", PATH_MAX - 40, folder, name);
}

// Runs a program beside us with one option; text gets the last line it prints. Returns its exit status.
static int ask(const char *name, const char *option, char *text, size_t size)
{
	char path[PATH_MAX];
	int ends[2], status = -1;
	beside(name, path);
	snprintf(text, size, "%.180s does not start", path);
	if (pipe(ends) < 0)
		return -1;
	pid_t pid = fork();
	if (pid == 0) {
		dup2(ends[1], STDOUT_FILENO);
		dup2(ends[1], STDERR_FILENO);
		struct err ignored; // a plain user has the rights of a run only in a user namespace
		netns_enter_user_namespace(&ignored);
		execl(path, path, option, (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	FILE *out = fdopen(ends[0], "r");
	for (char line[512]; out && fgets(line, sizeof(line), out);)
		snprintf(text, size, "%.*s", (int)strcspn(line, "\n") > 230 ? 230 : (int)strcspn(line, "\n"),
			 line);
	if (out)
		fclose(out);
	if (pid > 0)
		waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void check_programs(struct finding *f)
{
	static const char *const programs[] = {"airbatch-shaper", "airbatch-edge", "airbatch-ue"};
	char text[240];
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		bool starts = ask(programs[i], "--version", text, sizeof(text)) == 0;
		if (!starts || strcmp(text, airbatch_version()) != 0) {
			doctor_find(f, DOCTOR_FAIL,
				    "`airbatch run` refuses programs of different builds, and needs all of "
				    "them",
				    "build all again: scripts/build", "%s: %s", programs[i], text);
			return;
		}
	}
	doctor_find(f, DOCTOR_OK, "", "", "shaper, edge and UE of this build: %s", airbatch_version());
}

void check_dpdk(struct finding *f)
{
	char text[240];
	if (ask("airbatch-shaper", "--probe", text, sizeof(text)) == 0)
		doctor_find(f, DOCTOR_OK, "", "", "%s", text);
	else
		doctor_find(f, DOCTOR_FAIL, "the shaper cannot start, so `airbatch run` cannot",
			    "apt-get install libdpdk-dev; build/airbatch-shaper --probe --verbose says more",
			    "%s", text);
}

void check_libpcap(struct finding *f)
{
	pcap_t *pcap = pcap_open_dead_with_tstamp_precision(DLT_EN10MB, 65535, PCAP_TSTAMP_PRECISION_NANO);
	if (pcap)
		doctor_find(f, DOCTOR_OK, "", "", "%s, nanosecond stamps", pcap_lib_version());
	else
		doctor_find(f, DOCTOR_POOR, "captures cannot be written", "apt-get install libpcap0.8",
			    "%s cannot write nanosecond stamps", pcap_lib_version());
	if (pcap)
		pcap_close(pcap);
}

static bool in_path(const char *name)
{
	const char *path = getenv("PATH");
	char *copy = strdup(path ? path : ""), *rest = copy, file[PATH_MAX];
	bool found = false;
	for (char *folder; copy && !found && (folder = strsep(&rest, ":"));) {
		snprintf(file, sizeof(file), "%s/%s", folder, name);
		found = access(file, X_OK) == 0;
	}
	free(copy);
	return found;
}

void check_tools(struct finding *f)
{
	static const char *const tools[] = {"gnuplot", "tshark", "iperf3", "ping"};
	char missing[100] = "";
	for (size_t i = 0; i < sizeof(tools) / sizeof(tools[0]); i++)
		if (!in_path(tools[i]))
			snprintf(missing + strlen(missing), sizeof(missing) - strlen(missing), " %s",
				 tools[i]);
	if (*missing)
		doctor_find(f, DOCTOR_NOTE,
			    "plots need gnuplot; the others are for looking into runs and tests",
			    "scripts/setup tests", "not installed:%s", missing);
	else
		doctor_find(f, DOCTOR_OK, "", "", "gnuplot, tshark, iperf3, ping");
}
