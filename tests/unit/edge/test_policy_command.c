// SPDX-License-Identifier: BSD-3-Clause
// `airbatch plan` on the example instances: every policy's JSON answer obeys the model when recomputed from
// the two files alone; tables; exit statuses; outside policies.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tests/unit/edge/policy_random.h"
#include "tools/plan/command.h"

enum { MAX_OUTPUT = 200000 };

// Runs plan_command in a child; its standard output and error together go to `output`. Returns the exit
// status.
static int run(char *output, const char *const arguments[])
{
	char *argv[16] = {(char[]){"plan"}};
	int argc = 1;
	for (; arguments[argc - 1]; argc++)
		argv[argc] = strdup(arguments[argc - 1]);
	FILE *file = tmpfile();
	assert_non_null(file);
	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0) {
		dup2(fileno(file), STDOUT_FILENO);
		dup2(fileno(file), STDERR_FILENO);
		int rc = plan_command(argc, argv);
		fflush(NULL);
		_exit(rc);
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	rewind(file);
	output[fread(output, 1, MAX_OUTPUT - 1, file)] = 0;
	fclose(file);
	for (int i = 1; i < argc; i++)
		free(argv[i]);
	return WEXITSTATUS(status);
}

static double number(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);
	if (!json_is_number(value))
		fail_msg("%s is missing", key);
	return json_number_value(value);
}

static double cell(const json_t *profile, size_t n, size_t b)
{
	return json_number_value(json_array_get(json_array_get(profile, n), b - 1));
}

#define assert_close(a, b) assert_true(fabs((a) - (b)) <= 1e-9 * fmax(1e-3, fabs(b)))

// One user's answer against the instance: energies, and the time by which its result must be there.
static void check_user(const json_t *instance, const json_t *answer, size_t m)
{
	const json_t *in = json_array_get(json_object_get(instance, "users"), m);
	const json_t *out = json_array_get(json_object_get(answer, "users"), m);
	const json_t *subtasks = json_object_get(json_object_get(instance, "network"), "subtasks");
	size_t cut = (size_t)number(out, "cut");
	double work = 0, f = number(out, "freq");
	double bits = cut ? number(json_array_get(subtasks, cut - 1), "output_bits")
			  : number(json_object_get(instance, "network"), "input_bits");
	for (size_t n = 0; n < cut; n++)
		work += number(json_array_get(subtasks, n), "flop");
	bool local = cut == json_array_size(subtasks);
	double air_s = local ? 0 : bits / number(in, "rate_bps");
	assert_close(number(out, "compute_j"), number(in, "kappa") * work * f * f);
	assert_close(number(out, "transmit_j"), number(in, "tx_power_w") * air_s);
	assert_close(number(out, "energy_j"), number(out, "compute_j") + number(out, "transmit_j"));
	if (!json_object_get(out, "feasible"))
		assert_true(number(out, "finish_s") <= number(in, "deadline_s") + 1e-9);
	else
		assert_true(strlen(json_string_value(json_object_get(out, "why"))) > 10);
	if (!local)
		return;
	assert_close(number(out, "finish_s"), work / f);
	assert_int_equal(number(out, "group"), -1);
}

// Batches do not overlap and last F_n(b); returns the users' energy.
static double check_answer(const json_t *instance, const json_t *answer)
{
	double sum_j = 0, free_s = number(instance, "gpu_free_s");
	for (size_t m = 0; m < json_array_size(json_object_get(instance, "users")); m++) {
		check_user(instance, answer, m);
		sum_j += number(json_array_get(json_object_get(answer, "users"), m), "energy_j");
	}
	const json_t *shares = json_object_get(answer, "gpu_shares"),
		     *batches = json_object_get(answer, "batches");
	for (size_t i = 0; i < json_array_size(batches); i++) {
		const json_t *batch = json_array_get(batches, i);
		const json_t *freq = json_object_get(batch, "edge_freq");
		double s = cell(json_object_get(instance, "profile_s"), (size_t)number(batch, "subtask"),
				json_array_size(json_object_get(batch, "users")));
		s *= shares ? json_number_value(shares) : 1;
		assert_close(number(batch, "duration_s"), s / (freq ? json_number_value(freq) : 1));
		assert_true(number(batch, "start_s") >= free_s - 1e-9);
		free_s = shares ? free_s : number(batch, "start_s") + number(batch, "duration_s");
	}
	return sum_j;
}

