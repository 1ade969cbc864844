// SPDX-License-Identifier: BSD-3-Clause
// The cpu executor against the plain reference on real activations of MobileNet-V2; a split inference against
// the unsplit one; where tensors lie in memory must not matter.
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
#include "dnn/samples.h"

enum { USERS = 5, MAX_CUTS = 16, TOLERANCE_DIVISOR = 10000 };

// Per user and cut: the reference's tensor in fp64 and rounded to fp32.
struct fixture {
	struct network *net;
	struct executor *cpu;
	float *truth[USERS][MAX_CUTS];
	float *out[USERS]; // room for the largest cut
	int64_t largest;
};

static float *new_tensor(int64_t values)
{
	float *v = malloc(sizeof(float) * (size_t)values);
	assert_non_null(v);
	return v;
}

static void to_float(const double *from, float *to, int64_t n)
{
	for (int64_t i = 0; i < n; i++)
		to[i] = (float)from[i];
}

static void make_truth(struct fixture *f, int user)
{
	const struct network *net = f->net;
	uint8_t *u8 = malloc((size_t)network_cut_values(net, 0));
	assert_int_equal(samples_draw_input(net, 11, user, u8), 0);
	f->truth[user][0] = new_tensor(network_cut_values(net, 0));
	network_input_from_u8(net, u8, f->truth[user][0]);
	double *in = malloc(sizeof(double) * (size_t)f->largest),
	       *out = malloc(sizeof(double) * (size_t)f->largest);
	for (int64_t i = 0; i < network_cut_values(net, 0); i++)
		in[i] = (double)f->truth[user][0][i];
	for (int n = 0; n < net->n_subtasks; n++) {
		assert_int_equal(reference_run(net, n, n + 1, in, out), 0);
		f->truth[user][n + 1] = new_tensor(network_cut_values(net, n + 1));
		to_float(out, f->truth[user][n + 1], network_cut_values(net, n + 1));
		double *swap = in;
		in = out;
		out = swap;
	}
	free(in);
	free(out);
	free(u8);
}

