// SPDX-License-Identifier: BSD-3-Clause
#include "records/run_files.h"

#include <regex.h>
#include <stdio.h>

const struct run_file run_files[] = {
    {"summary.json", "summary\\.json", "configuration, seed, versions, results, self-measured accuracy"},
    {"tasks.csv", "tasks\\.csv", "a row a task: every stage planned and measured, energy, deadline"},
    {"batches.csv", "batches\\.csv",
     "a row a batch: members, planned and real times, and why it started when it did"},
    {"members.csv", "members\\.csv",
     "a row a member of a batch: joins batches.csv, tasks.csv and rounds.csv"},
    {"rounds.csv", "rounds\\.csv", "a row a planning round: its tasks, and what deciding took"},
    {"decisions.csv", "decisions\\.csv",
     "with an online policy: a row a slot boundary with pending tasks, and what was chosen"},
    {"links.csv", "links\\.csv", "a row a UE and shaper.interval: gain, rate, queues, airtime"},
    {"trace.json", "trace\\.json", "a timeline for Perfetto or chrome://tracing: UEs, radio, edge"},
    {"*.pcap, *.pcapng", "(radio|edge|ue[1-9][0-9]*)(\\.[0-9]+)?\\.pcap(ng)?",
     "nanosecond captures (Ethernet): radio, edge, ueN, as capture.points says"},
    {"profile-NETWORK.csv", "profile-.+\\.csv", "F_n(b), the batch run times that plans were made with"},
    {"config/", "config", "what each process of an emulation was told (JSON)"},
    {"log.txt", "log\\.txt", "what the processes of an emulation said"},
    {"control", "control", "while the run lives: a Unix socket that takes JSON lines"},
    {"counters", "counters", "while an emulation lives: each UE's airtime, which its process reads"},
    {"report.html", "report\\.html", "the page that `airbatch report` makes of this run"},
    {RUN_LOCK, "\\.run", "marks the directory as a run's, which holds its lock while it lives"},
    {0},
};

static bool fits(const char *pattern, const char *name)
{
	char whole[160];
	regex_t compiled;
	snprintf(whole, sizeof(whole), "^(%s)(\\.[0-9]+\\.tmp)?$", pattern);
	if (regcomp(&compiled, whole, REG_EXTENDED | REG_NOSUB) != 0)
		return false;
	bool is = regexec(&compiled, name, 0, NULL, 0) == 0;
	regfree(&compiled);
	return is;
}

bool run_file_is(const char *name)
{
	for (const struct run_file *f = run_files; f->name; f++)
		if (fits(f->pattern, name))
			return true;
	return false;
}

bool run_config_is(const char *name)
{
	return fits("(shaper|edge|ue[1-9][0-9]*)\\.json", name);
}
