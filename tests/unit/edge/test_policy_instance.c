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

static const char full[] =
    "{\"network\": {\"input_bits\": 1e6, \"subtasks\": [{\"flop\": 1e8, \"output_bits\": 1e5},"
    " {\"flop\": 2e8, \"output_bits\": 0}], \"accuracy\": 0.9, \"exits\": [{\"subtasks\": 1,"
    " \"accuracy\": 0.7}]}, \"profile_s\": [[0.001, 0.002], [0.003, 0.004]],"
    " \"users\": [{\"rate_bps\": 2e7, \"tx_power_w\": 0.2, \"kappa\": 5e-31, \"f_min\": 1e9,"
    " \"f_max\": 2e10, \"deadline_s\": 0.1, \"device_s\": [0, 1, 2], \"device_w\": 3, \"device_id\": 1,"
    " \"least_accuracy\": 0.5, \"snr\": 10, \"power_to_noise_hz\": 1e7, \"reply_bits\": 8}],"
    " \"band_hertz\": 1e6, \"servers\": [{\"name\": \"edge\", \"cores\": 2, \"free_s\": 0.1,"
    " \"busy_s\": [[1, 2], [2, 3]]}, {\"profile_s\": [[0.001, 0.002], [0.003, 0.004]],"
    " \"wan_delay_s\": 0.1, \"wan_bps\": 1e7, \"power\": {\"freq_grid\": [0.5, 1], \"static_w\": 1,"
    " \"dynamic_w\": 2}}]}";

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
	       "busy_s[1] is 1.5 to 3: must end after it starts, and start at 2 or later");
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

// A user's, the network's and the root's fields beyond the model of one edge.
static void fields_beyond_one_edge_are_refused_with_their_path(void **state)
{
	(void)state;
	const char *deadline = "\"deadline_s\": 0.1", *free_s = "\"gpu_free_s\": 0,",
		   *bits = "\"input_bits\": 1e6,";
	refuse(deadline, "\"deadline_s\": 0.1, \"device_s\": [0, 1]", "users[0].device_s has 2 entries");
	refuse(deadline, "\"deadline_s\": 0.1, \"device_s\": [0, -1, 2]", "users[0].device_s[1] is -1");
	refuse(deadline, "\"deadline_s\": 0.1, \"device_w\": -1", "users[0].device_w is -1");
	refuse(deadline, "\"deadline_s\": 0.1, \"device_id\": 1.5",
	       "users[0].device_id is 1.5: must be a whole number");
	refuse(deadline, "\"deadline_s\": 0.1, \"least_accuracy\": 2", "users[0].least_accuracy is 2");
	refuse(deadline, "\"deadline_s\": 0.1, \"snr\": -1", "users[0].snr is -1");
	refuse(deadline, "\"deadline_s\": 0.1, \"power_to_noise_hz\": []",
	       "users[0].power_to_noise_hz is an array");
	refuse(deadline, "\"deadline_s\": 0.1, \"reply_bits\": -1", "users[0].reply_bits is -1");
	refuse(free_s, "\"gpu_free_s\": 0, \"band_hertz\": -1,", "band_hertz is -1");
	refuse(bits, "\"input_bits\": 1e6, \"accuracy\": 80,", "network.accuracy is 80");
	refuse(bits, "\"input_bits\": 1e6, \"exits\": [{\"subtasks\": 2}],",
	       "network.exits[0].subtasks is 2: must be 1 to 1");
	refuse(bits, "\"input_bits\": 1e6, \"exits\": [{\"subtasks\": 1, \"accuracy\": -1}],",
	       "network.exits[0].accuracy is -1");
	refuse(bits, "\"input_bits\": 1e6, \"exits\": [{\"at\": 1}],",
	       "network.exits[0] has an unknown key 'at'");
}