static void check_policy(const char *path, const char *policy, const json_t *instance, char *output)
{
	int rc = run(output, (const char *const[]){"--instance", path, "--policy", policy, "--json", NULL});
	if (rc != 0)
		fail_msg("%s: %s", policy, output);
	json_t *answer = json_loads(output, 0, NULL);
	assert_non_null(answer);
	assert_string_equal(json_string_value(json_object_get(answer, "policy")), policy);
	double users_j = check_answer(instance, answer);
	if (strncmp(policy, "j-dob", 5) == 0)
		users_j += number(answer, "edge_j");
	assert_close(number(answer, "energy_j"), users_j);
	assert_true(number(answer, "plan_us") > 0);
	json_decref(answer);
	assert_int_equal(run(output, (const char *const[]){"--instance", path, "--policy", policy, NULL}), 0);
	assert_non_null(strstr(output, "finish ms"));
}

static void every_policy_answers_every_instance(void **state)
{
	(void)state;
	static const char *const files[] = {"equal-deadlines", "different-deadlines", "edge-power",
					    "3dssd-int8", "one-infeasible"};
	char *output = malloc(MAX_OUTPUT), path[400];
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s.json", INSTANCES, files[i]);
		json_t *instance = json_load_file(path, 0, NULL);
		assert_non_null(instance);
		for (const struct policy *policy = policies; policy->name; policy++)
			if (policy_minimises_energy(policy) &&
			    (json_object_get(instance, "edge") || strncmp(policy->name, "j-dob", 5) != 0))
				check_policy(path, policy->name, instance, output);
		json_decref(instance);
	}
	free(output);
}

static void expect(int status, const char *text, const char *const arguments[])
{
	char *output = malloc(MAX_OUTPUT);
	int rc = run(output, arguments);
	if (rc != status || !strstr(output, text))
		fail_msg("exit %d with '%s'; expected %d with '%s'", rc, output, status, text);
	free(output);
}

static void wrong_usage_is_explained(void **state)
{
	(void)state;
	const char *good = INSTANCES "/equal-deadlines.json";
	expect(2, "--instance", (const char *const[]){NULL});
	expect(2, "unrecognized", (const char *const[]){"--instanze", good, NULL});
	expect(2, "/nowhere.json", (const char *const[]){"--instance", "/nowhere.json", NULL});
	expect(2, "there is no policy 'fast'; there are lc, eo",
	       (const char *const[]){"--instance", good, "--policy", "fast", NULL});
	expect(1, "J-DOB needs the edge's frequencies",
	       (const char *const[]){"--instance", good, "--policy", "j-dob", NULL});
	expect(0, "ip-ssa:tighten", (const char *const[]){"--list", NULL});
	expect(0, "\nco-inference ", (const char *const[]){"--list", NULL});
}

// An instance file that begins with this key, then goes on as a good one.
static void expect_kind(int status, const char *text, const char *key)
{
	char path[] = "/tmp/airbatch-kind-XXXXXX", good[20000];
	FILE *in = fopen(INSTANCES "/equal-deadlines.json", "re");
	assert_non_null(in);
	good[fread(good, 1, sizeof(good) - 1, in)] = 0;
	fclose(in);
	int fd = mkstemp(path);
	assert_true(fd >= 0 && dprintf(fd, "{%s%s", key, strchr(good, '{') + 1) > 0);
	close(fd);
	expect(status, text, (const char *const[]){"--instance", path, NULL});
	unlink(path);
}

