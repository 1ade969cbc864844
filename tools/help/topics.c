// SPDX-License-Identifier: BSD-3-Clause
// Pages of files and protocols, from the tables that write and read them.
#include <stdio.h>
#include <string.h>

#include "edge/desk/record.h"
#include "edge/online/decider.h"
#include "edge/policy/parameters.h"
#include "proto/datagram.h"
#include "proto/message.h"
#include "records/expect/expectation.h"
#include "records/figures.h"
#include "records/results/summary_fields.h"
#include "records/results/tables.h"
#include "records/run_files.h"
#include "setup/edge_config.h"
#include "setup/shaper_config.h"
#include "setup/topology/topology.h"
#include "setup/ue_config.h"
#include "tools/help/help.h"
#include "ue/life/record.h"

static void topology_section(const char *path, const char *doc, void *user)
{
	const struct page *p = user;
	page_section(p, *path ? path : "top of the file");
	page_paragraph(p, doc);
}

static void topology_key(const struct topology_key *key, void *user)
{
	const struct page *p = user;
	char term[200], text[2000];
	snprintf(term, sizeof(term), "%s: %s", key->leaf, key->preset ? key->preset : "(not given)");
	snprintf(text, sizeof(text), "%s. Takes %s.%s%s%s", key->doc, key->accepted,
		 *key->needs ? " Only with " : "", key->needs, *key->needs ? "." : "");
	page_item(p, term, text);
}

static void write_topology(const struct page *p)
{
	if (!p->roff) {
		topology_print_help(p->out);
		return;
	}
	page_section(p, "Description");
	page_paragraph(p, topology_help_intro);
	const struct topology_reader reader = {topology_section, topology_key, (void *)p};
	topology_each_key(&reader);
}

// With a space behind every comma, where a line may be broken.
static void column_term(const struct column *c, char *term, size_t size)
{
	size_t n = 0;
	for (const char *at = c->name; *at && n + 2 < size; at++) {
		term[n++] = *at;
		if (*at == ',')
			term[n++] = ' ';
	}
	snprintf(term + n, size - n, *c->unit ? " (%s)" : "", c->unit);
}

static void write_columns(const struct page *p, const char *title, const char *what,
			  const struct column *columns)
{
	char term[240];
	page_section(p, title);
	page_paragraph(p, what);
	for (const struct column *c = columns; c->name; c++) {
		column_term(c, term, sizeof(term));
		page_item(p, term, c->doc);
	}
}

static void write_files(const struct page *p)
{
	page_section(p, "Files");
	for (const struct run_file *f = run_files; f->name; f++)
		page_item(p, f->name, f->doc);
}

// What holds for every table and figure.
static void write_conventions(const struct page *p)
{
	page_section(p, "Conventions");
	page_item(p, "counting",
		  "UEs are ue1, ue2, ...; a column `ue` has the number, from 1. Tasks of a UE, batches and "
		  "rounds count "
		  "from 1. A cut is the number of sub-tasks computed on the UE: 0 sends the input, all of "
		  "them nothing. "
		  "`network` and `subtask` in batches.csv and members.csv are places in summary.json's "
		  "networks[] and their subtasks[], from 0, so that a task's cut is its first sub-task at "
		  "the edge: names stand there. Rows of a profile count sub-tasks from 1, in the same order. "
		  "Groups count from 0; -1 is none");
	page_item(p, "time",
		  "model time 0 is when the first tasks can arise; what is called so many ms after it may be "
		  "negative. A latency is "
		  "the sum of its stages plan, local, upload, wait, batch and result. Wall time = epoch_unix "
		  "+ model time");
	page_item(p, "energy",
		  "millijoules of the UE: compute + transmit + receive + idle; the edge's stands apart, in "
		  "edge.energy");
	page_item(p, "percentiles",
		  "p50, p95, ... of tasks and plans are linear interpolations between the two nearest order "
		  "statistics "
		  "(type 7, as numpy and R do by default). Those of packets' delays (p50_us, p99_us, ...) "
		  "are upper edges of the "
		  "buckets of a histogram, at most 0.8 % above the value. Over no values a figure is null");
	page_item(p, "plan and measurement",
		  "an error (latency_error, energy_error, `plan off`) is |measured / planned - 1| of one "
		  "task; figures of it are over "
		  "tasks that have their result. Plans reckon with the 95th percentile of F_n(b)");
	page_item(p, "F_n(b) beyond its profile",
		  "for more users than the profile has batches, F_n(b) goes on as a straight line through "
		  "its last two entries; "
		  "with a single entry it is b times that. Within the profile nothing is interpolated: it "
		  "has every b");
	page_item(p, "promised, met, missed",
		  "promised: the plan meets the deadline. met: the result was at the UE by then, promised or "
		  "not. A task that was cut "
		  "short by the end of the run, or failed, has not met its deadline");
	page_item(p, "numbers",
		  "times have 6 decimals of a millisecond, other figures up to 9 digits; what is not finite "
		  "is inf or nan in CSV and null in JSON. Rates are bit/s, "
		  "sizes on the wire bits or bytes as the name says, ratios from 0 to 1");
	page_item(p, "draws",
		  "every random stream is named by seed, run, purpose and UE: another UE or another policy "
		  "changes no other's draws");
	page_item(p, "files",
		  "names of files in a topology count from the topology's folder, those on the command line "
		  "(--set, too) from the working "
		  "directory. One directory is one run's: it is made, empty, or (--overwrite) a run's that "
		  "is over");
}

