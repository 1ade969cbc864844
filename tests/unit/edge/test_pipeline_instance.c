// SPDX-License-Identifier: BSD-3-Clause
// Written pipeline problems: the examples' answers, and what is refused, with its path.
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
#include <unistd.h>
#include "tools/plan/problems/kinds.h"

// What is read from a text; err has the sentence after the file's name.
static int read_text(struct written_problem *out, const char *text, struct err *err)
{
	char path[] = "/tmp/pipeline-XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	FILE *file = fdopen(fd, "w");
	fputs(text, file);
	fclose(file);
	int rc = written_problem_read(out, path, err);
	unlink(path);
	return rc;
}

static json_t *answer_of(const char *text, const char *policy)
{
	struct written_problem problem;
	struct err err = {""};
	char *said = NULL;
	size_t size = 0;
	if (read_text(&problem, text, &err) < 0)
		fail_msg("%s", err.text);
	FILE *out = open_memstream(&said, &size);
	const struct plan_question question = {.policy = policy, .json = true, .out = out};
	int status = written_problem_answer(&problem, &question, &err);
	fclose(out);
	if (status != PLAN_DONE)
		fail_msg("%s", err.text);
	written_problem_free(&problem);
	json_t *answer = json_loads(said, 0, NULL);
	assert_non_null(answer);
	free(said);
	return answer;
}

static void assert_answer(const char *text, const char *policy, const char *right)
{
	json_t *answer = answer_of(text, policy), *expected = json_loads(right, 0, NULL);
	char *said = json_dumps(answer, JSON_SORT_KEYS), *wanted = json_dumps(expected, JSON_SORT_KEYS);
	assert_string_equal(said, wanted);
	free(said);
	free(wanted);
	json_decref(answer);
	json_decref(expected);
}

#define TWO_JOBS                                                                                             \
	"{\"problem\":\"pipeline\",\"types\":[{\"jobs\":2,\"device_s\":[0,1,3],\"upload_s\":[4,1.5,0]}]}"

static void the_examples_have_their_answers(void **state)
{
	(void)state;
	assert_answer(TWO_JOBS, "jps-plus",
		      "{\"policy\":\"jps-plus\",\"makespan_s\":4,\"jobs\":["
		      "{\"type\":0,\"cut\":1,\"device_start_s\":0,\"device_end_s\":1,\"upload_start_s\":1,"
		      "\"upload_end_s\":2.5},"
		      "{\"type\":0,\"cut\":2,\"device_start_s\":1,\"device_end_s\":4,\"upload_start_s\":4,"
		      "\"upload_end_s\":4}]}");
	assert_answer("{\"problem\":\"pipeline-tree\",\"parent\":[null,0,0],\"device_s\":[1,2,1],"
		      "\"upload_s\":[0,1,3]}",
		      NULL, "{\"makespan_s\":6,\"order\":[0,2,1]}");
}

static double makespan_of(const char *text, const char *policy)
{
	json_t *answer = answer_of(text, policy);
	double makespan_s = json_number_value(json_object_get(answer, "makespan_s"));
	json_decref(answer);
	return makespan_s;
}

static void every_scheme_answers(void **state)
{
	(void)state;
	static const struct {
		const char *policy;
		double makespan_s;
	} right[] = {{"local-only", 6}, {"cloud-only", 8}, {"partition-only", 4}, {"schedule-only", 4},
		     {"jps", 4},	{"jps-hetero", 4}, {"layer-schedule", 4}, {"jps-plus:server", 4}};
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++)
		assert_float_equal(makespan_of(TWO_JOBS, right[i].policy), right[i].makespan_s, 1e-12);
}

// The server takes 1 s of each: all at once there would be too slow.
static void the_server_is_a_third_stage_where_its_time_is_told(void **state)
{
	(void)state;
	const char *text = "{\"problem\":\"pipeline\",\"types\":[{\"jobs\":3,\"device_s\":[0,2],"
			   "\"upload_s\":[0.5,0],\"server_s\":[1,0]}]}";
	assert_float_equal(makespan_of(text, "cloud-only"), 3.5, 1e-12);
	assert_float_equal(makespan_of(text, "jps-plus"), 2.5, 1e-12);
}

