// SPDX-License-Identifier: BSD-3-Clause
#include "tools/show/show.h"

#include <argp.h>
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "records/expect/expect.h"
#include "records/results/summary_fields.h"
#include "records/summary.h"
#include "tools/show/accuracy.h"

// The cut that most of a UE's tasks took, with a "+" when some took others.
static void cuts_text(const json_t *ue, char *text, size_t size)
{
	const char *key, *best = "-";
	json_t *value;
	json_int_t most = 0;
	size_t others = 0;
	json_object_foreach(json_object_get(ue, "cuts"), key, value)
	{
		others++;
		if (json_integer_value(value) > most) {
			most = json_integer_value(value);
			best = key;
		}
	}
	snprintf(text, size, others > 1 ? "%s+" : "%s", best);
}

// Of whom nothing is known but why.
static void print_idle_ue(const json_t *ue, const char *name, double gain_db, const char *rate, FILE *out)
{
	double refused = summary_number(ue, "refused", NULL, NULL),
	       dropped = summary_number(ue, "dropped", NULL, NULL);
	fprintf(out, "  %-5s %6.1f dB %12s %4s %6d %5d", name, gain_db, rate, "-", 0, 0);
	if (refused + dropped > 0)
		fprintf(out, "   %.0f refused, %.0f dropped", refused, dropped);
	fputc('\n', out);
}

static void print_ues(const json_t *run, FILE *out)
{
	fprintf(out, "  %-5s %9s %12s %4s %6s %5s %20s %11s %18s %17s\n", "UE", "gain", "uplink", "cut",
		"tasks", "met", "latency ms p50 (p95)", "mJ a task", "compute + transmit",
		"plan off: ms, mJ");
	size_t i;
	json_t *ue;
	json_array_foreach(json_object_get(run, "ues"), i, ue)
	{
		const json_t *radio = json_array_get(json_object_get(run, "radio"), i);
		char rate[32], cut[8], name[32];
		snprintf(rate, sizeof(rate), "%.1f Mbit/s",
			 summary_number(radio, "uplink_bps", NULL, NULL) / 1e6);
		cuts_text(ue, cut, sizeof(cut));
		snprintf(name, sizeof(name), "ue%zu", i + 1);
		if (summary_number(ue, "done", NULL, NULL) == 0) {
			print_idle_ue(ue, name, summary_number(radio, "gain_db", NULL, NULL), rate, out);
			continue;
		}
		fprintf(out,
			"  %-5s %6.1f dB %12s %4s %6.0f %5.0f %11.1f (%6.1f) %11.2f %8.2f + %7.2f %7.1f%% "
			"%7.1f%%\n",
			name, summary_number(radio, "gain_db", NULL, NULL), rate, cut,
			summary_number(ue, "done", NULL, NULL), summary_number(ue, "met", NULL, NULL),
			summary_number(ue, "latency_ms", "p50", NULL),
			summary_number(ue, "latency_ms", "p95", NULL),
			summary_number(ue, "energy_mj", "mean", NULL),
			summary_number(ue, "compute_mj", NULL, NULL),
			summary_number(ue, "transmit_mj", NULL, NULL),
			100 * summary_number(ue, "latency_error", "p50", NULL),
			100 * summary_number(ue, "energy_error", "p50", NULL));
	}
}

static void print_stages(const json_t *run, FILE *out)
{
	size_t i;
	json_t *stage;
	fprintf(out, "  plan against measurement, medians in ms:");
	json_array_foreach(json_object_get(run, "stages"), i, stage)
	{
		if (summary_number(stage, "n", NULL, NULL) == 0)
			continue;
		fprintf(out, "%s %s %.2f/%.2f", i ? "," : "", summary_text(stage, "stage"),
			summary_number(stage, "plan_p50_ms", NULL, NULL),
			summary_number(stage, "measured_p50_ms", NULL, NULL));
	}
	fputc('\n', out);
	fprintf(out, "  latency off by %.2f %%, energy by %.2f %% (median over %.0f tasks)\n",
		100 * summary_number(run, "tasks", "latency_error", "p50"),
		100 * summary_number(run, "tasks", "energy_error", "p50"),
		summary_number(run, "tasks", "latency_error", "n"));
}