static void write_run_directory(const struct page *p)
{
	page_section(p, "Description");
	page_paragraph(p,
		       "What `airbatch run` and `airbatch sim` write. Tables are CSV with one header row; "
		       "times in milliseconds, absolute ones after model time 0; energies in millijoules.");
	write_files(p);
	write_conventions(p);
	write_columns(p, "tasks.csv", "Tasks in the order in which they ended.", task_columns);
	write_columns(p, "batches.csv", "Batches in the order in which they ended.", batch_columns);
	write_columns(p, "members.csv", "Who was in which batch, in the order of batches.csv.",
		      member_columns);
	write_columns(p, "rounds.csv", "What was planned together, in order.", round_columns);
	write_columns(p, "decisions.csv",
		      "Of an online policy: slot boundaries at which tasks were pending, in order.",
		      decision_columns);
	write_columns(p, "links.csv", "Links over time; counters are totals.", link_columns);
	write_columns(
	    p, "summary.json",
	    "[] is each item of a list, {a,b} one of these, a word in capitals any word (N: a number). "
	    "Numbers can be expected of a run: `airbatch help expectations`.",
	    summary_fields);
	write_columns(
	    p, "sweep.csv",
	    "What `airbatch sweep` gathers: a row a point: its number, its run directory below the sweep's, "
	    "its parameters in SI units (cell_bandwidth_hz; of ranges _low and _high), then what follows, "
	    "and "
	    "at last not_valid_because: the stages that broke the accuracy contract, separated by blanks:",
	    figure_columns);
}

static void write_field(const struct layout_field *field, size_t offset, size_t bytes, const char *type,
			void *user)
{
	(void)bytes;
	char term[128];
	snprintf(term, sizeof(term), "byte %zu: %s (%s)", offset, field->name, type);
	page_item(user, term, field->doc);
}

static void write_layout(const struct page *p, const struct layout *layout)
{
	layout_each(layout, write_field, (void *)p);
}

static void write_body(const struct page *p, const struct message_body *body)
{
	char text[300];
	snprintf(text, sizeof(text), "type %d: %s, %s", (int)body->type, message_type_name(body->type),
		 body->direction);
	page_subsection(p, text);
	page_paragraph(p, body->doc);
	if (body->layout)
		write_layout(p, body->layout);
	if (body->more) {
		snprintf(text, sizeof(text), "More, or not, from byte %zu on:", layout_size(body->layout));
		page_paragraph(p, text);
		write_layout(p, body->more);
	}
	if (!body->rest)
		return;
	snprintf(text, sizeof(text), "byte %zu on", body->layout ? layout_size(body->layout) : 0);
	page_item(p, text, body->rest);
}

static void write_protocol(const struct page *p)
{
	char text[300];
	page_section(p, "Description");
	page_paragraph(
	    p, "UEs and the edge speak over one TCP connection a UE, port edge.port. Little-endian, "
	       "no padding. UEs and edge share one clock. An exchange: request, plan, then (unless "
	       "all sub-tasks run on the UE, or the plan does not admit the task) tensor and result.");
	page_section(p, "Header");
	snprintf(text, sizeof(text), "Every message begins with %d bytes:", MESSAGE_HEADER_SIZE);
	page_paragraph(p, text);
	write_layout(p, &message_header_layout);
	page_section(p, "Messages");
	for (int i = 0; i < MESSAGE_TYPES; i++)
		write_body(p, &message_bodies[i]);
	page_section(p, "Datagrams");
	page_paragraph(p, "A UE's traffic (ues.traffic) is UDP; the payload begins with this, zeros follow:");
	write_layout(p, &datagram_layout);
}

static void write_parameters(const struct page *p, const struct policy *policy)
{
	for (const struct policy_parameter *x = policy->parameters; x && x->name; x++) {
		char name[80], range[100], text[300];
		snprintf(name, sizeof(name), "%s:%s", policy->name, x->name);
		snprintf(text, sizeof(text), "%s: %s", x->help, parameters_range(x, range, sizeof(range)));
		page_item(p, name, text);
	}
}

