// SPDX-License-Identifier: BSD-3-Clause
// airbatch: one program, a command a purpose.
#include <argp.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/nearest.h"
#include "base/place.h"
#include "base/version.h"
#include "tools/command.h"
#include "tools/doctor/doctor.h"
#include "tools/early_exit/command.h"
#include "tools/exec/exec.h"
#include "tools/help/help.h"
#include "tools/help/options.h"
#include "tools/import/command.h"
#include "tools/import_trace/command.h"
#include "tools/list/list.h"
#include "tools/network/command.h"
#include "tools/offline/command.h"
#include "tools/plan/command.h"
#include "tools/profile/command.h"
#include "tools/report/report.h"
#include "tools/run/run.h"
#include "tools/set/command.h"
#include "tools/show/show.h"
#include "tools/sim/command.h"
#include "tools/sweep/command.h"
#include "tools/train/command.h"
#include "tools/watch/serve.h"
#include "tools/watch/top.h"

static int help_command(int argc, char **argv);
static int version_command(int argc, char **argv);

static const struct argp version_argp = {.doc = "Prints version, git id and build options."};

static const struct command commands[] = {
    {"run", "run a topology with real packets and batches", run_command, &run_argp},
    {"sim", "run a topology in virtual time, without sockets or sleep", sim_command, &sim_argp},
    {"sweep", "run a grid over any parameters", sweep_command, &sweep_argp},
    {"plan", "print what a policy decides, without running it", plan_command, &plan_argp},
    {"offline", "plan the offline experiments and test the expected shapes", offline_command, &offline_argp},
    {"early-exit", "plan drawn rounds of batching with early exits with every policy", early_exit_command,
     &early_exit_argp},
    {"train", "train the agent of an online policy in virtual time", train_command, &train_argp},
    {"evaluate", "compare online policies over the same arrivals", evaluate_command, &evaluate_argp},
    {"profile", "measure how long batches take, F_n(b); show profiles", profile_command, &profile_argp},
    {"network", "list networks, show one's cuts, write its weights", network_command, &network_argp},
    {"import", "make a network of an ONNX model", import_command, &import_argp},
    {"import-trace", "make a trace of other programs' and loggers' files", import_trace_command,
     &import_trace_argp},
    {"report", "one page with pictures of one run or several", report_command, &report_argp},
    {"show", "print and compare run directories", show_command, &show_argp},
    {"top", "watch a running run", top_command, &top_argp},
    {"serve", "show a run as a local web page with live charts", serve_command, &serve_argp},
    {"set", "change links of a running run", set_command, &set_argp},
    {"exec", "run any program in a node of a running run", exec_command, &exec_argp},
    {"ls", "list running and left-over runs", list_command, &list_argp},
    {"clean", "remove what a killed run left", clean_command, &clean_argp},
    {"doctor", "say what this machine can do, and what would help", doctor_command, &doctor_argp},
    {"help", "more on a command, the topology file, the run directory, policies or the protocol",
     help_command, &help_argp},
    {"version", "version, git id, build options", version_command, &version_argp},
    {0},
};

static int help_command(int argc, char **argv)
{
	return help_main(commands, argc, argv);
}

static int version_command(int argc, char **argv)
{
	argp_parse(&version_argp, argc, argv, 0, NULL, NULL);
	puts(airbatch_version());
	return 0;
}

static int no_command(const char *word)
{
	char near[80];
	struct nearest nearest = nearest_to(word);
	for (const struct command *c = commands; c->name; c++)
		nearest_offer(&nearest, c->name);
	log_error("no command '%s': `airbatch help` lists them%s", word,
		  nearest_text(&nearest, near, sizeof(near)));
	return 2;
}

int main(int argc, char **argv)
{
	log_open("airbatch", false);
	place_guard();
	argp_program_version = airbatch_version();
	argp_err_exit_status = 2;
	if (argc < 2) {
		help_usage(commands, stderr);
		return 2;
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0)
		return version_command(1, argv);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		help_usage(commands, stdout);
		return 0;
	}
	for (const struct command *c = commands; c->name; c++)
		if (strcmp(argv[1], c->name) == 0) {
			static char name[64]; // argp prints it in usage lines
			snprintf(name, sizeof(name), "airbatch %s", argv[1]);
			argv[1] = name;
			return options_known(c, argc - 1, argv + 1) ? c->run(argc - 1, argv + 1) : 2;
		}
	return no_command(argv[1]);
}