static void print_batches(const json_t *run, FILE *out)
{
	const json_t *batches = json_object_get(run, "batches");
	const char *key;
	json_t *value;
	if (summary_number(batches, "n", NULL, NULL) == 0) {
		bool all = summary_number(run, "tasks", "failed", NULL) +
			       summary_number(run, "tasks", "cut_short", NULL) ==
			   0;
		fprintf(out, "  no batches%s\n", all ? ": everything ran on the UEs" : "");
		return;
	}
	fprintf(out, "  %.0f batches of %.2f users on average;", summary_number(batches, "n", NULL, NULL),
		summary_number(batches, "mean_size", NULL, NULL));
	json_object_foreach(json_object_get(batches, "sizes"), key, value)
	    fprintf(out, " %lld of %s,", (long long)json_integer_value(value), key);
	fprintf(out, " started:");
	json_object_foreach(json_object_get(batches, "reasons"), key, value) if (json_integer_value(value))
	    fprintf(out, " %s %lld", key, (long long)json_integer_value(value));
	fputc('\n', out);
}

static void print_traffic(const json_t *run, FILE *out)
{
	size_t i;
	json_t *ue;
	json_array_foreach(json_object_get(run, "traffic"), i, ue) fprintf(
	    out,
	    "  traffic of ue%.0f: %.0f datagrams, %.0f lost, %.3f Mbit/s, delay ms mean %.3f, p50 "
	    "%.3f, p99 %.3f\n",
	    summary_number(ue, "ue", NULL, NULL), summary_number(ue, "sent", NULL, NULL),
	    summary_number(ue, "lost", NULL, NULL), summary_number(ue, "goodput_bps", NULL, NULL) / 1e6,
	    summary_number(ue, "delay_us", "mean", NULL) / 1e3,
	    summary_number(ue, "delay_us", "p50", NULL) / 1e3,
	    summary_number(ue, "delay_us", "p99", NULL) / 1e3);
}

// Where receiving or idling costs something, the radios' energy over the whole run.
static void print_radios(const json_t *run, FILE *out)
{
	size_t i;
	json_t *ue;
	json_array_foreach(json_object_get(run, "radio_energy"), i, ue)
	{
		double receive_j = summary_number(ue, "receive_j", NULL, NULL),
		       idle_j = summary_number(ue, "idle_j", NULL, NULL);
		const json_t *tasks = json_array_get(json_object_get(run, "ues"), i);
		if (!(receive_j + idle_j > 0))
			continue;
		fprintf(out,
			"  radio of ue%.0f over %.2f s: %.4f J = sending %.4f + receiving %.4f + idle %.4f; "
			"of a task's "
			"energy receiving is %.3f mJ, idle %.3f mJ\n",
			summary_number(ue, "ue", NULL, NULL), summary_number(ue, "span_s", NULL, NULL),
			summary_number(ue, "total_j", NULL, NULL),
			summary_number(ue, "transmit_j", NULL, NULL), receive_j, idle_j,
			summary_number(tasks, "receive_mj", NULL, NULL),
			summary_number(tasks, "idle_mj", NULL, NULL));
	}
}

// JSON has no infinity: the error of a result that holds anything but numbers is null in the file.
static double largest_error(const json_t *o, const char *key)
{
	return json_is_null(json_object_get(o, key)) ? INFINITY : summary_number(o, key, NULL, NULL);
}

// Where a policy admits: what became of the others, and how accurate the results are.
static void print_admission(const json_t *tasks, FILE *out)
{
	double refused = summary_number(tasks, "refused", NULL, NULL),
	       dropped = summary_number(tasks, "dropped", NULL, NULL);
	if (refused + dropped > 0)
		fprintf(out, "; %.0f tasks refused, %.0f dropped", refused, dropped);
	if (json_is_number(json_object_get(tasks, "accuracy")))
		fprintf(out, "; mean accuracy %.3f", summary_number(tasks, "accuracy", NULL, NULL));
}

static void print_checks(const json_t *run, FILE *out)
{
	const json_t *tasks = json_object_get(run, "tasks"), *shaper = json_object_get(run, "shaper");
	fprintf(out,
		"  %.0f results verified against the reference: %.0f differ, largest relative error %.1e\n",
		summary_number(tasks, "checked", NULL, NULL),
		summary_number(tasks, "differing_results", NULL, NULL),
		largest_error(tasks, "largest_check_error"));
	fprintf(out, "  deadlines: %.0f promised, %.0f of them missed",
		summary_number(tasks, "promised", NULL, NULL),
		summary_number(tasks, "promised_but_missed", NULL, NULL));
	if (summary_number(tasks, "failed", NULL, NULL) + summary_number(tasks, "cut_short", NULL, NULL) > 0)
		fprintf(out, "; %.0f tasks failed, %.0f were cut short",
			summary_number(tasks, "failed", NULL, NULL),
			summary_number(tasks, "cut_short", NULL, NULL));
	print_admission(tasks, out);
	fputc('\n', out);
	if (json_is_object(shaper))
		fprintf(out,
			"  shaper (%s): delay error p50 %.0f us, p99 %.0f us, max %.0f us over %.0f packets; "
			"%.1f %% of a core\n",
			summary_text(shaper, "loop"), summary_number(shaper, "delay_error", "p50_us", NULL),
			summary_number(shaper, "delay_error", "p99_us", NULL),
			summary_number(shaper, "delay_error", "max_us", NULL),
			summary_number(shaper, "delay_error", "packets", NULL),
			100 * summary_number(shaper, "cpu_share", NULL, NULL));
}

