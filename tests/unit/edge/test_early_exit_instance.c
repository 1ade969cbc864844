// SPDX-License-Identifier: BSD-3-Clause
// Written problems of batching with early exits: the stated answer, the reasons of those who are not served,
// and bad files, which are refused with the field's path.
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

// The same as tests/data/instances/early-exit-two-users.json.
static const char good[] =
    "{\"problem\":\"early-exit\",\"bandwidth_hz\":2e6,\"upload_s\":0.01,\"noise_w_per_hz\":4e-21,"
    "\"exits\":[0.7,0.9],\"profile_s\":[[0.001,0.0012],[0.002,0.0023]],\"users\":["
    "{\"upload_bits\":24000,\"deadline_s\":0.02,\"accuracy\":0.7,\"snr_db\":10},"
    "{\"upload_bits\":24000,\"deadline_s\":0.03,\"accuracy\":0.9,\"tx_power_w\":0.01,\"gain_db\":-100}]}";

// Exit status of asking for a plan of the text; out (NULL = not kept) is the answer, which the caller frees.
static int ask(const char *text, const char *policy, bool json, char **out, struct err *err)
{
	char path[] = "/tmp/airbatch-early-exit-XXXXXX", *answer = NULL;
	size_t size;
	int fd = mkstemp(path);
	assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
	struct written_problem problem;
	FILE *stream = open_memstream(&answer, &size);
	const struct plan_question question = {.policy = policy, .json = json, .out = stream};
	int status = written_problem_read(&problem, path, err) < 0
			 ? PLAN_WRONG_INPUT
			 : written_problem_answer(&problem, &question, err);
	written_problem_free(&problem);
	fclose(stream);
	unlink(path);
	if (out)
		*out = answer;
	else
		free(answer);
	return status;
}

// The good text with one piece replaced.
static void replace(char *text, size_t size, const char *piece, const char *by)
{
	const char *at = strstr(good, piece);
	if (!at)
		fail_msg("no '%s'", piece);
	snprintf(text, size, "%.*s%s%s", (int)(at - good), good, by, at + strlen(piece));
}

static json_t *answer_to(const char *text, const char *policy)
{
	struct err err = {""};
	char *out;
	if (ask(text, policy, true, &out, &err) != PLAN_DONE)
		fail_msg("%s: %s", policy ? policy : "the usual policy", err.text);
	json_t *answer = json_loads(out, 0, NULL);
	assert_non_null(answer);
	free(out);
	return answer;
}

// Equal but for roundings in the last digits of numbers.
static bool alike(json_t *a, json_t *b)
{
	const char *key;
	json_t *value;
	size_t i;
	if (json_is_number(a) && json_is_number(b))
		return fabs(json_number_value(a) - json_number_value(b)) <= 1e-7 * fabs(json_number_value(b));
	if (json_typeof(a) != json_typeof(b) || json_object_size(a) != json_object_size(b) ||
	    json_array_size(a) != json_array_size(b))
		return false;
	json_object_foreach(a, key, value) if (!json_object_get(b, key) ||
					       !alike(value, json_object_get(b, key))) return false;
	json_array_foreach(a, i, value) if (!alike(value, json_array_get(b, i))) return false;
	return json_is_object(a) || json_is_array(a) || json_equal(a, b);
}

static void the_stated_answer_is_given(void **state)
{
	(void)state;
	static const char *const policies_[] = {"bsp-exit-classes", "bsp-exit-optimal", "bsp-exit",
						"bsp-exit:refine", NULL};
	for (int i = 0; i < 5; i++) {
		const char *name = policies_[i];
		json_t *right = json_pack(
		    "{s:s, s:i, s:[{s:b, s:i, s:f, s:f}, {s:b, s:i, s:f, s:f}],"
		    " s:[{s:i, s:[i, i], s:f, s:f}, {s:i, s:[i], s:f, s:f}]}",
		    "policy", name ? name : "bsp-exit-classes", "served", 2, "users", "served", 1, "exit", 1,
		    "bandwidth_hz", 693755.58, "finish_s", 0.0112, "served", 1, "exit", 2, "bandwidth_hz",
		    239271.57, "finish_s", 0.0132, "batches", "block", 0, "users", 0, 1, "start_s", 0.01,
		    "duration_s", 0.0012, "block", 1, "users", 1, "start_s", 0.0112, "duration_s", 0.002);
		json_t *answer = answer_to(good, name);
		assert_non_null(right);
		assert_true(alike(answer, right));
		json_decref(right);
		json_decref(answer);
	}
}

