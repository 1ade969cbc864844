// SPDX-License-Identifier: BSD-3-Clause
// summary.json holds every figure of a run, also when some are no numbers; when it cannot, that is an error.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dnn/description.h"
#include "dnn/features.h"
#include "records/results/summary_file.h"
#include "tests/unit/sim/sim_star.h"

static const char yaml[] = "duration: 1s\nues: {count: 2, distance: 50m}\n"
			   "edge: {executor: replay, profile: mobilenet-v2-gpu-model}\n";
static const struct run_outcome done = {.status = "done", .simulated = true};

static void setup(struct star *s)
{
	struct err err;
	if (star_open(s, yaml, 1e7, &err) < 0)
		fail_msg("%s", err.text);
}

static json_t *written(const struct star *s)
{
	size_t size;
	char *text = star_read(s, "summary.json", &size);
	json_t *o = text ? json_loads(text, 0, NULL) : NULL;
	free(text);
	return o;
}

static struct task_record task(uint32_t number, uint32_t cut)
{
	return (struct task_record){.ue = 1,
				    .task = number,
				    .outcome = TASK_DONE,
				    .n_subtasks = DESCRIPTION_MAX_SUBTASKS,
				    .cut = cut,
				    .features = FEATURES_FP16,
				    .checked = CHECK_EQUAL,
				    .check_error = 1e-7,
				    .features_error = 1e-3};
}

static void test_an_infinite_error_is_null(void **state)
{
	(void)state;
	struct star s;
	struct err err = {0};
	setup(&s);
	struct task_record right = task(1, 3), wrong = task(2, 3);
	wrong.checked = CHECK_DIFFERS;
	wrong.check_error = wrong.features_error = INFINITY; // what relative_error says of a NaN
	results_task(s.results, &right);
	results_task(s.results, &wrong);
	if (summary_write(&s.run, s.results, &done, &err) < 0)
		fail_msg("%s", err.text);
	json_t *o = written(&s), *tasks = json_object_get(o, "tasks");
	json_t *fp16 = json_object_get(json_object_get(o, "features"), "fp16");
	assert_int_equal(json_integer_value(json_object_get(tasks, "done")), 2);
	assert_int_equal(json_integer_value(json_object_get(tasks, "differing_results")), 1);
	assert_true(json_is_null(json_object_get(tasks, "largest_check_error")));
	assert_int_equal(json_integer_value(json_object_get(fp16, "results")), 2);
	assert_true(json_is_null(json_object_get(fp16, "largest_error")));
	assert_true(json_is_null(json_object_get(fp16, "mean_error")));
	json_decref(o);
	star_close(&s);
}

// A network of as many sub-tasks as there may be has one cut more.
static void test_every_cut_is_counted(void **state)
{
	(void)state;
	struct star s;
	setup(&s);
	for (uint32_t cut = 0; cut <= DESCRIPTION_MAX_SUBTASKS; cut++) {
		struct task_record t = task(cut + 1, cut);
		results_task(s.results, &t);
	}
	json_t *o = star_results(&s), *cuts = json_object_get(json_object_get(o, "tasks"), "cuts"), *n;
	const char *cut;
	assert_int_equal(json_object_size(cuts), DESCRIPTION_MAX_SUBTASKS + 1);
	json_object_foreach(cuts, cut, n) assert_int_equal(json_integer_value(n), 1);
	json_decref(o);
	star_close(&s);
}

// A note is for the reader; one that the topology asked against is the end of trust as well.
static void test_what_the_topology_asked_for_and_did_not_get_is_not_valid(void **state)
{
	(void)state;
	struct star s;
	setup(&s);
	results_note(s.results, "a warning");
	json_t *before = star_results(&s);
	assert_true(json_is_true(json_object_get(before, "valid")));
	results_refused(s.results, "asked for cubic, the kernel gave reno");
	json_t *after = star_results(&s), *why = json_object_get(after, "not_valid_because");
	assert_true(json_is_false(json_object_get(after, "valid")));
	assert_string_equal(json_string_value(json_array_get(why, 0)),
			    "asked for cubic, the kernel gave reno");
	assert_int_equal(json_array_size(json_object_get(after, "notes")), 2);
	json_decref(before);
	json_decref(after);
	star_close(&s);
}

static void test_lost_figures_are_an_error(void **state)
{
	(void)state;
	struct star s;
	struct err err = {0};
	setup(&s);
	results_edge(s.results, &(struct edge_record){.energy_j = NAN});
	assert_true(summary_write(&s.run, s.results, &done, &err) < 0);
	assert_non_null(strstr(err.text, "summary.json"));
	assert_null(written(&s)); // none is better than one without results
	star_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_an_infinite_error_is_null),
	    cmocka_unit_test(test_every_cut_is_counted),
	    cmocka_unit_test(test_what_the_topology_asked_for_and_did_not_get_is_not_valid),
	    cmocka_unit_test(test_lost_figures_are_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