// Only captures that miss something are worth a line; why is among the notes.
static void print_captures(const json_t *run, FILE *out)
{
	size_t i;
	json_t *capture;
	json_array_foreach(json_object_get(run, "captures"), i, capture)
	{
		if (!json_is_true(json_object_get(capture, "complete")))
			fprintf(out, "  capture %s is INCOMPLETE: %.0f packets are missing, %.0f are there\n",
				summary_text(capture, "file"), summary_number(capture, "lost", NULL, NULL),
				summary_number(capture, "packets", NULL, NULL));
	}
}

// What encoding costs in exactness, where a UE encodes.
static void print_features(const json_t *run, FILE *out)
{
	const char *name;
	json_t *one, *all = json_object_get(run, "features"), *exact = json_object_get(all, "fp32");
	if (json_object_size(all) == (exact ? 1u : 0u))
		return;
	json_object_foreach(all, name, one)
	    fprintf(out,
		    "  features: %s, largest relative error of %.0f results against the unsplit fp32 network "
		    "%.1e\n",
		    name, summary_number(one, "results", NULL, NULL), largest_error(one, "largest_error"));
}

static void print_list(const json_t *run, const char *key, const char *prefix, FILE *out)
{
	size_t i;
	json_t *line;
	json_array_foreach(json_object_get(run, key), i, line)
	    fprintf(out, "  %s%s\n", prefix, json_string_value(line));
}

// The first says what broke the contract and what helps; the stages of the rest are named.
static void print_doubts(const json_t *run, FILE *out)
{
	const json_t *why = json_object_get(run, "not_valid_because");
	size_t n = json_array_size(why);
	if (n == 0)
		return;
	fprintf(out, "  not valid: %s\n", json_string_value(json_array_get(why, 0)));
	for (size_t i = 1; i < n; i++) {
		const char *text = json_string_value(json_array_get(why, i));
		size_t head = strcspn(text, "(:");
		fprintf(out, "%s%.*s", i == 1 ? "  not valid either: " : "; ",
			(int)(text[head] == ':' ? head + strcspn(text + head + 1, "(:") + 1 : head), text);
	}
	if (n > 1)
		fputc('\n', out);
}

// What the edge's worker and its device measured of themselves.
static void print_worker(const json_t *edge, FILE *out)
{
	const json_t *worker = json_object_get(edge, "worker"), *energy = json_object_get(edge, "energy");
	if (json_is_object(worker))
		fprintf(
		    out,
		    "  edge busy for %.3f s, %.1f %% of it batches, %.3f s of processor time; %.0f batches "
		    "copied\n",
		    summary_number(worker, "busy_s", NULL, NULL),
		    100 * summary_number(worker, "explained", NULL, NULL),
		    summary_number(worker, "cpu_s", NULL, NULL),
		    summary_number(worker, "copied_batches", NULL, NULL));
	if (json_is_false(json_object_get(energy, "modelled")))
		fprintf(out, "  edge device: %.1f J in %.1f s, idle power included (%s)\n",
			summary_number(energy, "total_j", NULL, NULL),
			summary_number(energy, "window_s", NULL, NULL), summary_text(energy, "source"));
}

// A replaying executor says of itself that it is modelled.
static void print_executor(const json_t *edge, FILE *out)
{
	const char *name = summary_text(edge, "executor");
	bool say = json_is_true(json_object_get(edge, "modelled")) && !strstr(name, "MODELLED");
	fprintf(out, "  edge: %s%s\n", name, say ? " (MODELLED)" : "");
}