static void an_instance_names_its_kind(void **state)
{
	(void)state;
	expect_kind(0, "ip-ssa: ", "");
	expect_kind(0, "ip-ssa: ", "\"problem\": \"co-inference\",");
	expect_kind(2, "problem is 'co-inferenze': there are co-inference", "\"problem\": \"co-inferenze\",");
	expect_kind(2, "did you mean co-inference?", "\"problem\": \"co-inferenze\",");
	expect_kind(2, "problem must be a kind of problems, such as \"co-inference\"", "\"problem\": 3,");
	expect_kind(2, "duplicate object key", "\"users\": [],");
}

// A topology tells the edge's power: j-dob plans it, with a lower clock on a replayed edge and at full speed
// on a processor.
static void a_topology_tells_the_edges_power(void **state)
{
	(void)state;
	char *output = malloc(MAX_OUTPUT);
	const char *const replayed[] = {QUICKSTART,
					"-s",
					"edge.executor=replay",
					"-s",
					"edge.profile=mobilenet-v2-gpu-model",
					"--policy",
					"j-dob",
					"--json",
					NULL};
	const char *const fast[] = {QUICKSTART,
				    "-s",
				    "edge.executor=replay",
				    "-s",
				    "edge.profile=mobilenet-v2-gpu-model",
				    "-s",
				    "edge.frequency_steps=1",
				    "--policy",
				    "j-dob",
				    "--json",
				    NULL};
	double total[2];
	for (int i = 0; i < 2; i++) {
		assert_int_equal(run(output, i ? fast : replayed), 0);
		json_t *answer = json_loads(output, 0, NULL), *batch;
		size_t n;
		assert_true(json_array_size(json_object_get(answer, "batches")) > 0);
		json_array_foreach(json_object_get(answer, "batches"), n, batch)
		    assert_true(number(batch, "edge_freq") == 1 || i == 0);
		assert_true(number(answer, "edge_j") > 0);
		total[i] = number(answer, "energy_j");
		json_decref(answer);
	}
	assert_true(total[0] < total[1]); // with static power a fifth of it, a lower clock pays
	free(output);
}

// --save and --instance: the plan of the written problem is the topology's own.
static void a_topology_plans_like_its_saved_problem(void **state)
{
	(void)state;
	char *direct = malloc(MAX_OUTPUT), *saved = malloc(MAX_OUTPUT), path[] = "/tmp/airbatch-plan-XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	const char *replay = "edge.executor=replay", *profile = "edge.profile=mobilenet-v2-gpu-model";
	for (int ideal = 0; ideal < 2; ideal++) {
		const char *mode = ideal ? "--ideal" : "--json";
		const char *const plan[] = {QUICKSTART, "-s",	  replay, "-s",	    profile, "--policy",
					    "og",	"--json", mode,	  "--save", path,    NULL};
		assert_int_equal(run(direct, plan), 0);
		assert_int_equal(run(saved, (const char *const[]){"-i", path, "-p", "og", "--json", NULL}),
				 0);
		json_t *a = json_loads(direct, 0, NULL), *b = json_loads(saved, 0, NULL);
		assert_non_null(a);
		assert_int_equal(json_array_size(json_object_get(a, "users")), 4);
		json_object_del(a, "plan_us");
		json_object_del(b, "plan_us");
		assert_true(json_equal(a, b));
		json_decref(a);
		json_decref(b);
	}
	unlink(path);
	free(direct);
	free(saved);
}

// The users' part of a plan for a world that the two options `which` name.
static json_t *users_of_world(const char *const which[4])
{
	char *output = malloc(MAX_OUTPUT);
	assert_non_null(output);
	assert_int_equal(run(output, (const char *const[]){QUICKSTART, "-s", "edge.executor=replay", "-s",
							   "edge.profile=mobilenet-v2-gpu-model", "-s",
							   "ues.deadline=80ms..150ms", "--json", which[0],
							   which[1], which[2], which[3], NULL}),
			 0);
	json_t *answer = json_loads(output, 0, NULL), *users = json_incref(json_object_get(answer, "users"));
	assert_non_null(users);
	json_decref(answer);
	free(output);
	return users;
}