static void bad_input_is_refused_with_its_path(void **state)
{
	(void)state;
	static const struct {
		const char *text, *path;
	} wrong[] = {
#define TYPE(fields) "{\"problem\":\"pipeline\",\"types\":[{" fields "}]}"
	    {TYPE("\"jobs\":1,\"device_s\":[0,1,2],\"upload_s\":[1,0]"), "types[0].upload_s has 2 entries"},
	    {TYPE("\"jobs\":1,\"device_s\":[0,1],\"upload_s\":[1,0],\"server_s\":[1]"),
	     "types[0].server_s has 1"},
	    {TYPE("\"jobs\":1,\"device_s\":[0,-1],\"upload_s\":[1,0]"), "types[0].device_s[1] is -1"},
	    {TYPE("\"jobs\":1,\"device_s\":[0,1],\"upload_s\":[-0.5,0]"), "types[0].upload_s[0] is -0.5"},
	    {TYPE("\"jobs\":1,\"device_s\":[0,1],\"upload_s\":[NaN,0]"), ":1:"},
	    {TYPE("\"jobs\":1,\"device_s\":[0,1],\"upload_s\":[1e400,0]"), ":1:"},
	    {TYPE("\"jobs\":1,\"device_s\":[0,1e300],\"upload_s\":[1,0]"), "types[0].device_s[1] is 1e+300"},
	    {TYPE("\"jobs\":1,\"device_s\":[0,null],\"upload_s\":[1,0]"), "types[0].device_s[1] is null"},
	    {TYPE("\"jobs\":1,\"device_s\":[1,0.5],\"upload_s\":[1,0]"), "types[0].device_s[1] is 0.5"},
	    {TYPE("\"jobs\":1,\"device_s\":[0,1],\"upload_s\":[1,2]"), "types[0].upload_s[1] is 2"},
	    {TYPE("\"jobs\":0,\"device_s\":[0,1],\"upload_s\":[1,0]"), "types[0].jobs is 0"},
	    {TYPE("\"jobs\":1.5,\"device_s\":[0,1],\"upload_s\":[1,0]"), "types[0].jobs is 1.5"},
	    {TYPE("\"jobs\":1e9,\"device_s\":[0,1],\"upload_s\":[1,0]"), "types[0].jobs is 1e+09"},
	    {TYPE("\"device_s\":[0,1],\"upload_s\":[1,0]"), "types[0].jobs is missing"},
	    {TYPE("\"jobs\":1,\"upload_s\":[1,0]"), "types[0].device_s is missing"},
	    {TYPE("\"jobs\":1,\"device_s\":[],\"upload_s\":[]"), "types[0].device_s has 0 elements"},
	    {TYPE("\"jobs\":1,\"cpu\":2,\"device_s\":[0,1],\"upload_s\":[1,0]"), "unknown key 'cpu'"},
	    {"{\"problem\":\"pipeline\",\"types\":[]}", "types has 0 elements"},
	    {"{\"problem\":\"pipeline\"}", "types is missing"},
	    {"{\"problem\":\"pipeline\",\"types\":["
	     "{\"jobs\":60000,\"device_s\":[0,1],\"upload_s\":[1,0]},"
	     "{\"jobs\":60000,\"device_s\":[0,1],\"upload_s\":[1,0]}]}",
	     "types[1].jobs is 60000"},
#define TREE(fields) "{\"problem\":\"pipeline-tree\"," fields "}"
	    {TREE("\"parent\":[1,0],\"device_s\":[1,1],\"upload_s\":[1,1]"), "parent[0] is 1"},
	    {TREE("\"parent\":[null,7],\"device_s\":[1,1],\"upload_s\":[1,1]"), "parent[1] is 7"},
	    {TREE("\"parent\":[null,-1],\"device_s\":[1,1],\"upload_s\":[1,1]"), "parent[1] is -1"},
	    {TREE("\"parent\":[null,0.5],\"device_s\":[1,1],\"upload_s\":[1,1]"), "parent[1] is 0.5"},
	    {TREE("\"parent\":[null,0],\"device_s\":[1],\"upload_s\":[1,1]"), "device_s has 1 entries"},
	    {TREE("\"parent\":[null,0],\"device_s\":[1,1],\"upload_s\":[1,-2]"), "upload_s[1] is -2"},
	    {TREE("\"parent\":[null],\"device_s\":[1],\"upload_s\":[1],\"tree\":\"up\""), "tree must be"},
	};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct written_problem problem;
		struct err err = {""};
		if (read_text(&problem, wrong[i].text, &err) == 0)
			fail_msg("not refused: %s", wrong[i].text);
		if (!strstr(err.text, wrong[i].path))
			fail_msg("'%s' should say '%s'", err.text, wrong[i].path);
	}
}

static void other_policies_are_refused(void **state)
{
	(void)state;
	struct written_problem problem;
	struct err err = {""};
	assert_int_equal(read_text(&problem, TWO_JOBS, &err), 0);
	const struct plan_question question = {.policy = "og", .json = true, .out = stderr};
	assert_int_equal(written_problem_answer(&problem, &question, &err), PLAN_WRONG_INPUT);
	assert_non_null(strstr(err.text, "og decides no pipeline"));
	const struct plan_question dvfs = {.policy = "jps-plus:dvfs", .json = true, .out = stderr};
	assert_int_equal(written_problem_answer(&problem, &dvfs, &err), PLAN_WRONG_INPUT);
	assert_non_null(strstr(err.text, "leave out dvfs"));
	written_problem_free(&problem);
}

static void a_hundred_thousand_jobs_are_done(void **state)
{
	(void)state;
	const char *text = "{\"problem\":\"pipeline\",\"types\":["
			   "{\"jobs\":50000,\"device_s\":[0,1,3],\"upload_s\":[4,1.5,0]},"
			   "{\"jobs\":50000,\"device_s\":[0,2,3],\"upload_s\":[5,1,0]}]}";
	static const char *const names[] = {"jps", "jps-plus", "jps-hetero", "layer-schedule"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		json_t *answer = answer_of(text, names[i]);
		assert_int_equal(json_array_size(json_object_get(answer, "jobs")), 100000);
		json_decref(answer);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_examples_have_their_answers),
	    cmocka_unit_test(every_scheme_answers),
	    cmocka_unit_test(the_server_is_a_third_stage_where_its_time_is_told),
	    cmocka_unit_test(bad_input_is_refused_with_its_path),
	    cmocka_unit_test(other_policies_are_refused),
	    cmocka_unit_test(a_hundred_thousand_jobs_are_done),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
