// SPDX-License-Identifier: BSD-3-Clause
#include "tools/network/command.h"

#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/output.h"
#include "dnn/network.h"
#include "setup/prepare.h"

enum { FAILED = 1, WRONG_INPUT = 2 }; // exit status

enum { KEY_OVERWRITE = 256 };

static const struct argp_option options[] = {
    {"json", 'j', NULL, 0, "print JSON: work in MAC, sizes in bits", 0},
    {"save-weights", 'w', "FILE", 0,
     "write the weights as a safetensors file: a start for training, or what to fill with trained ones", 0},
    {"overwrite", KEY_OVERWRITE, NULL, 0, "replace weights that are there", 0},
    {"seed", 's', "N", 0, "of drawn weights (default: 1, as in runs)", 0},
    {0},
};

struct arguments {
	const char *network, *weights;
	uint64_t seed;
	bool json, overwrite;
};

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct arguments *a = state->input;
	char *end;
	switch (key) {
	case 'j':
		a->json = true;
		return 0;
	case 'w':
		a->weights = value;
		return 0;
	case KEY_OVERWRITE:
		a->overwrite = true;
		return 0;
	case 's':
		errno = 0;
		a->seed = strtoull(value, &end, 10);
		if (*value < '0' || *value > '9' || *end || errno)
			argp_error(state, "the seed is '%s': must be a whole number from 0", value);
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num > 0)
			return ARGP_ERR_UNKNOWN;
		a->network = value;
		return 0;
	case ARGP_KEY_END:
		if (a->weights && !a->network)
			argp_error(state, "whose weights? Name a network");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int64_t sum_macs(const struct network *net)
{
	int64_t sum = 0;
	for (int n = 0; n < net->n_subtasks; n++)
		sum += net->subtasks[n].macs;
	return sum;
}

static int64_t sum_parameters(const struct network *net)
{
	int64_t sum = 0;
	for (int n = 0; n < net->n_subtasks; n++)
		sum += net->subtasks[n].parameters;
	return sum;
}

static double sum_distance_flop(const struct network *net)
{
	double sum = 0;
	for (int n = 0; n < net->n_subtasks; n++)
		sum += net->subtasks[n].distance_flop;
	return sum;
}

struct short_text {
	char text[40];
};

static struct short_text accuracy_text(double accuracy)
{
	struct short_text t = {"not told"};
	if (accuracy > 0)
		snprintf(t.text, sizeof(t.text), "%.4f", accuracy);
	return t;
}

static json_t *describe_exits(const struct network *net)
{
	json_t *exits = json_array();
	for (int e = 1; e <= net->n_exits; e++) {
		const struct subtask *head = &net->subtasks[network_head(net, e)];
		json_array_append_new(exits,
				      json_pack("{s:i, s:i, s:f, s:I, s:I, s:i}", "exit", e, "subtasks",
						net->exit_subtasks[e - 1], "accuracy",
						net->exit_accuracy ? net->exit_accuracy[e - 1] : 0., "macs",
						(json_int_t)head->macs, "parameters",
						(json_int_t)head->parameters, "layers", head->n_layers));
	}
	return exits;
}

// [[height, width, channels], ...]
static json_t *describe_tensors(const struct network *net, int cut)
{
	struct shape tensors[CUT_MAX_TENSORS];
	json_t *all = json_array();
	int n = network_cut_tensors(net, cut, tensors);
	for (int i = 0; i < n; i++)
		json_array_append_new(
		    all, json_pack("[i, i, i]", tensors[i].height, tensors[i].width, tensors[i].channels));
	return all;
}

// "14x14x512", or "4 tensors" where the cut lies across branches.
static struct short_text output_text(const struct network *net, int cut)
{
	struct shape s[CUT_MAX_TENSORS];
	struct short_text t;
	int n = network_cut_tensors(net, cut, s);
	if (n > 1)
		snprintf(t.text, sizeof(t.text), "%d tensors", n);
	else
		snprintf(t.text, sizeof(t.text), "%dx%dx%d", s[0].height, s[0].width, s[0].channels);
	return t;
}

static json_t *describe(const struct network *net)
{
	char hash[32];
	json_t *subtasks = json_array();
	for (int n = 0; n < net->n_subtasks; n++) {
		const struct subtask *t = &net->subtasks[n];
		json_array_append_new(
		    subtasks, json_pack("{s:s, s:[i, i, i], s:o, s:I, s:I, s:I, s:i}", "name", t->name,
					"output", t->out.height, t->out.width, t->out.channels, "tensors",
					describe_tensors(net, n + 1), "output_bits",
					(json_int_t)network_cut_bits(net, n + 1), "macs", (json_int_t)t->macs,
					"parameters", (json_int_t)t->parameters, "layers", t->n_layers));
	}
	snprintf(hash, sizeof(hash), "%016" PRIx64, net->hash);
	return json_pack("{s:s, s:s, s:s, s:I, s:f, s:I, s:I, s:o, s:f, s:o}", "name", net->name, "hash",
			 hash, "weights_file", net->weights_file, "macs", (json_int_t)sum_macs(net),
			 "distance_flop", sum_distance_flop(net), "parameters",
			 (json_int_t)sum_parameters(net), "input_bits", (json_int_t)network_cut_bits(net, 0),
			 "subtasks", subtasks, "accuracy", net->accuracy, "exits", describe_exits(net));
}