static int set_up(void **state)
{
	static struct fixture f;
	struct err err;
	if (network_open(&f.net, "mobilenet-v2", 5, &err) < 0 ||
	    executor_open(&f.cpu, "cpu", f.net, &(struct executor_options){.threads = 1}, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		return -1;
	}
	for (int p = 0; p <= f.net->n_subtasks; p++)
		f.largest =
		    network_cut_values(f.net, p) > f.largest ? network_cut_values(f.net, p) : f.largest;
	for (int i = 0; i < USERS; i++) {
		make_truth(&f, i);
		f.out[i] = new_tensor(f.largest);
	}
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	for (int i = 0; i < USERS; i++) {
		free(f->out[i]);
		for (int p = 0; p <= f->net->n_subtasks; p++)
			free(f->truth[i][p]);
	}
	executor_close(f->cpu);
	network_free(f->net);
	return 0;
}

static void check_close(const float *a, const float *b, int64_t n, const char *what, int subtask, int batch)
{
	double e = relative_error(a, b, n);
	if (!(e <= 1.0 / TOLERANCE_DIVISOR))
		fail_msg("%s: sub-task %d, batch %d: relative error %g", what, subtask, batch, e);
}

static void test_every_subtask_and_batch(void **state)
{
	struct fixture *f = *state;
	static const int batches[] = {1, 2, 5};
	for (int n = 0; n < f->net->n_subtasks; n++) {
		for (size_t k = 0; k < sizeof(batches) / sizeof(batches[0]); k++) {
			int batch = batches[k];
			const float *in[USERS];
			for (int i = 0; i < batch; i++) {
				in[i] = f->truth[i][n];
				memset(f->out[i], 0xff, sizeof(float) * (size_t)f->largest); // NaN
			}
			int64_t ns = 0;
			assert_int_equal(executor_run(f->cpu, n, batch, in, f->out, &ns, NULL), 0);
			assert_true(ns > 0);
			for (int i = 0; i < batch; i++)
				check_close(f->out[i], f->truth[i][n + 1], network_cut_values(f->net, n + 1),
					    "truth", n, batch);
		}
	}
}

// Untrained weights prove nothing if activations had faded, or saturated ReLU6, on the way.
static void test_activations_are_alive(void **state)
{
	struct fixture *f = *state;
	int64_t n = network_cut_values(f->net, 1), zero = 0, six = 0;
	for (int64_t i = 0; i < n; i++) {
		zero += f->truth[0][1][i] <= 0;
		six += f->truth[0][1][i] >= 6;
	}
	assert_in_range(zero, n / 10, n * 9 / 10);
	assert_in_range(six, 0, n / 20);
	int last = f->net->n_subtasks;
	double apart = relative_error(f->truth[0][last], f->truth[1][last], network_cut_values(f->net, last));
	assert_true(apart > 0.01); // 100 times the tolerance: results tell inputs apart
}

static void run_chain(struct fixture *f, int from, int to, const float *in, float *out)
{
	float *a = new_tensor(f->largest), *b = new_tensor(f->largest);
	const float *source = in;
	for (int n = from; n < to; n++) {
		float *target = n + 1 == to ? out : (n - from) % 2 ? a : b;
		assert_int_equal(executor_run(f->cpu, n, 1, &source, &target, NULL, NULL), 0);
		source = target;
	}
	if (from == to)
		memcpy(out, in, sizeof(float) * (size_t)network_cut_values(f->net, to));
	free(a);
	free(b);
}

// Device runs 0..p-1, the tensor crosses the wire as bytes, the edge runs the rest: equal to the whole.
static void test_split_equals_unsplit(void **state)
{
	struct fixture *f = *state;
	int last = f->net->n_subtasks;
	int64_t results = network_cut_values(f->net, last);
	float *whole = new_tensor(results), *split = new_tensor(results), *tensor = new_tensor(f->largest);
	run_chain(f, 0, last, f->truth[0][0], whole);
	check_close(whole, f->truth[0][last], results, "whole", last, 1);
	struct executor *edge;
	assert_int_equal(executor_open(&edge, "cpu", f->net, NULL, NULL), 0);
	for (int p = 0; p < last; p++) {
		run_chain(f, 0, p, f->truth[0][0], tensor);
		size_t bytes = sizeof(float) * (size_t)network_cut_values(f->net, p);
		unsigned char *wire = malloc(bytes);
		memcpy(wire, tensor, bytes);
		memcpy(tensor, wire, bytes);
		free(wire);
		struct fixture at_edge = *f;
		at_edge.cpu = edge;
		run_chain(&at_edge, p, last, tensor, split);
		assert_memory_equal(split, whole, sizeof(float) * (size_t)results);
	}
	executor_close(edge);
	free(whole);
	free(split);
	free(tensor);
}

// A batch's results do not depend on whether its tensors lie in one piece, apart, or off any alignment.
static void test_place_in_memory(void **state)
{
	struct fixture *f = *state;
	enum { N = 4, BATCH = 3 };
	int64_t n_in = network_cut_values(f->net, N), n_out = network_cut_values(f->net, N + 1);
	float *in_block = new_tensor(n_in * BATCH), *out_block = new_tensor(n_out * BATCH + 1);
	const float *apart[BATCH], *together[BATCH];
	float *out_together[BATCH];
	for (int i = 0; i < BATCH; i++) {
		apart[i] = f->truth[i][N];
		together[i] = in_block + i * n_in;
		memcpy(in_block + i * n_in, apart[i], sizeof(float) * (size_t)n_in);
		out_together[i] = out_block + 1 + i * n_out;
	}
	assert_int_equal(executor_run(f->cpu, N, BATCH, apart, f->out, NULL, NULL), 0);
	assert_int_equal(executor_run(f->cpu, N, BATCH, together, out_together, NULL, NULL), 0);
	for (int i = 0; i < BATCH; i++) {
		assert_memory_equal(f->out[i], out_together[i], sizeof(float) * (size_t)n_out);
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
	struct fixture *f = *state;
	const float *in = f->truth[0][2];
	assert_int_equal(executor_run(f->cpu, 2, 1, &in, f->out, NULL, NULL), 0);
	assert_int_equal(count_threads(), 1);
}

// Behind test_one_thread_makes_no_other: OpenMP keeps its workers.
static void test_two_threads(void **state)
{
	struct fixture *f = *state;
	enum { N = 3, BATCH = 2 };
	struct executor *two;
	assert_int_equal(executor_open(&two, "cpu", f->net, &(struct executor_options){.threads = 2}, NULL),
			 0);
	assert_non_null(strstr(executor_describe(two), "2 threads"));
	omp_set_num_threads(7);
	const float *in[] = {f->truth[0][N], f->truth[1][N]};
	assert_int_equal(executor_run(two, N, BATCH, in, f->out, NULL, NULL), 0);
	for (int i = 0; i < BATCH; i++)
		check_close(f->out[i], f->truth[i][N + 1], network_cut_values(f->net, N + 1), "truth", N,
			    BATCH);
	assert_int_equal(omp_get_max_threads(), 7); // the caller's setting is as it was
	assert_int_equal(count_threads(), 2);
	executor_close(two);
}

static void test_refusals(void **state)
{
	struct fixture *f = *state;
	struct err err;
	struct executor *e;
	const float *in = f->truth[0][0];
	assert_int_equal(executor_run(f->cpu, -1, 1, &in, f->out, NULL, &err), -EINVAL);
	assert_int_equal(executor_run(f->cpu, 9, 1, &in, f->out, NULL, &err), -EINVAL);
	assert_non_null(strstr(err.text, "0 to 8"));
	assert_int_equal(executor_run(f->cpu, 0, 0, &in, f->out, NULL, &err), -EINVAL);
	assert_int_equal(executor_prepare(f->cpu, EXECUTOR_MAX_BATCH + 1, &err), -EINVAL);
	assert_int_equal(executor_open(&e, "gpu", f->net, NULL, &err), -ENOENT);
	assert_non_null(strstr(err.text, "cpu, replay"));
	assert_int_equal(executor_open(&e, "cpu", f->net, &(struct executor_options){.threads = -2}, &err),
			 -EINVAL);
	assert_int_equal(executor_open(&e, "replay", f->net, NULL, &err), -EINVAL);
	assert_null(e);
	assert_non_null(strstr(executor_describe(f->cpu), "oneDNN"));
	assert_false(executor_is_modelled(f->cpu));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_subtask_and_batch),
	    cmocka_unit_test(test_activations_are_alive),
	    cmocka_unit_test(test_split_equals_unsplit),
	    cmocka_unit_test(test_place_in_memory),
	    cmocka_unit_test(test_one_thread_makes_no_other),
	    cmocka_unit_test(test_two_threads),
	    cmocka_unit_test(test_refusals),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
