// SPDX-License-Identifier: BSD-3-Clause
#include <argp.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "emu/run/run.h"
#include "emu/run/show.h"

enum {
	KEY_POLICY = 256,
	KEY_AGENT,
	KEY_SEED,
	KEY_RUN,
	KEY_DURATION,
	KEY_NAME,
	KEY_PUBLISH,
	KEY_PCAP,
	KEY_SNAPLEN,
	KEY_FILTER_TEXT,
	KEY_ROTATE,
	KEY_PCAPNG
};

static const struct argp_option option_table[] = {
    {"set", 's', "KEY=VALUE", 0,
     "override any key of the topology, such as ues.count=8 (see `airbatch help topology`)", 0},
    {"policy", KEY_POLICY, "POLICY", 0, "same as --set policy=POLICY", 0},
    {"agent", KEY_AGENT, "FILE.abm", 0,
     "same as --set online.agent=FILE.abm: who decides with ddpg-og and ddpg-ip-ssa", 0},
    {"seed", KEY_SEED, "N", 0, "same as --set seed=N: which random world", 0},
    {"run", KEY_RUN, "N", 0, "same as --set run=N: which repetition in it", 0},
    {"duration", KEY_DURATION, "TIME", 0, "same as --set duration=TIME", 0},
    {"out", 'o', "DIR", 0, "run directory (default: runs/NAME-POLICY-TIME)", 0},
    {"name", KEY_NAME, "NAME", 0,
     "name of the run while it runs (default: the topology's, numbered when taken)", 0},
    {"pcap", KEY_PCAP, "POINTS", 0,
     "capture at radio, edge, ue1, ue2, ... (a list such as 'ue1,radio'; or all, none); same as --set "
     "capture.points=",
     0},
    {"snaplen", KEY_SNAPLEN, "BYTES", 0, "keep so much of each captured frame: 64 to 65535 (default)", 0},
    {"filter", KEY_FILTER_TEXT, "EXPRESSION", 0,
     "capture only what this filter of pcap-filter(7) passes, such as 'tcp port 7070'", 0},
    {"rotate", KEY_ROTATE, "SIZE", 0,
     "begin a new capture file whenever one would grow beyond SIZE, such as 100MB (default: never)", 0},
    {"pcapng", KEY_PCAPNG, 0, 0,
     "capture as pcapng: a comment a packet says how it fared on the radio; dropped ones included", 0},
    {"publish", KEY_PUBLISH, 0, 0, "name the namespaces under /run/netns, for `ip netns exec`", 0},
    {"quiet", 'q', 0, 0, "print errors only", 0},
    {0},
};

#define MOST_OVERRIDES 128

struct arguments {
	struct run_options options;
	const char *set[MOST_OVERRIDES + 1];
	char *owned[MOST_OVERRIDES];
	int n_set;
};

static void add_override(struct arguments *a, const char *key, const char *value, struct argp_state *state)
{
	if (a->n_set == MOST_OVERRIDES)
		argp_error(state, "more than %d overrides", MOST_OVERRIDES);
	char *text = NULL;
	if (asprintf(&text, key ? "%s=%s" : "%s%s", key ? key : "", value) < 0)
		argp_failure(state, 1, 0, "no memory");
	a->owned[a->n_set] = text;
	a->set[a->n_set++] = text;
}

// tcpdump and Wireshark take a plain number of bytes.
static void add_snaplen(struct arguments *a, const char *text, struct argp_state *state)
{
	char bytes[64];
	bool plain = *text && text[strspn(text, "0123456789")] == '\0';
	snprintf(bytes, sizeof(bytes), "%.60s%s", text, plain ? "B" : "");
	add_override(a, "capture.snaplen", bytes, state);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	switch (key) {
	case 's':
		add_override(a, NULL, arg, state);
		return 0;
	case KEY_POLICY:
		add_override(a, "policy", arg, state);
		return 0;
	case KEY_AGENT:
		add_override(a, "online.agent", arg, state);
		return 0;
	case KEY_SEED:
		add_override(a, "seed", arg, state);
		return 0;
	case KEY_RUN:
		add_override(a, "run", arg, state);
		return 0;
	case KEY_DURATION:
		add_override(a, "duration", arg, state);
		return 0;
	case 'o':
		a->options.directory = arg;
		return 0;
	case KEY_PCAP:
		add_override(a, "capture.points", arg, state);
		return 0;
	case KEY_SNAPLEN:
		add_snaplen(a, arg, state);
		return 0;
	case KEY_FILTER_TEXT:
		add_override(a, "capture.filter", arg, state);
		return 0;
	case KEY_ROTATE:
		add_override(a, "capture.rotate", arg, state);
		return 0;
	case KEY_PCAPNG:
		add_override(a, "capture.format", "pcapng", state);
		return 0;
	case KEY_NAME:
		a->options.name = arg;
		return 0;
	case KEY_PUBLISH:
		a->options.publish = true;
		return 0;
	case 'q':
		a->options.quiet = true;
		return 0;
	case ARGP_KEY_ARG:
		if (a->options.file)
			argp_error(state, "one topology file at a time: '%s' is a second one", arg);
		a->options.file = arg;
		return 0;
	case ARGP_KEY_END:
		if (!a->options.file)
			argp_error(state, "a topology file is needed, such as topologies/quickstart.yaml");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

#define EXIT_STATUS                                                                                          \
	"\vExit status: 0 done, 1 the run failed or was interrupted (what was measured is written), "        \
	"2 wrong usage or topology."

const struct argp run_argp = {
    .options = option_table,
    .parser = parse,
    .args_doc = "TOPOLOGY.yaml",
    .doc = "Runs a topology with real packets, tensors and batches, and writes a run directory." EXIT_STATUS};

const struct argp sim_argp = {
    .options = option_table,
    .parser = parse,
    .args_doc = "TOPOLOGY.yaml",
    .doc = "Runs a topology in virtual time, with the same link, tasks, policies and batches, and writes "
	   "the same run directory as `airbatch run`." EXIT_STATUS};

int run_command_with(run_engine simulate, int argc, char **argv)
{
	struct arguments a = {.options.simulate = simulate};
	argp_parse(simulate ? &sim_argp : &run_argp, argc, argv, 0, NULL, &a);
	a.options.set = a.set;
	signal(SIGXFSZ, SIG_IGN); // a file that may not grow is reported like a full disk
	char directory[PATH_MAX] = "";
	struct err err = {0};
	int status = run_topology(&a.options, directory, sizeof(directory), &err);
	if (status != 0)
		log_error("%s", err.text);
	const char *const directories[] = {directory, NULL};
	struct err ignored;
	if (status != 2 && !a.options.quiet)
		show_runs(directories, stdout, &ignored);
	for (int i = 0; i < a.n_set; i++)
		free(a.owned[i]);
	return status;
}

int run_command(int argc, char **argv)
{
	return run_command_with(NULL, argc, argv);
}