static void seed_and_run_are_overrides(void **state)
{
	(void)state;
	json_t *named = users_of_world((const char *const[]){"--seed", "3", "--run", "2"});
	json_t *set = users_of_world((const char *const[]){"-s", "seed=3", "-s", "run=2"});
	json_t *other = users_of_world((const char *const[]){"--seed", "3", "--run", "1"});
	assert_true(json_equal(named, set));
	assert_false(json_equal(named, other));
	json_decref(named);
	json_decref(set);
	json_decref(other);
	expect(2, "belong to a topology",
	       (const char *const[]){"-i", INSTANCES "/equal-deadlines.json", "--seed", "3", NULL});
}

static void a_topology_that_is_wrong_is_explained(void **state)
{
	(void)state;
	expect(2, "/nowhere.yaml", (const char *const[]){"/nowhere.yaml", NULL});
	expect(2, "ues.count is 0", (const char *const[]){QUICKSTART, "--set", "ues.count=0", NULL});
	expect(2, "is a second one", (const char *const[]){QUICKSTART, QUICKSTART, NULL});
	expect(2, "or --instance", (const char *const[]){QUICKSTART, "--instance", "x.json", NULL});
	expect(2, "edge.profile must say what to replay",
	       (const char *const[]){QUICKSTART, "-s", "edge.executor=replay", NULL});
	expect(2, "there is no policy 'fast'",
	       (const char *const[]){QUICKSTART, "-p", "fast", "-s", "edge.executor=replay", "-s",
				     "edge.profile=mobilenet-v2-gpu-model", NULL});
}

static void outside_policies_run_and_are_checked(void **state)
{
	(void)state;
	const char *good = INSTANCES "/equal-deadlines.json";
	expect(0, "strongest-alone: ",
	       (const char *const[]){"--instance", good, "--policy", STRONGEST_ALONE, NULL});
	expect(0, "\"policy\":\"strongest-alone\"",
	       (const char *const[]){"--instance", INSTANCES "/edge-power.json", "--policy", STRONGEST_ALONE,
				     "--json", NULL});
	expect(0, "strongest-alone: ",
	       (const char *const[]){QUICKSTART, "-s", "policy=" STRONGEST_ALONE, "-s",
				     "edge.executor=replay", "-s", "edge.profile=mobilenet-v2-gpu-model",
				     NULL});
	expect(1, "policy broken broke a rule: users[0].freq_flops is",
	       (const char *const[]){"--instance", good, "--policy", BROKEN_LATE, NULL});
	expect(2, "is built for policy interface 4, this program has 5, where a policy only decides",
	       (const char *const[]){"--instance", good, "--policy", BROKEN_ABI, NULL});
	expect(2, "does not define",
	       (const char *const[]){"--instance", good, "--policy", BROKEN_SYMBOL, NULL});
	expect(2, "no plan function",
	       (const char *const[]){"--instance", good, "--policy", BROKEN_EMPTY, NULL});
	expect(2, "./nowhere.so",
	       (const char *const[]){"--instance", good, "--policy", "./nowhere.so", NULL});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_policy_answers_every_instance),
	    cmocka_unit_test(wrong_usage_is_explained),
	    cmocka_unit_test(an_instance_names_its_kind),
	    cmocka_unit_test(a_topology_tells_the_edges_power),
	    cmocka_unit_test(a_topology_plans_like_its_saved_problem),
	    cmocka_unit_test(seed_and_run_are_overrides),
	    cmocka_unit_test(a_topology_that_is_wrong_is_explained),
	    cmocka_unit_test(outside_policies_run_and_are_checked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