// With more users than the band bears every scheme says which are left, and why.
static void who_is_not_served_is_told_why(void **state)
{
	(void)state;
	static const char *const reasons[][3] = {
	    {"2e6", "3e5", "not even the whole band uploads its input within 10 ms"},
	    {"0.02,", "0.0105,", "alone it would be done at 11 ms, and had to be at 10.5 ms"},
	    {"0.02,", "0.005,", "alone it would be done at 11 ms, and had to be at 5 ms"},
	    {"2e6", "8e5", "band or time do not bear it beside the 1 who are served"},
	    {"[[0.001,0.0012],[0.002,0.0023]]", "[[0.001],[0.002]]", "beside the 1 who are served"},
	};
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		char text[1000], *table;
		struct err err = {""};
		replace(text, sizeof(text), reasons[i][0], reasons[i][1]);
		json_t *answer = answer_to(text, NULL), *user = NULL, *each;
		size_t m;
		json_array_foreach(json_object_get(answer, "users"), m,
				   each) if (!json_is_true(json_object_get(each, "served"))) user = each;
		assert_int_equal(json_integer_value(json_object_get(answer, "served")), 1);
		if (!strstr(json_string_value(json_object_get(user, "why")), reasons[i][2]))
			fail_msg("'%s' is not '%s'", json_string_value(json_object_get(user, "why")),
				 reasons[i][2]);
		json_decref(answer);
		assert_int_equal(ask(text, "bsp-exit", false, &table, &err), PLAN_DONE);
		assert_non_null(strstr(table, "bsp-exit: 1 of 2 served"));
		assert_non_null(strstr(table, reasons[i][2]));
		free(table);
	}
}

static void bad_files_are_refused_with_their_path(void **state)
{
	(void)state;
	static const char *const bad[][3] = {
	    {"2e6", "0", "bandwidth_hz is 0: must be above 0"},
	    {"2e6", "-1", "bandwidth_hz is -1"},
	    {"2e6", "\"wide\"", "bandwidth_hz is a string: must be a number"},
	    {"2e6", "1e400", "real number overflow"},
	    {"\"upload_s\":0.01,", "", "upload_s is missing"},
	    {"0.01,\"noise", "0,\"noise", "upload_s is 0: must be at least 1e-06"},
	    {"[0.7,0.9]", "[]", "exits has 0 elements"},
	    {"[0.7,0.9]", "[0.7,1.9]", "exits[1] is 1.9: must be at least 0 and at most 1"},
	    {"[0.7,0.9]", "[0.7,0.8]", "users[1].accuracy is 0.9: no exit reaches it, the best has 0.8"},
	    {"[0.7,0.9]", "[0.7,0.8,0.9]", "profile_s has 2 rows: one for each exit, 3, is right"},
	    {"[0.002,0.0023]", "[0.002]", "profile_s[1] has 1 columns, profile_s[0] has 2"},
	    {"[0.001,0.0012]", "[]", "profile_s[0] has 0 elements"},
	    {"[0.002,0.0023]", "[0.002,0.001]", "profile_s[1][1] is 0.001, less than the 0.002 before"},
	    {"[0.002,0.0023]", "[0.002,NaN]", "invalid token"},
	    {"[0.002,0.0023]", "[-0.002,0.001]", "profile_s[1][0] is -0.002: must be above 0"},
	    {"24000,\"deadline_s\":0.02", "0,\"deadline_s\":0.02", "users[0].upload_bits is 0"},
	    {"0.02,", "0,", "users[0].deadline_s is 0: must be above 0"},
	    {"0.02,", "null,", "users[0].deadline_s is null: must be a number"},
	    {"\"accuracy\":0.7", "\"accuracy\":-0.7", "users[0].accuracy is -0.7"},
	    {"\"accuracy\":0.7", "\"acuracy\":0.7", "users[0] has an unknown key 'acuracy'"},
	    {"\"snr_db\":10", "\"snr_db\":-1e9", "users[0].snr_db is -1e+09: must be at least -300"},
	    {",\"snr_db\":10", "", "users[0] needs snr_db, or tx_power_w and gain_db, and not both"},
	    {"\"snr_db\":10", "\"snr_db\":10,\"gain_db\":-90", "users[0] needs snr_db, or tx_power_w"},
	    {"\"tx_power_w\":0.01", "\"tx_power_w\":0", "users[1].tx_power_w is 0: must be above 0"},
	    {"\"tx_power_w\":0.01,", "", "users[1].tx_power_w is missing"},
	    {"\"noise_w_per_hz\":4e-21,", "", "noise_w_per_hz is missing: users[1] has a power and a gain"},
	    {"4e-21", "0", "noise_w_per_hz is 0: must be above 0"},
	    {"\"early-exit\"", "\"early-exist\"", "did you mean early-exit?"},
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char text[1000];
		struct err err = {""};
		replace(text, sizeof(text), bad[i][0], bad[i][1]);
		if (ask(text, NULL, true, NULL, &err) != PLAN_WRONG_INPUT || !strstr(err.text, bad[i][2]))
			fail_msg("%s -> %s: expected '%s', got '%s'", bad[i][0], bad[i][1], bad[i][2],
				 err.text);
	}
}

