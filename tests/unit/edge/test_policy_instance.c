// SPDX-License-Identifier: BSD-3-Clause
// Instance files: what is written is read back, and every kind of bad file is refused with the field's path
// or its line.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "tests/unit/edge/policy_random.h"
#include "tools/plan/instance.h"

static const char good[] =
    "{\"network\": {\"input_bits\": 1e6, \"subtasks\": [{\"flop\": 1e8, \"output_bits\": 1e5},"
    " {\"flop\": 2e8, \"output_bits\": 0}]}, \"profile_s\": [[0.001, 0.002], [0.003, 0.004]],"
    " \"users\": [{\"rate_bps\": 2e7, \"tx_power_w\": 0.2, \"kappa\": 5e-31, \"f_min\": 1e9,"
    " \"f_max\": 2e10, \"deadline_s\": 0.1}], \"gpu_free_s\": 0,"
    " \"edge\": {\"freq_grid\": [0.5, 1], \"static_w\": 10, \"dynamic_w\": 20}}";

static void write_temporary(char path[], const char *text, size_t length)
{
	strcpy(path, "/tmp/airbatch-instance-XXXXXX");
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, length), (ssize_t)length);
	close(fd);
}

static int read_text(const char *text, size_t length, struct err *err)
{
	char path[64];
	struct plan_instance *instance;
	write_temporary(path, text, length);
	int rc = plan_instance_read(&instance, path, err);
	if (rc == 0)
		plan_instance_free(instance);
	unlink(path);
	return rc;
}

// The good file with one piece replaced is refused with this text.
static void refuse(const char *piece, const char *by, const char *expected)
{
	char text[2000];
	const char *at = strstr(good, piece);
	assert_non_null(at);
	int n = snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - good), good, by, at + strlen(piece));
	struct err err = {""};
	if (read_text(text, (size_t)n, &err) != -EINVAL || !strstr(err.text, expected))
		fail_msg("%s -> %s: expected '%s', got '%s'", piece, by, expected, err.text);
}

static void bad_fields_are_refused_with_their_path(void **state)
{
	(void)state;
	struct err err = {""};
	if (read_text(good, strlen(good), &err) != 0)
		fail_msg("%s", err.text);
	refuse("\"deadline_s\": 0.1", "\"deadline_s\": 0", "users[0].deadline_s is 0: must be above 0");
	refuse("\"deadline_s\": 0.1", "\"deadline_s\": 0.1, \"upload_bits\": [1, 2]",
	       "users[0].upload_bits has 2 entries: one for each cut, 3");
	refuse("\"deadline_s\": 0.1", "\"deadline_s\": 0.1, \"upload_bits\": [1, -2, 3]",
	       "users[0].upload_bits[1] is -2");
	refuse("\"deadline_s\": 0.1", "\"deadline_s\": -0.1", "users[0].deadline_s is -0.1");
	refuse("\"deadline_s\": 0.1", "\"deadline_s\": \"0.1\"",
	       "users[0].deadline_s is a string: must be a number");
	refuse("\"deadline_s\": 0.1", "\"deadline_s\": null", "users[0].deadline_s is null");
	refuse("\"deadline_s\": 0.1", "\"deadline_s\": 1e999", ":1:");
	refuse("\"deadline_s\": 0.1", "\"deadline_s\": 1e300", "users[0].deadline_s is 1e+300");
	refuse("\"deadline_s\": 0.1", "\"deadline\": 0.1", "users[0] has an unknown key 'deadline'");
	refuse(", \"deadline_s\": 0.1", "", "users[0].deadline_s is missing");
	refuse("\"deadline_s\": 0.1", "\"deadline_s\": 0.1, \"deadline_s\": 0.2", "duplicate");
	refuse("\"rate_bps\": 2e7", "\"rate_bps\": -1", "users[0].rate_bps is -1");
	refuse("\"tx_power_w\": 0.2", "\"tx_power_w\": -1", "users[0].tx_power_w");
	refuse("\"kappa\": 5e-31", "\"kappa\": -5e-31", "users[0].kappa");
	refuse("\"f_min\": 1e9", "\"f_min\": 0", "users[0].f_min is 0: must be above 0");
	refuse("\"f_max\": 2e10", "\"f_max\": 1e8", "users[0].f_max is 1e+08: must be at least f_min");
	refuse("\"gpu_free_s\": 0", "\"gpu_free_s\": -1", "gpu_free_s is -1");
	refuse("\"gpu_free_s\": 0", "\"guard_s\": 0", "gpu_free_s is missing");
	refuse("\"gpu_free_s\": 0", "\"gpu_free_s\": 0, \"gpu\": 1", "the document has an unknown key 'gpu'");
	refuse("\"gpu_free_s\": 0", "\"gpu_free_s\": 0, \"busy_s\": [[1, 2], [1.5, 3]]",
	       "busy[1] is 1.5 to 3: must be finite, end after it starts, and start at 2 or later");
	refuse("\"gpu_free_s\": 0", "\"gpu_free_s\": 0, \"busy_s\": [[1]]", "busy_s[0] has 1 elements");
	refuse("\"flop\": 2e8", "\"flop\": -2e8", "network.subtasks[1].flop is -2e+08");
	refuse("\"output_bits\": 1e5", "\"output_bits\": true", "network.subtasks[0].output_bits is true");
	refuse("\"input_bits\": 1e6, ", "", "network.input_bits is missing");
	refuse("{\"flop\": 1e8, \"output_bits\": 1e5}", "7",
	       "network.subtasks[0] is a number: must be an object");
	refuse("[[0.001, 0.002], [0.003, 0.004]]", "[[0.001, 0.002]]",
	       "profile_s has 1 rows, network.subtasks has 2");
	refuse("[0.003, 0.004]", "[0.003]", "profile_s[1] has 1 columns, profile_s[0] has 2");
	refuse("[0.003, 0.004]", "[0.003, 0.002]", "profile_s[1][1] is 0.002, less than the 0.003 before");
	refuse("[0.003, 0.004]", "[0, 0.002]", "profile_s[1][0] is 0");
	refuse("[0.003, 0.004]", "[0.003, []]", "profile_s[1][1] is an array");
	refuse("[0.003, 0.004]", "[]", "profile_s[1] has 0 elements");
	refuse("[[0.001, 0.002], [0.003, 0.004]]", "{}", "profile_s is an object: must be an array");
	refuse("[0.5, 1]", "[0.5, 1.5]", "edge.freq_grid[1] is 1.5");
	refuse("[0.5, 1]", "[]", "edge.freq_grid has 0 elements");
	refuse("\"static_w\": 10, ", "", "edge.static_w is missing");
	refuse("\"users\": [{", "\"users\": [[{", ":1:");
	refuse("{\"network\"", "[{\"network\"", ":1:");
}

