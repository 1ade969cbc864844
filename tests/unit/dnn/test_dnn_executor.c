// SPDX-License-Identifier: BSD-3-Clause
// The cpu executor beside the numerics of test_dnn_networks, on real activations of MobileNet-V2: where
// tensors lie in memory and how many threads there are must not matter.
#include <dirent.h>
#include <errno.h>
#include <omp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dnn/executor.h"
#include "dnn/reference.h"
#include "tests/unit/dnn/dnn_lab.h"

static struct lab lab;
static struct executor *cpu;

static int set_up(void **state)
{
	(void)state;
	struct network *net;
	struct err err;
	if (network_open(&net, "mobilenet-v2", 5, &err) < 0 ||
	    executor_open(&cpu, "cpu", net, &(struct executor_options){.threads = 1}, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		return -1;
	}
	lab_open(&lab, net, LAB_MAX_USERS);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	executor_close(cpu);
	lab_close(&lab);
	return 0;
}

// Untrained weights prove nothing if activations had faded, or saturated ReLU6, on the way.
static void test_activations_are_alive(void **state)
{
	(void)state;
	int64_t n = network_cut_values(lab.net, 1), zero = 0, six = 0;
	for (int64_t i = 0; i < n; i++) {
		zero += lab.truth[0][1][i] <= 0;
		six += lab.truth[0][1][i] >= 6;
	}
	assert_in_range(zero, n / 10, n * 9 / 10);
	assert_in_range(six, 0, n / 20);
	int last = lab.net->n_subtasks;
	double apart =
	    relative_error(lab.truth[0][last], lab.truth[1][last], network_cut_values(lab.net, last));
	assert_true(apart > 0.01); // 100 times the tolerance: results tell inputs apart
}

// A batch's results do not depend on whether its tensors lie in one piece, apart, or off any alignment.
static void test_place_in_memory(void **state)
{
	(void)state;
	enum { N = 4, BATCH = 3 };
	int64_t n_in = network_cut_values(lab.net, N), n_out = network_cut_values(lab.net, N + 1);
	float *in_block = lab_tensor(n_in * BATCH), *out_block = lab_tensor(n_out * BATCH + 1);
	const float *apart[BATCH], *together[BATCH];
	float *out_together[BATCH];
	for (int i = 0; i < BATCH; i++) {
		apart[i] = lab.truth[i][N];
		together[i] = in_block + i * n_in;
		memcpy(in_block + i * n_in, apart[i], sizeof(float) * (size_t)n_in);
		out_together[i] = out_block + 1 + i * n_out;
	}
	assert_int_equal(executor_run(cpu, N, BATCH, apart, lab.out, NULL, NULL), 0);
	assert_int_equal(executor_run(cpu, N, BATCH, together, out_together, NULL, NULL), 0);
	for (int i = 0; i < BATCH; i++) {
		assert_memory_equal(lab.out[i], out_together[i], sizeof(float) * (size_t)n_out);
		assert_memory_equal(together[i], apart[i],
				    sizeof(float) * (size_t)n_in); // inputs are left alone
	}
	free(in_block);
	free(out_block);
}

static int count_threads(void)
{
	DIR *d = opendir("/proc/self/task");
	int n = 0;
	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d));)
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

static void test_one_thread_makes_no_other(void **state)
{
	(void)state;
	const float *in = lab.truth[0][2];
	assert_int_equal(executor_run(cpu, 2, 1, &in, lab.out, NULL, NULL), 0);
	assert_int_equal(count_threads(), 1);
}

// Behind test_one_thread_makes_no_other: OpenMP keeps its workers.
static void test_two_threads(void **state)
{
	(void)state;
	enum { N = 3, BATCH = 2 };
	struct executor *two;
	assert_int_equal(executor_open(&two, "cpu", lab.net, &(struct executor_options){.threads = 2}, NULL),
			 0);
	assert_non_null(strstr(executor_describe(two), "2 threads"));
	omp_set_num_threads(7);
	const float *in[] = {lab.truth[0][N], lab.truth[1][N]};
	assert_int_equal(executor_run(two, N, BATCH, in, lab.out, NULL, NULL), 0);
	for (int i = 0; i < BATCH; i++)
		lab_assert_close(&lab, lab.out[i], lab.truth[i][N + 1], network_cut_values(lab.net, N + 1), N,
				 BATCH);
	assert_int_equal(omp_get_max_threads(), 7); // the caller's setting is as it was
	assert_int_equal(count_threads(), 2);
	executor_close(two);
}

static void test_refusals(void **state)
{
	(void)state;
	struct err err;
	struct executor *e;
	const float *in = lab.truth[0][0];
	assert_int_equal(executor_run(cpu, -1, 1, &in, lab.out, NULL, &err), -EINVAL);
	assert_int_equal(executor_run(cpu, 9, 1, &in, lab.out, NULL, &err), -EINVAL);
	assert_non_null(strstr(err.text, "0 to 8"));
	assert_int_equal(executor_run(cpu, 0, 0, &in, lab.out, NULL, &err), -EINVAL);
	assert_int_equal(executor_prepare(cpu, EXECUTOR_MAX_BATCH + 1, &err), -EINVAL);
	assert_int_equal(executor_open(&e, "gpu", lab.net, NULL, &err), -ENOENT);
	assert_non_null(strstr(err.text, "cpu, replay"));
	assert_int_equal(executor_open(&e, "cpu", lab.net, &(struct executor_options){.threads = -2}, &err),
			 -EINVAL);
	assert_int_equal(executor_open(&e, "replay", lab.net, NULL, &err), -EINVAL);
	assert_null(e);
	assert_non_null(strstr(executor_describe(cpu), "oneDNN"));
	assert_false(executor_is_modelled(cpu));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_activations_are_alive),
	    cmocka_unit_test(test_place_in_memory),
	    cmocka_unit_test(test_one_thread_makes_no_other),
	    cmocka_unit_test(test_two_threads),
	    cmocka_unit_test(test_refusals),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
