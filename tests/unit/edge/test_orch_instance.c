// SPDX-License-Identifier: BSD-3-Clause
// Problems of orchestration as files: what is read is what was written, answers add up, and every kind of bad
// file is refused with the field's path.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "edge/policy/orchestration/choose.h"
#include "edge/policy/orchestration/standard.h"
#include "tests/unit/edge/orch_lab.h"
#include "tools/plan/orchestration.h"
#include "tools/plan/problems/kinds.h"

static const char good[] =
    "{\"problem\": \"orchestration\", \"threshold\": 0.89, \"decision_s\": 0.001,"
    " \"models\": [{\"name\": \"d0\", \"accuracy\": 0.899, \"device_s\": 0.093, \"edge_s\": 0.0164,"
    " \"cloud_s\": 0.011}, {\"name\": \"d4\", \"accuracy\": 0.889, \"device_s\": 0.0558}],"
    " \"users\": [{\"up_bps\": 2e7, \"down_bps\": 2e7, \"delay_s\": 0.002, \"input_bits\": 150000,"
    " \"reply_bits\": 8000, \"device_busy_s\": 0}, {\"up_bps\": 2e7, \"down_bps\": 2e7, \"delay_s\": 0.1,"
    " \"input_bits\": 150000, \"reply_bits\": 8000}], \"edge\": {\"cores\": 2, \"busy_s\": [0, 0]},"
    " \"cloud\": {\"cores\": 1, \"busy_s\": [0], \"wan_delay_s\": 0.02, \"wan_bps\": 1e8}}";

static int read_text(const char *text, struct written_problem *out, struct err *err)
{
	char path[] = "/tmp/airbatch-orchestration-XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	int rc = written_problem_read(out, path, err);
	unlink(path);
	return rc;
}

static char *with(const char *piece, const char *by)
{
	static char text[3000];
	const char *at = strstr(good, piece);
	assert_non_null(at);
	snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - good), good, by, at + strlen(piece));
	return text;
}

static void refuse(const char *piece, const char *by, const char *expected)
{
	struct written_problem problem;
	struct err err = {""};
	if (read_text(with(piece, by), &problem, &err) != -EINVAL || !strstr(err.text, expected))
		fail_msg("%s -> %s: expected '%s', got '%s'", piece, by, expected, err.text);
}

static void bad_fields_are_refused_with_their_path(void **state)
{
	(void)state;
	refuse("0.89,", "0.95,",
	       "threshold is 0.95: no choice meets it, the most accurate one has a mean of 0.899");
	refuse("0.89,", "1.5,", "threshold is 1.5: must be at least 0 and at most 1");
	refuse("0.89,", "\"none\",", "threshold is a string: must be a number");
	refuse("\"decision_s\": 0.001", "\"decision_s\": -1", "decision_s is -1");
	refuse("\"decision_s\": 0.001", "\"decision\": 0.001", "the document has an unknown key 'decision'");
	refuse("\"accuracy\": 0.889, ", "", "models[1].accuracy is missing");
	refuse("\"accuracy\": 0.889", "\"accuracy\": 88.9",
	       "models[1].accuracy is 88.9: must be above 0 and at most 1");
	refuse("\"device_s\": 0.0558", "\"device_s\": 0", "models[1].device_s is 0: must be above 0");
	refuse("\"edge_s\": 0.0164,", "", "models[0].edge_s is missing");
	refuse("\"name\": \"d4\"", "\"name\": 4", "models[1].name is no text");
	refuse("\"up_bps\": 2e7", "\"up_bps\": 0", "users[0].up_bps is 0: must be above 0");
	refuse("\"delay_s\": 0.1", "\"delay_s\": -0.1", "users[1].delay_s is -0.1");
	refuse("\"delay_s\": 0.1, ", "", "users[1].delay_s is missing");
	refuse("\"device_busy_s\": 0", "\"device_busy_s\": -2", "users[0].device_busy_s is -2");
	refuse("\"cores\": 2", "\"cores\": 0", "edge.cores is 0");
	refuse("\"cores\": 2", "\"cores\": 1.5", "edge.cores is 1.5: must be a whole number");
	refuse("[0, 0]", "[0]", "edge.busy_s has 1 entries: one for each core, 2, is right");
	refuse("[0, 0]", "[0, -1]", "edge.busy_s[1] is -1");
	refuse("\"wan_bps\": 1e8", "\"wan_bps\": 0", "cloud.wan_bps is 0: must be above 0");
	refuse(", \"wan_bps\": 1e8", "", "cloud.wan_bps is missing");
	refuse("\"edge\": {\"cores\": 2, \"busy_s\": [0, 0]},", "", "edge is missing");
	refuse("\"orchestration\"", "\"orchestra\"", "there are co-inference");
}