static void bad_servers_are_refused_with_their_path(void **state)
{
	(void)state;
	static const struct {
		const char *servers, *expected;
	} cases[] = {
	    {"[]", "servers has 0 elements: must have 1 to 8"},
	    {"[{}, 7]", "servers[1] is a number: must be an object"},
	    {"[{}, {\"cores\": -1}]", "servers[1].cores is -1"},
	    {"[{}, {\"cores\": 1.5}]", "servers[1].cores is 1.5: must be a whole number"},
	    {"[{}, {\"name\": 7}]", "servers[1].name is no text of at most 31 letters"},
	    {"[{}, {\"free_s\": -1}]", "servers[1].free_s is -1"},
	    {"[{}, {\"busy_s\": [[1, 2], [1, 3]]}]", "servers[1].busy_s[1] is 1 to 3: must end after"},
	    {"[{}, {\"wan_bps\": -1}]", "servers[1].wan_bps is -1"},
	    {"[{}, {\"wan_delay_s\": \"1\"}]", "servers[1].wan_delay_s is a string"},
	    {"[{\"wan_delay_s\": 1}]", "servers[0].wan_delay_s is 1 and wan_bps 0: must be 0"},
	    {"[{\"profile_s\": [[1, 2], [1, 2]]}]", "servers[0].profile_s is one too many"},
	    {"[{}, {\"profile_s\": [[1, 2]]}]", "servers[1].profile_s has 1 rows, network.subtasks has 2"},
	    {"[{}, {\"profile_s\": [[1], [1]]}]", "servers[1].profile_s[0] has 1 columns"},
	    {"[{}, {\"power\": {\"static_w\": 1}}]", "servers[1].power.dynamic_w is missing"},
	    {"[{}, {\"gpu\": 1}]", "servers[1] has an unknown key 'gpu'"},
	};
	static const char *const alone =
	    "\"gpu_free_s\": 0,"
	    " \"edge\": {\"freq_grid\": [0.5, 1], \"static_w\": 10, \"dynamic_w\": 20}";
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char by[200];
		snprintf(by, sizeof(by), "\"servers\": %s", cases[i].servers);
		refuse(alone, by, cases[i].expected);
	}
	refuse("\"gpu_free_s\": 0", "\"servers\": [{}]",
	       "edge is one too many: with a list of servers the edge");
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

// Every single byte of a file replaced or cut off: refused or read, never a crash.
static void damage(const char *whole)
{
	char text[sizeof(full)];
	struct err err = {""};
	if (read_text(whole, strlen(whole), &err) != 0)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < strlen(whole); i++) {
		strcpy(text, whole);
		text[i] = "-9\"]}x"[i % 6];
		read_text(text, strlen(text), &err);
		assert_int_equal(read_text(whole, i, &err), -EINVAL);
	}
}

static void damaged_files_never_crash_the_reader(void **state)
{
	(void)state;
	damage(good);
	damage(full);
}

static void assert_same_doubles(const double *a, const double *b, int n)
{
	for (int i = 0; i < n; i++)
		assert_true(a[i] == b[i]);
}

static void assert_same_servers(const struct snapshot *a, const struct snapshot *b)
{
	const struct snapshot_network *net = a->networks;
	assert_int_equal(a->n_servers, b->n_servers);
	for (int i = 0; i < a->n_servers; i++) {
		const struct snapshot_server *x = &a->servers[i], *y = &b->servers[i];
		assert_string_equal(x->name, y->name);
		assert_int_equal(x->cores, y->cores);
		assert_int_equal(x->n_busy, y->n_busy);
		for (int k = 0; k < x->n_busy; k++)
			assert_true(x->busy[k].start_s == y->busy[k].start_s &&
				    x->busy[k].end_s == y->busy[k].end_s);
		assert_true(x->free_s == y->free_s && x->wan_delay_s == y->wan_delay_s &&
			    x->wan_bps == y->wan_bps && x->has_power == y->has_power);
		assert_same_doubles(snapshot_server_table(a, i, 0), snapshot_server_table(b, i, 0),
				    net->n_subtasks * net->max_batch);
		if (!x->has_power)
			continue;
		assert_int_equal(x->n_freq, y->n_freq);
		assert_same_doubles(x->freq, y->freq, x->n_freq);
		assert_true(x->static_w == y->static_w && x->dynamic_w == y->dynamic_w);
	}
}

static void assert_same_exits(const struct snapshot_network *a, const struct snapshot_network *b)
{
	assert_int_equal(a->n_exits, b->n_exits);
	assert_true(a->accuracy == b->accuracy);
	for (int e = 0; e < a->n_exits; e++) {
		assert_int_equal(a->exit_subtasks[e], b->exit_subtasks[e]);
		assert_true(a->exit_accuracy[e] == b->exit_accuracy[e]);
	}
}