static void the_file_says_how_long_uploads_take(void **state)
{
	(void)state;
	static const struct {
		const char *policy;
		double start_s;
	} asked[] = {{"bsp", 0.005}, {"random", 0.005}, {"bsp:upload=0.012", 0.012}, {NULL, 0.005}};
	char text[1000];
	replace(text, sizeof(text), "\"upload_s\":0.01", "\"upload_s\":0.005");
	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
		json_t *answer = answer_to(text, asked[i].policy);
		json_t *batch = json_array_get(json_object_get(answer, "batches"), 0);
		assert_true(json_number_value(json_object_get(batch, "start_s")) == asked[i].start_s);
		json_decref(answer);
	}
}

static void other_policies_and_saving_are_refused(void **state)
{
	(void)state;
	struct err err = {""};
	assert_int_equal(ask(good, "og", true, NULL, &err), PLAN_WRONG_INPUT);
	assert_non_null(strstr(err.text, "og plans no batches with early exits; there are bsp, bsp-exit,"));
	assert_int_equal(ask(good, "bsp:uplod=1", true, NULL, &err), PLAN_WRONG_INPUT);
	assert_non_null(strstr(err.text, "did you mean upload?"));
	assert_int_equal(ask(good, "bsp-exit:upload=-1", true, NULL, &err), PLAN_WRONG_INPUT);
	assert_non_null(strstr(err.text, "upload of the policy bsp-exit is '-1'"));
}

static void nobody_asks(void **state)
{
	(void)state;
	char text[1000];
	snprintf(text, sizeof(text), "%.*s\"users\":[]}", (int)(strstr(good, "\"users\"") - good), good);
	json_t *answer = answer_to(text, NULL);
	assert_int_equal(json_integer_value(json_object_get(answer, "served")), 0);
	assert_int_equal(json_array_size(json_object_get(answer, "batches")), 0);
	json_decref(answer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_stated_answer_is_given),
	    cmocka_unit_test(who_is_not_served_is_told_why),
	    cmocka_unit_test(bad_files_are_refused_with_their_path),
	    cmocka_unit_test(the_file_says_how_long_uploads_take),
	    cmocka_unit_test(other_policies_and_saving_are_refused),
	    cmocka_unit_test(nobody_asks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