static void print_exits(const struct network *net)
{
	char shape[48];
	if (net->n_exits == 0)
		return;
	printf("\n%4s  %-20s %-14s %10s %10s %12s %7s\n", "exit", "behind sub-task", "answer", "accuracy",
	       "MMAC", "parameters", "layers");
	for (int e = 1; e <= net->n_exits; e++) {
		const struct subtask *head = &net->subtasks[network_head(net, e)];
		snprintf(shape, sizeof(shape), "%dx%dx%d", head->out.height, head->out.width,
			 head->out.channels);
		printf("%4d  %2d: %-16s %-14s %10s %10.2f %12" PRId64 " %7d\n", e, net->exit_subtasks[e - 1],
		       net->subtasks[net->exit_subtasks[e - 1] - 1].name, shape,
		       accuracy_text(net->exit_accuracy ? net->exit_accuracy[e - 1] : 0).text,
		       (double)head->macs / 1e6, head->parameters, head->n_layers);
	}
	printf("%4d  %-20s %-14s %10s\n", 0, "the whole network", "", accuracy_text(net->accuracy).text);
}

static void print_table(const struct network *net)
{
	printf("%s: %.2f MMAC, %" PRId64 " parameters, weights from %s\n", net->name,
	       (double)sum_macs(net) / 1e6, sum_parameters(net),
	       *net->weights_file ? net->weights_file : "a seed");
	if (sum_distance_flop(net) > 0)
		printf("distances between points, if all pairs are compared: %.0f MFLOP more\n",
		       sum_distance_flop(net) / 1e6);
	printf("%3s  %-15s %-14s %10s %10s %12s %7s\n", "cut", "sub-task", "output", "Mbit", "MMAC",
	       "parameters", "layers");
	printf("%3d  %-15s %-14s %10.3f\n", 0, "(input)", output_text(net, 0).text,
	       (double)network_cut_bits(net, 0) / 1e6);
	for (int n = 0; n < net->n_subtasks; n++) {
		const struct subtask *t = &net->subtasks[n];
		printf("%3d  %-15s %-14s %10.3f %10.2f %12" PRId64 " %7d\n", n + 1, t->name,
		       output_text(net, n + 1).text, (double)network_cut_bits(net, n + 1) / 1e6,
		       (double)t->macs / 1e6, t->parameters, t->n_layers);
	}
	print_exits(net);
}

static void print_json(json_t *value)
{
	json_dumpf(value, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(value);
}

static int list_networks(const struct arguments *a, struct err *err)
{
	json_t *all = json_array();
	int r = 0;
	if (!a->json)
		printf("%-20s %10s %12s %9s\n", "network", "MMAC", "parameters", "sub-tasks");
	for (const char *const *name = network_names(); r == 0 && *name; name++) {
		struct network *net;
		r = network_outline(&net, *name, a->seed, err);
		if (r < 0)
			break;
		json_array_append_new(all, describe(net));
		if (!a->json)
			printf("%-20s %10.2f %12" PRId64 " %9d\n", net->name, (double)sum_macs(net) / 1e6,
			       sum_parameters(net), net->n_subtasks);
		network_free(net);
	}
	if (r == 0 && a->json)
		print_json(json_incref(all));
	json_decref(all);
	return r < 0 ? FAILED : 0;
}

static int show_network(const struct arguments *a, struct err *err)
{
	struct network *net;
	if (a->weights && !a->overwrite &&
	    output_new_file(a->weights, "--overwrite", "--save-weights", err) < 0)
		return errno == EEXIST || errno == EISDIR ? WRONG_INPUT : FAILED;
	int r = a->weights ? network_open(&net, a->network, a->seed, err)
			   : network_outline(&net, a->network, a->seed, err);
	if (r < 0)
		return WRONG_INPUT;
	r = a->weights ? network_save_weights(net, a->weights, err) : 0;
	if (r == 0 && a->json)
		print_json(describe(net));
	else if (r == 0)
		print_table(net);
	network_free(net);
	return r < 0 ? FAILED : 0;
}

const struct argp network_argp = {
    .options = options,
    .parser = parse,
    .args_doc = "[NETWORK]",
    .doc = "Lists the built-in networks, or shows one's sub-tasks and the cuts between them.\v"
	   "NETWORK is a built-in name, a description file (./mine.net), or either with "
	   "@FILE.safetensors behind it; NETWORK:articulations cuts wherever a single tensor passes, "
	   "NETWORK:branches also across branches where that carries less. A cut's Mbit are what crosses the "
	   "radio link there; a MAC is a "
	   "multiply-accumulate, 2 FLOP. docs/networks.md describes both kinds of file.\n\n"
	   "Exit status: 0 done, 1 the weights could not be written, 2 wrong usage or network."};

int network_command(int argc, char **argv)
{
	struct arguments a = {.seed = WEIGHT_SEED};
	argp_parse(&network_argp, argc, argv, 0, NULL, &a);
	struct err err = {""};
	int status = a.network ? show_network(&a, &err) : list_networks(&a, &err);
	if (status)
		log_error("%s", err.text);
	return status;
}
