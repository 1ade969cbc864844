// SPDX-License-Identifier: BSD-3-Clause
#include <argp.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "records/expect/expect.h"
#include "records/progress/progress.h"
#include "records/results/summary_fields.h"
#include "records/summary.h"
#include "setup/topology/arguments.h"
#include "tools/run/run.h"
#include "tools/show/show.h"

enum {
	KEY_POLICY = 256,
	KEY_AGENT,
	KEY_DURATION,
	KEY_NAME,
	KEY_PUBLISH,
	KEY_OVERWRITE,
	KEY_PCAP,
	KEY_SNAPLEN,
	KEY_FILTER_TEXT,
	KEY_ROTATE,
	KEY_PCAPNG
};

static const struct argp_option option_table[] = {
    {"policy", KEY_POLICY, "POLICY", 0, "same as --set policy=POLICY", 0},
    {"agent", KEY_AGENT, "FILE.abm", 0,
     "same as --set online.agent=FILE.abm: who decides with ddpg-og and ddpg-ip-ssa", 0},
    {"duration", KEY_DURATION, "TIME", 0, "same as --set duration=TIME", 0},
    {"out", 'o', "DIR", 0, "run directory, new or empty (default: runs/NAME-POLICY-TIME)", 0},
    {"overwrite", KEY_OVERWRITE, 0, 0, "let DIR hold the records of a run that is over: they are replaced",
     0},
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
    {"json", 'j', 0, 0,
     "print JSON lines instead of text: progress twice a second (\"event\": \"progress\"), a verdict an "
     "expectation (\"event\": \"expectation\"), and at the end "
     "summary.json (\"event\": \"summary\") or why there is none (\"event\": \"error\")",
     0},
    {0},
};

// Options that stand for --set of a key.
static const struct {
	int option;
	const char *key;
} shorthands[] = {
    {KEY_POLICY, "policy"},	  {KEY_AGENT, "online.agent"},	       {KEY_DURATION, "duration"},
    {KEY_PCAP, "capture.points"}, {KEY_FILTER_TEXT, "capture.filter"}, {KEY_ROTATE, "capture.rotate"}};

struct arguments {
	struct run_options options;
	struct topology_arguments topology;
	struct expectations expect;
	bool json;
};

// tcpdump and Wireshark take a plain number of bytes.
static void add_snaplen(struct arguments *a, const char *text, struct argp_state *state)
{
	char bytes[64];
	bool plain = *text && text[strspn(text, "0123456789")] == '\0';
	snprintf(bytes, sizeof(bytes), "%.60s%s", text, plain ? "B" : "");
	topology_arguments_set(&a->topology, "capture.snaplen", bytes, state);
}

static error_t parse_shorthand(int option, const char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	for (size_t i = 0; i < sizeof(shorthands) / sizeof(shorthands[0]); i++)
		if (shorthands[i].option == option) {
			topology_arguments_set(&a->topology, shorthands[i].key, arg, state);
			return 0;
		}
	return ARGP_ERR_UNKNOWN;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->topology;
		state->child_inputs[1] = &a->expect;
		return 0;
	case KEY_SNAPLEN:
		add_snaplen(a, arg, state);
		return 0;
	case KEY_PCAPNG:
		topology_arguments_set(&a->topology, "capture.format", "pcapng", state);
		return 0;
	case 'o':
		a->options.directory = arg;
		return 0;
	case KEY_OVERWRITE:
		a->options.overwrite = true;
		return 0;
	case ARGP_KEY_END:
		if (a->options.simulate && (a->options.name || a->options.publish))
			argp_error(state,
				   "--%s is for `airbatch run`: a simulation has no name and no namespaces",
				   a->options.name ? "name" : "publish");
		if (a->options.overwrite && !a->options.directory)
			argp_error(state, "--overwrite replaces the records in --out DIR: give it, too");
		return 0;
	case KEY_NAME:
		a->options.name = arg;
		return 0;
	case KEY_PUBLISH:
		a->options.publish = true;
		return 0;
	case 'j':
		a->json = a->options.quiet = true;
		return 0;
	case 'q':
		a->options.quiet = true;
		return 0;
	default:
		return parse_shorthand(key, arg, state);
	}
}

#define EXIT_STATUS                                                                                          \
	"\vExit status: 0 done, 1 the run failed or was interrupted (what was measured is written) "         \
	"or something of it is not as expected, 2 wrong usage or topology."

static const struct argp_child children[] = {{&topology_argp, 0, NULL, 0}, {&expect_argp, 0, NULL, 0}, {0}};

const struct argp run_argp = {
    .options = option_table,
    .parser = parse,
    .args_doc = "TOPOLOGY.yaml",
    .children = children,
    .doc = "Runs a topology with real packets, tensors and batches, and writes a run directory." EXIT_STATUS};

const struct argp sim_argp = {
    .options = option_table,
    .parser = parse,
    .args_doc = "TOPOLOGY.yaml",
    .children = children,
    .doc = "Runs a topology in virtual time, with the same link, tasks, policies and batches, and writes "
	   "the same run directory as `airbatch run`." EXIT_STATUS};

static void tell(const char *text, bool holds, const char *found, void *user)
{
	const struct arguments *a = user;
	if (a->json) {
		json_t *o = json_pack("{s:s, s:s, s:b, s:s}", "event", "expectation", "expected", text,
				      "holds", (int)holds, "found", found);
		json_dumpf(o, stdout, JSON_COMPACT);
		putchar('\n');
		json_decref(o);
	} else if (!a->options.quiet && holds) {
		printf("  as expected: %s, found %s\n", text, found);
	}
}

// What a run that ended with this status and error leaves is compared with what was expected: the status.
static int judge(struct arguments *a, const char *directory, int status, const char *why)
{
	struct err ignored;
	char name[200];
	json_t *summary = status != 2 && *directory ? summary_read(directory, &ignored) : NULL;
	snprintf(name, sizeof(name), summary ? "%s with %s" : "%s",
		 summary ? summary_text(json_object_get(summary, "topology"), "name") : a->options.file,
		 summary_text(summary, "policy"));
	int unmet = expect_run(&a->expect, name, summary, why, tell, a);
	json_decref(summary);
	return expect_end(&a->expect) || unmet ? status ? status : 1 : status;
}

int run_command_with(run_engine simulate, int argc, char **argv)
{
	struct arguments a = {.options = {.simulate = simulate, .expect = &a.expect},
			      .expect.fields = summary_fields};
	argp_parse(simulate ? &sim_argp : &run_argp, argc, argv, 0, NULL, &a);
	a.options.file = a.topology.file;
	a.options.set = a.topology.set;
	signal(SIGXFSZ, SIG_IGN); // a file that may not grow is reported like a full disk
	char directory[PATH_MAX] = "";
	struct err err = {0};
	a.options.progress = run_progress_new(a.json		? PROGRESS_JSON
					      : a.options.quiet ? PROGRESS_NONE
								: PROGRESS_TEXT);
	int status = run_topology(&a.options, directory, sizeof(directory), &err);
	run_progress_free(a.options.progress);
	if (status != 0)
		log_error("%s", err.text);
	const char *const directories[] = {directory, NULL};
	struct err ignored;
	if (status != 2 && !a.options.quiet)
		show_runs(directories, stdout, &ignored);
	int judged = judge(&a, directory, status, err.text);
	if (a.json)
		run_progress_last_json(directory, status, err.text);
	topology_arguments_free(&a.topology);
	return judged;
}

int run_command(int argc, char **argv)
{
	return run_command_with(NULL, argc, argv);
}