static void tables_of_the_wrong_size_are_refused(void **state)
{
	(void)state;
	refuse("\"models\": [{", "\"models\": [], \"x\": [{", "unknown key 'x'");
	const char *users = strstr(good, "\"users\": ["), *end = strstr(users, "], \"edge\"");
	char piece[600];
	snprintf(piece, sizeof(piece), "%.*s", (int)(end + 1 - users), users);
	refuse(piece, "\"users\": []", "users has 0 elements: must have 1 to 8");
}

// The spec's own example: one local d4, one on the edge.
static void a_file_is_what_it_says(void **state)
{
	(void)state;
	struct written_problem problem;
	struct err err = {""};
	if (read_text(good, &problem, &err) < 0)
		fail_msg("%s", err.text);
	const struct orchestration *in = problem.content;
	const struct orch_user *user = &in->users[0];
	assert_string_equal(problem.kind->name, "orchestration");
	assert_int_equal(in->problem.n_users, 2);
	assert_int_equal(in->problem.edge.cores, 2);
	assert_near(user->up_s, .002 + .0075, 1e-15);
	assert_near(user->down_s, .002 + .0004, 1e-15);
	assert_near(user->wan_s, .0015, 1e-15);
	assert_near(user->wan_back_s, .02 + .00008, 1e-15);
	assert_false(user->weak_link);
	assert_true(in->users[1].weak_link);
	assert_near(in->users[1].device_s[1], .0558, 1e-15);
	written_problem_free(&problem);
}

// The file that scripts/reproduce/orchestration begins with has the figures that agents are trained with.
static void the_standard_file_is_the_standard_problem(void **state)
{
	(void)state;
	struct written_problem problem;
	struct err err = {""};
	struct orch_problem p;
	struct orch_user users[ORCH_TABLE_USERS];
	if (written_problem_read(&problem, INSTANCES "/orchestration.json", &err) < 0)
		fail_msg("%s", err.text);
	const struct orch_problem *in = &((const struct orchestration *)problem.content)->problem;
	orch_standard(&p, users, &(struct orch_standard){5, 'B', .89, ORCH_STANDARD_INPUT_BITS});
	assert_int_equal(in->n_users, 5);
	assert_memory_equal(&in->edge, &p.edge, sizeof(p.edge));
	assert_memory_equal(&in->cloud, &p.cloud, sizeof(p.cloud));
	assert_near(in->decision_s, p.decision_s, 0);
	assert_near(in->wan_delay_s, p.wan_delay_s, 0);
	for (int i = 0; i < 5; i++) {
		const struct orch_user *a = &in->users[i], *b = &users[i];
		assert_memory_equal(a->accuracy, b->accuracy, sizeof(a->accuracy));
		assert_memory_equal(&a->up_s, &b->up_s, 4 * sizeof(double));
		assert_near(a->edge_s, b->edge_s, 0);
		assert_near(a->cloud_s, b->cloud_s, 0);
		for (int v = 0; v < ORCH_MAX_VARIANTS; v++)
			assert_near(a->device_s[v], b->device_s[v], 1e-6);
	}
	written_problem_free(&problem);
}