static void documents_that_are_no_objects_are_refused(void **state)
{
	(void)state;
	static const char *const texts[] = {
	    "", "[]", "7", "{", "null", "{}", "\"\\ud800\"", "{\"network\":{}}", "[[[[[["};
	struct err err;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(read_text(texts[i], strlen(texts[i]), &err), -EINVAL);
	assert_int_equal(read_text("{\"network\":\0}", 12, &err), -EINVAL);
	struct plan_instance *instance;
	assert_int_equal(plan_instance_read(&instance, "/nowhere/at/all.json", &err), -ENOENT);
	assert_non_null(strstr(err.text, "/nowhere/at/all.json"));
}

// Every single byte of a good file replaced or cut off: refused or read, never a crash.
static void damaged_files_never_crash_the_reader(void **state)
{
	(void)state;
	char text[sizeof(good)];
	struct err err;
	for (size_t i = 0; i < strlen(good); i++) {
		strcpy(text, good);
		text[i] = "-9\"]}x"[i % 6];
		read_text(text, strlen(text), &err);
		assert_int_equal(read_text(good, i, &err), -EINVAL);
	}
}

static void assert_same_doubles(const double *a, const double *b, int n)
{
	for (int i = 0; i < n; i++)
		assert_true(a[i] == b[i]);
}

static void assert_same_snapshots(const struct snapshot *a, const struct snapshot *b)
{
	const struct snapshot_network *x = a->networks, *y = b->networks;
	assert_int_equal(a->n_users, b->n_users);
	assert_true(a->servers[0].free_s == b->servers[0].free_s && a->guard_s == b->guard_s &&
		    a->servers[0].has_power == b->servers[0].has_power);
	assert_int_equal(a->servers[0].n_busy, b->servers[0].n_busy);
	for (int i = 0; i < a->servers[0].n_busy; i++)
		assert_true(a->servers[0].busy[i].start_s == b->servers[0].busy[i].start_s &&
			    a->servers[0].busy[i].end_s == b->servers[0].busy[i].end_s);
	assert_int_equal(x->n_subtasks, y->n_subtasks);
	assert_int_equal(x->max_batch, y->max_batch);
	assert_same_doubles(x->work_flop, y->work_flop, x->n_subtasks);
	assert_same_doubles(x->cut_bits, y->cut_bits, x->n_subtasks + 1);
	assert_same_doubles(x->batch_s, y->batch_s, x->n_subtasks * x->max_batch);
	for (int m = 0; m < a->n_users; m++) {
		const struct snapshot_user *u = &a->users[m], *v = &b->users[m];
		assert_true(u->rate_bps == v->rate_bps && u->tx_power_w == v->tx_power_w &&
			    u->uplink_delay_s == v->uplink_delay_s && u->downlink_s == v->downlink_s &&
			    u->release_s == v->release_s && u->deadline_s == v->deadline_s &&
			    u->device.f_min_flops == v->device.f_min_flops &&
			    u->device.f_max_flops == v->device.f_max_flops &&
			    u->device.kappa == v->device.kappa);
		assert_int_equal(u->upload_bits != NULL, v->upload_bits != NULL);
		assert_same_doubles(snapshot_upload_bits(a, m), snapshot_upload_bits(b, m),
				    x->n_subtasks + 1);
	}
}

static void what_is_written_is_read_back(void **state)
{
	(void)state;
	struct rng *rng = rng_new(test_seed(), 0, RNG_TEST, 3);
	for (int i = 0; i < 50; i++) {
		struct instance_shape shape = {.users = i == 49 ? 1000 : (int)rng_below(rng, 8),
					       .networks = 1,
					       .subtasks = 4,
					       .growth = GROWTH_JUMPS,
					       .edge_power = i % 2};
		struct instance *instance = instance_new(rng, &shape);
		char path[64];
		struct err err = {""};
		struct plan_instance *back;
		struct busy busy[4];
		instance_draw_busy(rng, instance, busy, 4);
		write_temporary(path, "", 0);
		if (plan_instance_write(&instance->snapshot, path, &err) < 0 ||
		    plan_instance_read(&back, path, &err) < 0)
			fail_msg("%s", err.text);
		assert_same_snapshots(&instance->snapshot, plan_instance_snapshot(back));
		unlink(path);
		plan_instance_free(back);
		instance_free(instance);
	}
	rng_free(rng);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(bad_fields_are_refused_with_their_path),
	    cmocka_unit_test(documents_that_are_no_objects_are_refused),
	    cmocka_unit_test(damaged_files_never_crash_the_reader),
	    cmocka_unit_test(what_is_written_is_read_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
