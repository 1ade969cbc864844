// SPDX-License-Identifier: BSD-3-Clause
#include "emu/plan/command.h"

#include <argp.h>
#include <errno.h>
#include <sysexits.h>
#include <time.h>
#include "edge/policy/outside.h"
#include "emu/plan/answer.h"
#include "emu/plan/instance.h"

enum { KEY_INSTANCE = 'i', KEY_POLICY = 'p', KEY_JSON = 'j', KEY_LIST = 'l' };

struct arguments {
	const char *instance, *policy;
	bool json, list;
};

static const struct argp_option options[] = {
    {"instance", KEY_INSTANCE, "FILE.json", 0, "The problem (- for standard input)", 0},
    {"policy", KEY_POLICY, "NAME", 0, "A built-in policy, or an outside one (./mine.so); ip-ssa by default",
     0},
    {"json", KEY_JSON, NULL, 0, "Print JSON instead of a table", 0},
    {"list", KEY_LIST, NULL, 0, "Print the built-in policies", 0},
    {0},
};

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct arguments *arguments = state->input;
	switch (key) {
	case KEY_INSTANCE:
		arguments->instance = value;
		return 0;
	case KEY_POLICY:
		arguments->policy = value;
		return 0;
	case KEY_JSON:
		arguments->json = true;
		return 0;
	case KEY_LIST:
		arguments->list = true;
		return 0;
	case ARGP_KEY_END:
		if (!arguments->instance && !arguments->list)
			argp_error(state, "give the problem with --instance FILE.json");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int deepest(const struct snapshot *snapshot)
{
	int deepest = 1;
	for (int i = 0; i < snapshot->n_networks; i++)
		if (snapshot->networks[i].n_subtasks > deepest)
			deepest = snapshot->networks[i].n_subtasks;
	return deepest;
}

static double now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec * 1e-3;
}

static int print_plan(const struct snapshot *snapshot, const struct policy *policy, bool json, FILE *out,
		      struct err *err)
{
	struct plan *plan = plan_new(snapshot->n_users, deepest(snapshot));
	if (!plan)
		return err_set(err, ENOMEM, "no memory to plan for %d users", snapshot->n_users);
	double start_us = now_us();
	int rc = policy_plan(policy, snapshot, plan, err);
	double plan_us = now_us() - start_us;
	if (rc == 0)
		rc =
		    (json ? plan_answer_json : plan_answer_table)(policy->name, snapshot, plan, plan_us, out);
	if (rc == -EIO)
		err_sys(err, EIO, "writing the answer");
	plan_free(plan);
	return rc;
}

int plan_and_print(const struct snapshot *snapshot, const char *name, bool json, FILE *out, struct err *err)
{
	void *library;
	const struct policy *policy = policy_open(name, &library, err);
	if (!policy)
		return -errno;
	int rc = print_plan(snapshot, policy, json, out, err);
	policy_close(library);
	return rc;
}

static void list_policies(void)
{
	for (const struct policy *policy = policies; policy->name; policy++)
		printf("%-20s %s\n", policy->name, policy->summary);
}

int plan_command(int argc, char **argv)
{
	static const struct argp argp = {.options = options,
					 .parser = parse,
					 .doc =
					     "Prints what a policy decides: cuts, frequencies and batches."};
	struct arguments arguments = {.policy = "ip-ssa"};
	if (argp_parse(&argp, argc, argv, 0, NULL, &arguments) != 0)
		return EX_USAGE;
	if (arguments.list) {
		list_policies();
		return 0;
	}
	struct err err = {""};
	struct plan_instance *instance;
	int rc = plan_instance_read(&instance, arguments.instance, &err);
	if (rc == 0) {
		rc = plan_and_print(plan_instance_snapshot(instance), arguments.policy, arguments.json,
				    stdout, &err);
		plan_instance_free(instance);
	}
	if (rc < 0)
		fprintf(stderr, "airbatch plan: %s\n", err.text);
	return rc < 0;
}