// What policy prints for the file, as a document that the caller drops.
static json_t *answer_of(const char *text, const char *policy)
{
	struct written_problem problem;
	struct err err = {""};
	char *printed = NULL;
	size_t size;
	if (read_text(text, &problem, &err) < 0)
		fail_msg("%s", err.text);
	struct plan_question question = {
	    .policy = policy, .json = true, .out = open_memstream(&printed, &size)};
	if (written_problem_answer(&problem, &question, &err) != PLAN_DONE)
		fail_msg("%s", err.text);
	fclose(question.out);
	json_t *answer = json_loads(printed, 0, NULL);
	assert_non_null(answer);
	free(printed);
	written_problem_free(&problem);
	return answer;
}

static double number_of(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);
	assert_true(json_is_number(value));
	return json_number_value(value);
}

static void answers_add_up(void **state)
{
	(void)state;
	static const char *const names[] = {"oracle", "no-selection", "device-only", "edge-only",
					    "cloud-only"};
	double least_s = 0;
	for (int k = 0; k < 5; k++) {
		json_t *answer = answer_of(with("0.89,", "null,"), names[k]);
		const json_t *users = json_object_get(answer, "users");
		double sum_s = 0;
		assert_string_equal(json_string_value(json_object_get(answer, "policy")), names[k]);
		assert_true(json_is_true(json_object_get(answer, "feasible")));
		assert_int_equal(json_array_size(users), 2);
		for (size_t i = 0; i < 2; i++) {
			const json_t *user = json_array_get(users, i);
			assert_near(number_of(user, "response_s"),
				    .001 + number_of(user, "transfer_s") + number_of(user, "queue_s") +
					number_of(user, "exec_s"),
				    1e-12);
			sum_s += number_of(user, "response_s");
		}
		double mean_s = number_of(answer, "mean_response_s");
		assert_near(mean_s, sum_s / 2, 1e-12);
		least_s = k == 0 ? mean_s : least_s;
		assert_true(mean_s >= least_s - 1e-12);
		json_decref(answer);
	}
}

static void an_answer_has_the_keys_of_its_form(void **state)
{
	(void)state;
	json_t *answer = answer_of(good, NULL);
	const json_t *near = json_array_get(json_object_get(answer, "users"), 0),
		     *far = json_array_get(json_object_get(answer, "users"), 1);
	assert_int_equal(number_of(near, "action"), 8);
	assert_string_equal(json_string_value(json_object_get(near, "node")), "edge");
	assert_string_equal(json_string_value(json_object_get(near, "model")), "d0");
	assert_int_equal(number_of(far, "action"), 1);
	assert_string_equal(json_string_value(json_object_get(far, "node")), "device");
	assert_string_equal(json_string_value(json_object_get(far, "model")), "d4");
	assert_near(number_of(answer, "accuracy"), .894, 1e-12);
	assert_near(number_of(far, "response_s"), .0568, 1e-12);
	assert_near(number_of(near, "response_s"), .001 + .0095 + .0164 + .0024, 1e-12);
	json_decref(answer);
	answer = answer_of(with("0.89,", "0.899,"), "device-only");
	assert_true(json_is_true(json_object_get(answer, "feasible")));
	json_decref(answer);
}

static void an_unknown_policy_is_refused_with_the_list(void **state)
{
	(void)state;
	struct written_problem problem;
	struct err err = {""};
	assert_int_equal(read_text(good, &problem, &err), 0);
	struct plan_question question = {.policy = "oracel", .out = stdout};
	assert_int_equal(written_problem_answer(&problem, &question, &err), PLAN_WRONG_INPUT);
	assert_non_null(strstr(err.text, "there is no policy 'oracel' for orchestration; there are oracle,"));
	written_problem_free(&problem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(bad_fields_are_refused_with_their_path),
	    cmocka_unit_test(tables_of_the_wrong_size_are_refused),
	    cmocka_unit_test(a_file_is_what_it_says),
	    cmocka_unit_test(the_standard_file_is_the_standard_problem),
	    cmocka_unit_test(answers_add_up),
	    cmocka_unit_test(an_answer_has_the_keys_of_its_form),
	    cmocka_unit_test(an_unknown_policy_is_refused_with_the_list),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