static void write_policies(const struct page *p)
{
	page_section(p, "Description");
	page_paragraph(
	    p, "What `policy` in a topology and `--policy` on the command line take. An outside policy is "
	       "named by its file (./mine.so).");
	page_section(p, "One-shot");
	page_paragraph(p, "Decide once for all that asked together, for everything that is to come.");
	for (const struct policy *policy = policies; policy->name; policy++)
		page_item(p, policy->name, policy->summary);
	page_section(p, "Parameters");
	page_paragraph(p,
		       "`policy: {name: og, gaps: 4}` in a topology is `--policy og:gaps=4` on the command "
		       "line. A switch may also stand alone: ip-ssa:tighten, j-dob:no-edge-dvfs.");
	for (const struct policy *policy = policies; policy->name; policy++)
		if (!strchr(policy->name, ':'))
			write_parameters(p, policy);
	page_section(p, "Online");
	page_paragraph(
	    p, "Decide in slots as tasks arise (`airbatch run`, `airbatch sim`, `airbatch evaluate`). A "
	       "capital K stands for a whole number from 0 to 999.");
	for (const struct online_policy *policy = online_policies; policy->name; policy++)
		page_item(p, policy->name, policy->summary);
}

static void write_shares(const struct page *p)
{
	const char *name, *of;
	page_section(p, "Percentages");
	page_paragraph(p, "Of a ratio a percentage is of 1; of a count it is of what stands beside it:");
	for (int i = 0; expectation_share(i, &name, &of); i++)
		page_item(p, name, of);
}

static void write_expectations(const struct page *p)
{
	page_section(p, "Description");
	page_paragraph(
	    p, "`--expect` of `airbatch run`, `sim`, `show` and `sweep` takes a figure of summary.json, a "
	       "comparison (== != < <= > >=) and a value. Where it does not hold, the exit status is 1 and a "
	       "sentence says what was found. `--require-valid` asks for a valid run, and `--junit FILE` "
	       "writes a test case for each expectation and one for validity. A run that is not valid is "
	       "a failure there when it is required, else it is skipped.");
	page_code(p, "airbatch run topologies/quickstart.yaml --require-valid --junit verdict.xml "
		     "--expect 'promised_missed==0' --expect 'met>=99%'");
	page_section(p, "Figures");
	page_paragraph(
	    p, "airbatch-run-directory(5) lists the fields of summary.json. A figure is named by its path:");
	page_item(p, "tasks.met, met", "what stands in tasks may be named alone");
	page_item(p, "promised_missed", "short for tasks.promised_but_missed");
	page_item(p, "ue3.met, ues[3].met, stages[upload].n", "of a list, the item of this number or name");
	page_item(p, "ues[].met", "every item of the list");
	page_item(p, "tasks.cuts.4", "a count: 0 when it never happened");
	page_paragraph(p, "A figure without a value (null, such as the latency of no task) holds nothing.");
	page_section(p, "Values");
	page_paragraph(
	    p, "A number without a unit is in the figure's own; with one it is written as in a topology: "
	       "100ms, 5Mbit/s, 3mJ, -95dB. Texts and true or false take == and != only: status==done, "
	       "valid==true.");
	write_shares(p);
}

static void write_config_key(const char *path, const struct config_field *field, void *user)
{
	char takes[256], text[800];
	config_takes(field, takes, sizeof(takes));
	snprintf(text, sizeof(text), "%s. Takes %s.%s", field->doc, takes,
		 field->optional ? " May be left out." : "");
	page_item(user, path, text);
}

static void write_config(const struct page *p)
{
	page_section(p, "Description");
	page_paragraph(
	    p,
	    "`airbatch run` tells each process what it is to do in a file of its own, DIR/config/NAME.json: "
	    "what the topology says, resolved. `airbatch sim`, `plan` and `train` reckon with the same "
	    "values. "
	    "Units stand in the keys' names; [] is each item of a list. A process refuses a file that "
	    "has another key, lacks one, or has a value that a key does not take.");
	page_section(p, "shaper.json");
	config_describe(&shaper_config_table, write_config_key, (void *)p);
	page_section(p, "edge.json");
	config_describe(&edge_config_table, write_config_key, (void *)p);
	page_section(p, "ue1.json, ue2.json, ...");
	config_describe(&ue_config_table, write_config_key, (void *)p);
}

const struct topic topics[] = {
    {"topology", 5, "every key of the topology file", write_topology},
    {"run-directory", 5, "what a run writes: files, columns, fields of summary.json", write_run_directory},
    {"config", 5, "what each process of a run is told", write_config},
    {"expectations", 7, "what --expect can ask of a run", write_expectations},
    {"policies", 7, "the built-in policies, one-shot and online", write_policies},
    {"protocol", 7, "the messages between a UE and the edge, byte by byte", write_protocol},
    {0},
};