static void print_run(const json_t *run, const char *directory, FILE *out)
{
	const json_t *topology = json_object_get(run, "topology"), *edge = json_object_get(run, "edge");
	fprintf(out, "%s with %s: %s, %s\n", summary_text(topology, "name"), summary_text(run, "policy"),
		summary_text(run, "status"),
		json_is_true(json_object_get(run, "valid")) ? "valid" : "NOT VALID");
	if (json_is_string(json_object_get(run, "why")))
		fprintf(out, "  %s\n", summary_text(run, "why"));
	print_doubts(run, out);
	if (json_is_object(edge))
		print_executor(edge, out);
	const json_t *energy = json_object_get(edge, "energy");
	if (json_is_true(json_object_get(energy, "charged")) &&
	    json_is_true(json_object_get(energy, "modelled")))
		fprintf(
		    out,
		    "  edge energy (MODELLED): %.2f mJ a task, %.3f J in all; the policy minimises it, too\n",
		    summary_number(energy, "per_task_mj", NULL, NULL),
		    summary_number(energy, "total_j", NULL, NULL));
	print_worker(edge, out);
	if (strcmp(summary_text(run, "engine"), "simulation") == 0)
		fprintf(out, "  simulated in virtual time\n");
	if (summary_number(run, "tasks", "done", NULL) + summary_number(run, "tasks", "failed", NULL) +
		summary_number(run, "tasks", "cut_short", NULL) +
		summary_number(run, "tasks", "refused", NULL) +
		summary_number(run, "tasks", "dropped", NULL) >
	    0) {
		print_ues(run, out);
		print_stages(run, out);
		print_batches(run, out);
		print_checks(run, out);
		show_accuracy(run, out);
		print_features(run, out);
	}
	print_radios(run, out);
	print_traffic(run, out);
	print_captures(run, out);
	print_list(run, "notes", "note: ", out);
	fprintf(out, "  records: %s\n", directory);
}

static void print_comparison(json_t *const *runs, int n, FILE *out)
{
	double base = summary_number(runs[0], "tasks", "energy_mj", "mean");
	fprintf(out, "\n  %-12s %14s %10s %16s %14s %s\n", "policy", "mJ a task", "saving", "latency p50 ms",
		"deadlines met", "valid");
	for (int i = 0; i < n; i++) {
		double energy = summary_number(runs[i], "tasks", "energy_mj", "mean");
		fprintf(out, "  %-12s %14.2f %8.1f %% %16.1f %7.0f of %3.0f %s\n",
			summary_text(runs[i], "policy"), energy, 100 * (1 - energy / base),
			summary_number(runs[i], "tasks", "latency_ms", "p50"),
			summary_number(runs[i], "tasks", "met", NULL),
			summary_number(runs[i], "tasks", "done", NULL),
			json_is_true(json_object_get(runs[i], "valid")) ? "yes" : "NO");
	}
}

#define MOST_RUNS 64

int show_runs(const char *const *directories, FILE *out, struct err *err)
{
	json_t *runs[MOST_RUNS];
	int n = 0, r = 0;
	for (; directories[n] && n < MOST_RUNS; n++) {
		runs[n] = summary_read(directories[n], err);
		if (!runs[n]) {
			r = -EINVAL;
			break;
		}
		if (n > 0)
			fputc('\n', out);
		print_run(runs[n], directories[n], out);
	}
	if (r == 0 && n > 1)
		print_comparison(runs, n, out);
	for (int i = 0; i < n; i++)
		json_decref(runs[i]);
	return r;
}

struct arguments {
	const char *directories[MOST_RUNS + 1];
	struct expectations expect;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->expect;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num >= MOST_RUNS)
			argp_error(state, "at most %d runs", MOST_RUNS);
		a->directories[state->arg_num] = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "a run directory is needed, such as runs/quickstart-ip-ssa-...");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = {{&expect_argp, 0, NULL, 0}, {0}};

const struct argp show_argp = {
    .parser = parse,
    .args_doc = "DIR...",
    .children = children,
    .doc = "Prints the figures of run directories; several are compared with the first.\v"
	   "Exit status: 0 done, 1 something is not as expected, 2 wrong usage or no run directory."};

static void tell(const char *text, bool holds, const char *found, void *user)
{
	const char *directory = user;
	if (holds)
		printf("%s: as expected: %s, found %s\n", directory, text, found);
}

static int judge(struct arguments *a)
{
	struct err err;
	for (const char **d = a->directories; *d && expect_anything(&a->expect); d++) {
		json_t *summary = summary_read(*d, &err);
		expect_run(&a->expect, *d, summary, err.text, tell, (void *)*d);
		json_decref(summary);
	}
	return expect_end(&a->expect) || a->expect.runs_unmet > 0;
}

int show_command(int argc, char **argv)
{
	struct arguments a = {.expect.fields = summary_fields};
	argp_parse(&show_argp, argc, argv, 0, NULL, &a);
	struct err err = {0};
	int r = show_runs(a.directories, stdout, &err);
	if (r < 0)
		log_error("%s", err.text);
	return r < 0 ? 2 : judge(&a);
}
