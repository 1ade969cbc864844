// SPDX-License-Identifier: BSD-3-Clause
#include "tools/plan/command.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include "dnn/network.h"
#include "edge/online/decider.h"
#include "edge/policy/outside.h"
#include "setup/policy_names.h"
#include "setup/topology/arguments.h"
#include "tools/plan/first_round.h"
#include "tools/plan/problems/kinds.h"

enum {
	KEY_INSTANCE = 'i',
	KEY_POLICY = 'p',
	KEY_JSON = 'j',
	KEY_LIST = 'l',
	KEY_IDEAL = 256,
	KEY_SAVE,
	KEY_AGENT
};

struct arguments {
	struct topology_arguments topology;
	const char *instance, *policy, *save, *agent;
	bool json, list, ideal;
};

static const struct argp_option options[] = {
    {"policy", KEY_POLICY, "POLICY", 0,
     "a built-in policy, or an outside one (./mine.so); by default the topology's, for an instance the "
     "usual one of its kind",
     0},
    {"ideal", KEY_IDEAL, NULL, 0,
     "the model alone: nothing but local work, uploads at the full rate and batches takes time", 0},
    {"save", KEY_SAVE, "FILE.json", 0, "write the problem as an instance file", 0},
    {"instance", KEY_INSTANCE, "FILE.json", 0,
     "the problem from an instance file (- for standard input); its key \"problem\" names the kind", 0},
    {"agent", KEY_AGENT, "FILE.abm", 0,
     "a trained agent (airbatch train --instance), for a policy that needs one", 0},
    {"json", KEY_JSON, NULL, 0, "print JSON instead of a table", 0},
    {"list", KEY_LIST, NULL, 0, "print the built-in policies and the kinds of problems", 0},
    {0},
};

static error_t finish_arguments(const struct arguments *a, struct argp_state *state)
{
	if (a->list)
		return 0;
	if (!a->topology.file == !a->instance)
		argp_error(state, "give the problem: a topology such as topologies/quickstart.yaml, or "
				  "--instance FILE.json");
	if (a->agent && !a->instance)
		argp_error(state, "--agent has no effect on a topology's plan: give it with --instance");
	if (a->instance && (a->topology.n_set || a->ideal))
		argp_error(state, "--set, --seed, --run and --ideal belong to a topology, not to --instance");
	return 0;
}

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct arguments *a = state->input;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &a->topology;
		return 0;
	case KEY_INSTANCE:
		a->instance = value;
		return 0;
	case KEY_POLICY:
		a->policy = value;
		return 0;
	case KEY_IDEAL:
		a->ideal = true;
		return 0;
	case KEY_SAVE:
		a->save = value;
		return 0;
	case KEY_AGENT:
		a->agent = value;
		return 0;
	case KEY_JSON:
		a->json = true;
		return 0;
	case KEY_LIST:
		a->list = true;
		return 0;
	case ARGP_KEY_END:
		return finish_arguments(a, state);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int complain(int status, const struct err *err)
{
	fprintf(stderr, "airbatch plan: %s\n", err->text);
	return status;
}

// What was wrong before planning is the input's fault, but for a lack of memory.
static int input_status(int rc)
{
	return rc == -ENOMEM ? 1 : PLAN_WRONG_INPUT;
}

static struct plan_question question_of(const struct arguments *a)
{
	return (struct plan_question){a->policy, a->json, a->save, stdout, a->agent};
}

static int plan_instance(const struct arguments *a)
{
	struct err err = {""};
	struct written_problem problem;
	int rc = written_problem_read(&problem, a->instance, &err);
	if (rc < 0)
		return complain(input_status(rc), &err);
	const struct plan_question question = question_of(a);
	int status = written_problem_answer(&problem, &question, &err);
	written_problem_free(&problem);
	return status == PLAN_DONE ? status : complain(status, &err);
}

static int plan_first_round(const struct arguments *a, const struct first_round *round, const char *policy)
{
	struct err err = {""};
	const struct plan_question question = question_of(a);
	const struct plan_names names = {.subtask = first_round_subtask, .job = first_round_job, .of = round};
	int status = plan_ask_co_inference(first_round_snapshot(round), &names, &question, policy, &err);
	return status == PLAN_DONE ? status : complain(status, &err);
}

// Before profiles are measured for nothing. Fills what the policy makes of a UE's burst.
static int check_policy(const char *name, struct first_round_shape *shape, struct err *err)
{
	void *library = NULL;
	if (online_policy_is(name))
		return 0;
	const struct policy *policy = policy_open(name, &library, err);
	shape->bursts = true;
	shape->ordered = policy && policy_orders_jobs(policy);
	policy_close(library);
	return policy ? 0 : -EINVAL;
}

static int plan_topology(const struct arguments *a)
{
	struct err err = {""};
	struct first_round_shape shape = {.ideal = a->ideal};
	if (a->policy && check_policy(a->policy, &shape, &err) < 0)
		return complain(PLAN_WRONG_INPUT, &err);
	struct topology *topology;
	struct topology_options load = {.policies = policy_names(),
					.networks = network_names(),
					.set = a->topology.set,
					.purpose = TOPOLOGY_FOR_PLAN};
	int rc = topology_load(&topology, a->topology.file, &load, &err);
	if (rc < 0)
		return complain(input_status(rc), &err);
	struct resolved resolved;
	struct first_round *round = NULL;
	rc = resolve(&resolved, topology, &err);
	if (rc == 0 && !a->policy)
		rc = check_policy(topology->policy, &shape, &err);
	rc = rc < 0 ? rc : first_round_open(&round, &resolved, &shape, false, &err);
	if (rc < 0)
		err_prefix(&err, "%s", a->topology.file);
	int status = rc < 0 ? complain(input_status(rc), &err) : plan_first_round(a, round, topology->policy);
	first_round_free(round);
	resolved_free(&resolved);
	topology_free(topology);
	return status;
}

const struct argp plan_argp = {
    .options = options,
    .parser = parse,
    .args_doc = "TOPOLOGY.yaml",
    .children = topology_argp_children,
    .doc = "Prints what a policy decides for one task of every UE, or its whole burst: cuts, frequencies, "
	   "order and batches.\v"
	   "Exit status: 0 done, 1 planning failed, 2 wrong usage, topology, instance or policy name."};

static void print_list(void)
{
	policy_names_print(stdout);
	fputs("\nKinds of problems in an instance file, which its key \"problem\" names:\n", stdout);
	problem_kinds_print(stdout);
}

int plan_command(int argc, char **argv)
{
	struct arguments arguments = {.topology.optional = true};
	argp_err_exit_status = 2;
	argp_parse(&plan_argp, argc, argv, 0, NULL, &arguments);
	int status = 0;
	if (arguments.list)
		print_list();
	else
		status = arguments.instance ? plan_instance(&arguments) : plan_topology(&arguments);
	topology_arguments_free(&arguments.topology);
	return status;
}
