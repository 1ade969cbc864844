// SPDX-License-Identifier: BSD-3-Clause
// airbatch: one program, a command a purpose.
#include <argp.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/version.h"
#include "emu/experiment/command.h"
#include "emu/import/command.h"
#include "emu/network/command.h"
#include "emu/plan/command.h"
#include "emu/profile/command.h"
#include "emu/run/exec.h"
#include "emu/run/live.h"
#include "emu/run/names.h"
#include "emu/run/run.h"
#include "emu/run/show.h"
#include "emu/sim/sim.h"
#include "emu/topology/topology.h"

static int help_command(int argc, char **argv);
static int clean_command(int argc, char **argv);
static int list_command(int argc, char **argv);
static int version_command(int argc, char **argv);

static const struct command {
	const char *name, *summary;
	int (*run)(int argc, char **argv);
} commands[] = {
    {"run", "run a topology with real packets and batches", run_command},
    {"sim", "run a topology in virtual time, without sockets or sleep", sim_command},
    {"plan", "print what a policy decides, without running it", plan_command},
    {"offline", "plan the offline experiments and test the expected shapes", offline_command},
    {"profile", "measure how long batches take, F_n(b); show profiles", profile_command},
    {"network", "list networks, show one's cuts, write its weights", network_command},
    {"import", "make a network of an ONNX model", import_command},
    {"show", "print and compare run directories", show_command},
    {"set", "change links of a running run", set_command},
    {"exec", "run any program in a node of a running run", exec_command},
    {"ls", "list running runs", list_command},
    {"clean", "remove what a killed run left", clean_command},
    {"help", "this text; `airbatch help topology`: every key of the topology file", help_command},
    {"version", "version, git id, build options", version_command},
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void print_usage(FILE *out)
{
	fprintf(out, "usage: airbatch COMMAND [OPTION...]\n\n"
		     "A wireless testbed for multi-user DNN co-inference: emulated UEs share a DPDK link "
		     "shaper, an edge "
		     "batches their sub-tasks.\n\n");
	for (size_t i = 0; i < N_COMMANDS; i++)
		fprintf(out, "  %-9s %s\n", commands[i].name, commands[i].summary);
	fprintf(
	    out,
	    "\n`airbatch COMMAND --help` says more. Start here: airbatch run topologies/quickstart.yaml\n");
}

static int help_command(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "topology") == 0) {
		topology_print_help(stdout);
		return 0;
	}
	if (argc > 1) {
		log_error("no help on '%s': `airbatch help topology`, or `airbatch COMMAND --help`", argv[1]);
		return 2;
	}
	print_usage(stdout);
	return 0;
}

static int version_command(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	puts(airbatch_version());
	return 0;
}

static void print_listed(const struct run_listed *l, void *user)
{
	(void)user;
	printf("%-20s %-9s %8d  %s\n", l->name, l->running ? "running" : "left over", l->pid, l->directory);
}

static int list_command(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	struct err err;
	int n = run_names_each(print_listed, NULL, &err);
	if (n < 0) {
		log_error("%s", err.text);
		return 1;
	}
	if (n == 0)
		puts("nothing runs");
	return 0;
}

static int clean_command(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	struct err err;
	int n = run_names_clean(&err);
	if (n < 0) {
		log_error("%s", err.text);
		return 1;
	}
	printf("%d left-over run%s removed\n", n, n == 1 ? "" : "s");
	return 0;
}

int main(int argc, char **argv)
{
	log_open("airbatch", false);
	argp_program_version = airbatch_version();
	argp_err_exit_status = 2;
	if (argc < 2) {
		print_usage(stderr);
		return 2;
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0)
		return version_command(0, NULL);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return help_command(1, argv);
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (strcmp(argv[1], commands[i].name) == 0) {
			static char name[64]; // argp prints it in usage lines
			snprintf(name, sizeof(name), "airbatch %s", argv[1]);
			argv[1] = name;
			return commands[i].run(argc - 1, argv + 1);
		}
	log_error("no command '%s': `airbatch help` lists them", argv[1]);
	return 2;
}