static void assert_same_jobs(const struct snapshot_job *a, const struct snapshot_job *b, int n_cuts)
{
	assert_int_equal(a->device_id, b->device_id);
	assert_int_equal(a->device_s != NULL, b->device_s != NULL);
	if (a->device_s)
		assert_same_doubles(a->device_s[0], b->device_s[0], n_cuts);
	assert_true(a->device_w == b->device_w && a->least_accuracy == b->least_accuracy &&
		    a->snr == b->snr && a->power_to_noise_hz == b->power_to_noise_hz &&
		    a->reply_bits == b->reply_bits);
}

static void assert_same_snapshots(const struct snapshot *a, const struct snapshot *b)
{
	const struct snapshot_network *x = a->networks, *y = b->networks;
	assert_int_equal(a->n_jobs, b->n_jobs);
	assert_true(a->guard_s == b->guard_s && a->band_hertz == b->band_hertz);
	assert_int_equal(x->n_subtasks, y->n_subtasks);
	assert_int_equal(x->max_batch, y->max_batch);
	assert_same_doubles(x->work_flop, y->work_flop, x->n_subtasks);
	assert_same_doubles(x->cut_bits, y->cut_bits, x->n_subtasks + 1);
	assert_same_doubles(x->batch_s, y->batch_s, x->n_subtasks * x->max_batch);
	assert_same_servers(a, b);
	assert_same_exits(x, y);
	for (int m = 0; m < a->n_jobs; m++) {
		const struct snapshot_job *u = &a->jobs[m], *v = &b->jobs[m];
		assert_same_jobs(u, v, x->n_subtasks + 1);
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
		struct instance_shape shape = {.jobs = i == 49 ? 1000 : (int)rng_below(rng, 8),
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

// A problem with all that goes beyond one edge, written and read back.
static void every_field_is_read_back(void **state)
{
	(void)state;
	char path[64];
	struct err err = {""};
	double work[2] = {1e8, 2e8}, bits[3] = {1e6, 1e5, 0}, edge_s[4] = {.001, .002, .003, .004};
	double cloud_s[4] = {.0005, .001, .001, .001}, device_s[3] = {0, .01, .02}, accuracy[1] = {.7};
	const double *const cloud_table = cloud_s, *const device_table = device_s;
	const int exits[1] = {1};
	const double freq[2] = {.5, 1};
	const struct busy busy[2] = {{.1, .2}, {.2, .3}};
	const struct snapshot_network net = {.n_subtasks = 2,
					     .work_flop = work,
					     .cut_bits = bits,
					     .max_batch = 2,
					     .batch_s = edge_s,
					     .n_exits = 1,
					     .exit_subtasks = exits,
					     .exit_accuracy = accuracy,
					     .accuracy = .9};
	const struct snapshot_job users[2] = {
	    {.rate_bps = 1e6,
	     .device = {1e8, 1e9, 1e-28},
	     .deadline_s = 1,
	     .device_id = 3,
	     .least_accuracy = .6,
	     .device_s = &device_table,
	     .device_w = 2,
	     .snr = 100,
	     .reply_bits = 800},
	    {.rate_bps = 1e6, .device = {1e8, 1e9, 1e-28}, .deadline_s = 1, .power_to_noise_hz = 1e8}};
	const struct snapshot all = {
	    .n_jobs = 2,
	    .n_networks = 1,
	    .jobs = users,
	    .networks = &net,
	    .guard_s = .001,
	    .band_hertz = 1e6,
	    .n_servers = 3,
	    .servers = {{.name = "edge", .cores = 2, .free_s = .05, .n_busy = 2, .busy = busy},
			{.name = "cloud",
			 .batch_s = &cloud_table,
			 .wan_delay_s = .02,
			 .wan_bps = 1e7,
			 .has_power = true,
			 .static_w = 1,
			 .dynamic_w = 2},
			{.has_power = true, .n_freq = 2, .freq = freq}}};
	struct plan_instance *back;
	write_temporary(path, "", 0);
	if (plan_instance_write(&all, path, &err) < 0 || plan_instance_read(&back, path, &err) < 0)
		fail_msg("%s", err.text);
	assert_same_snapshots(&all, plan_instance_snapshot(back));
	unlink(path);
	plan_instance_free(back);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(bad_fields_are_refused_with_their_path),
	    cmocka_unit_test(fields_beyond_one_edge_are_refused_with_their_path),
	    cmocka_unit_test(bad_servers_are_refused_with_their_path),
	    cmocka_unit_test(documents_that_are_no_objects_are_refused),
	    cmocka_unit_test(damaged_files_never_crash_the_reader),
	    cmocka_unit_test(what_is_written_is_read_back),
	    cmocka_unit_test(every_field_is_read_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
