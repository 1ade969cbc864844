// SPDX-License-Identifier: BSD-3-Clause
// The whole CUDA plug-in on a stand-in for CUDA (tests/cuda_host/control.h): results against the float64
// reference for many orders of the streams' work, what prepare promises, other threads, and the sentences of
// a refusal. Argument: the first seed of the orders.
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/dnn/cuda_lab.h"
#include "tests/unit/dnn/dnn_points_lab.h"
#include "tests/unit/dnn/exits_lab.h"

enum { ORDERS = 60 };

static const struct cuda_host_control *cuda;
static uint64_t first_seed = 1;

static struct executor *open_executor(const struct network *net, const char *backend)
{
	struct executor *e;
	struct err err = {""};
	if (executor_open(&e, backend, net, NULL, &err) < 0)
		fail_msg("%s", err.text);
	return e;
}

static void check_run(struct lab *lab, struct executor *e, const char *backend, int n, int batch, int first)
{
	struct err err = {""};
	if (cuda_lab_run(lab, e, n, n + 1, batch, first, &err) < 0)
		fail_msg("%s", err.text);
	double error = cuda_lab_error(lab, n + 1, batch, first);
	if (!(error <= executor_tolerance(backend)))
		fail_msg("%s on %s, sub-task %d, batch %d: relative error %g", lab->net->name, backend, n,
			 batch, error);
}

// Values that stay on the device are those that were handed out and in again.
static void check_range(struct lab *lab, struct executor *e)
{
	int last = lab->net->n_subtasks;
	float *step[LAB_MAX_CUTS];
	struct err err = {""};
	lab_chain(lab, e, step);
	if (cuda_lab_run(lab, e, 0, last, 1, 0, &err) < 0)
		fail_msg("%s", err.text);
	assert_memory_equal(lab->out[0], step[last],
			    sizeof(float) * (size_t)network_cut_values(lab->net, last));
	for (int p = 0; p <= last; p++)
		free(step[p]);
}

// Batches grow and shrink; the users change, so that no older result looks right.
static void check_order(struct lab *lab, const char *backend, uint64_t seed)
{
	static const int batches[] = {1, 2, 5, 1, 2};
	cuda->reset(seed);
	struct executor *e = open_executor(lab->net, backend);
	int first = 0;
	for (size_t k = 0; k < sizeof(batches) / sizeof(batches[0]); k++)
		for (int n = 0; n < lab->net->n_subtasks; n++)
			check_run(lab, e, backend, n, batches[k], first++ % lab->users);
	check_range(lab, e);
	executor_close(e);
	cuda_lab_assert_clean(cuda);
}

static void check_network(struct network *net, uint64_t seed, int orders)
{
	struct lab lab;
	lab_open(&lab, net, 5);
	for (int i = 0; i < orders; i++) {
		check_order(&lab, "cuda", seed + (uint64_t)i);
		check_order(&lab, "cuda-fp16", seed + (uint64_t)i);
	}
	lab_close(&lab);
}

static void every_order_agrees(void **state)
{
	(void)state;
	printf("orders of seeds %llu to %llu\n", (unsigned long long)first_seed,
	       (unsigned long long)first_seed + ORDERS - 1);
	check_network(cuda_lab_parse(cuda_lab_network), first_seed, ORDERS);
}

// Copies of weights may still be on their way when opening returns from the last of them.
static void first_run_has_its_weights(void **state)
{
	(void)state;
	struct lab lab;
	lab_open(&lab, cuda_lab_parse("network small\ninput 5x5x3\nsubtask A\nconv 3x3 4 pad 1 relu\n"), 1);
	for (uint64_t seed = first_seed; seed < first_seed + ORDERS; seed++) {
		cuda->reset(seed);
		struct executor *e = open_executor(lab.net, "cuda");
		check_run(&lab, e, "cuda", 0, 1, 0);
		executor_close(e);
		cuda_lab_assert_clean(cuda);
	}
	lab_close(&lab);
}

// At a seventh of its side, where MobileNet-V2's last pooling covers all that is left.
static char *small_description(const char *name)
{
	static const char pool[] = "pool 7x7";
	char *text = lab_description(name, 32);
	char *at = strstr(text, pool);
	if (at)
		memcpy(at, "pool 1x1", sizeof(pool) - 1);
	return text;
}

static void networks_agree(void **state)
{
	(void)state;
	static const char *const names[] = {"mobilenet-v1-0.25", "mobilenet-v2", "resnet-18", "googlenet"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char *text = small_description(names[i]);
		check_network(cuda_lab_parse(text), 8 * first_seed, 1);
		free(text);
	}
}

// Every head, and batches that shrink at every exit.
static void exits_agree(void **state)
{
	(void)state;
	static const char *const backends[] = {"cuda", "cuda-fp16"};
	struct lab lab;
	lab_open(&lab, exits_lab_network(), 5);
	for (int i = 0; i < 2; i++) {
		cuda->reset(first_seed);
		struct executor *e = open_executor(lab.net, backends[i]);
		for (int part = 0; part < network_parts(lab.net); part++)
			for (int batch = 5; batch >= 1; batch -= 2)
				check_run(&lab, e, backends[i], part, batch, part % lab.users);
		exits_lab_check_shrinking(&lab, e, backends[i]);
		executor_close(e);
		cuda_lab_assert_clean(cuda);
	}
	lab_close(&lab);
}

// Positions and boxes to the bit; batches of more images than the workspace takes at once.
static void point_sets_agree(void **state)
{
	(void)state;
	static const int batches[] = {1, 5, 2};
	struct lab lab;
	struct err err = {""};
	lab_open(&lab, cuda_lab_parse(lab_3dssd_small), 5);
	for (uint64_t seed = first_seed; seed < first_seed + ORDERS / 4; seed++) {
		cuda->reset(seed);
		struct executor *e = open_executor(lab.net, "cuda");
		for (int k = 0; k < 3 * lab.net->n_subtasks; k++) {
			int n = k / 3, batch = batches[k % 3], first = k % lab.users;
			if (cuda_lab_run(&lab, e, n, n + 1, batch, first, &err) < 0)
				fail_msg("%s", err.text);
			for (int i = 0; i < batch; i++)
				lab_assert_selects_alike(&lab, lab.out[i],
							 lab.truth[(first + i) % lab.users][n + 1], n);
		}
		check_range(&lab, e);
		executor_close(e);
		cuda_lab_assert_clean(cuda);
	}
	lab_close(&lab);
}

// Nothing is recorded, chosen or allocated any more: a run is copies and one launch a sub-task.
static void nothing_is_left_to_prepare(void **state)
{
	(void)state;
	struct lab lab;
	struct err err = {""};
	lab_open(&lab, cuda_lab_parse(cuda_lab_network), 5);
	cuda->reset(first_seed);
	struct executor *e = open_executor(lab.net, "cuda-fp16");
	assert_int_equal(executor_prepare(e, 5, &err), 0);
	int64_t graphs = cuda->live(CUDA_HOST_GRAPH_EXEC), layouts = cuda->live(CUDA_HOST_LT_LAYOUT);
	int64_t blocks = cuda->live(CUDA_HOST_DEVICE_MEMORY);
	assert_int_equal(graphs, 5 * lab.net->n_subtasks);
	for (int batch = 5; batch >= 1; batch--) {
		int64_t launches = cuda->launches(), calls = cuda->calls();
		assert_int_equal(cuda_lab_run(&lab, e, 0, lab.net->n_subtasks, batch, 0, &err), 0);
		assert_int_equal(cuda->launches() - launches, lab.net->n_subtasks);
		// A copy in; a copy, a record and a wait out; two of both kinds between the streams, two
		// conversions.
		assert_int_equal(cuda->calls() - calls, 4 * batch + 6 + lab.net->n_subtasks);
	}
	assert_int_equal(cuda->live(CUDA_HOST_GRAPH_EXEC), graphs);
	assert_int_equal(cuda->live(CUDA_HOST_LT_LAYOUT), layouts);
	assert_int_equal(cuda->live(CUDA_HOST_DEVICE_MEMORY), blocks);
	executor_close(e);
	cuda_lab_assert_clean(cuda);
	lab_close(&lab);
}

struct worker {
	struct lab lab;
	struct executor *executor;
	double error;
	int result;
};

static void *work(void *argument)
{
	struct worker *w = argument;
	int last = w->lab.net->n_subtasks;
	struct err err = {""};
	for (int i = 0; i < 40 && w->result == 0; i++) {
		int batch = 1 + i % 5;
		w->result = cuda_lab_run(&w->lab, w->executor, 0, last, batch, i, &err);
		double error = cuda_lab_error(&w->lab, last, batch, i);
		w->error = error > w->error ? error : w->error;
	}
	return NULL;
}

// As the edge does it: opened by one thread, run by others, each with its own executor.
static void other_threads_run(void **state)
{
	(void)state;
	enum { WORKERS = 3 };
	struct worker workers[WORKERS] = {0};
	pthread_t threads[WORKERS];
	cuda->reset(first_seed);
	for (int i = 0; i < WORKERS; i++) {
		lab_open(&workers[i].lab, cuda_lab_parse(cuda_lab_network), 5);
		workers[i].executor = open_executor(workers[i].lab.net, "cuda");
	}
	for (int i = 0; i < WORKERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
	for (int i = 0; i < WORKERS; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(workers[i].result, 0);
		assert_true(workers[i].error <= executor_tolerance("cuda"));
		executor_close(workers[i].executor);
		lab_close(&workers[i].lab);
	}
	cuda_lab_assert_clean(cuda);
}

static void check_refusal(const struct cuda_host_device *device, const char *sentence)
{
	struct network *net = cuda_lab_parse(cuda_lab_network);
	struct executor *e;
	struct err err = {""};
	cuda->reset(first_seed);
	cuda->set_device(device);
	assert_int_equal(executor_open(&e, "cuda", net, NULL, &err), -ENODEV);
	if (!strstr(err.text, sentence))
		fail_msg("'%s' does not say '%s'", err.text, sentence);
	cuda->reset(first_seed);
	e = open_executor(net, "cuda"); // a refusal leaves nothing behind that the next one trips over
	executor_close(e);
	cuda_lab_assert_clean(cuda);
	network_free(net);
}

static void refusals_say_why(void **state)
{
	(void)state;
	static const struct {
		struct cuda_host_device device;
		const char *sentence;
	} refusals[] = {
	    {{.count = 0, .driver = 13000, .runtime = 13000}, "no CUDA device"},
	    {{.count = 1, .driver = 0, .runtime = 13000}, "no NVIDIA driver is loaded"},
	    {{.count = 1, .driver = 12040, .runtime = 13000},
	     "driver is for CUDA 12.4, the plug-in was built with 13.0"},
	    {{.count = 1, .driver = 13000, .runtime = 13000, .not_ready = true}, "fabric manager"},
	    {{.count = 1, .driver = 13000, .runtime = 13000, .old = true}, "CMAKE_CUDA_ARCHITECTURES"},
	};
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		check_refusal(&refusals[i].device, refusals[i].sentence);
}

// A batch that the GPU has no memory for is refused; smaller ones still run.
static void memory_may_be_short(void **state)
{
	(void)state;
	struct lab lab;
	struct err err = {""};
	lab_open(&lab, cuda_lab_parse(cuda_lab_network), 5);
	cuda->reset(first_seed);
	cuda->set_device(&(struct cuda_host_device){
	    .count = 1, .driver = 13000, .runtime = 13000, .memory_bytes = (32 << 20) + 400000});
	struct executor *e = open_executor(lab.net, "cuda");
	check_run(&lab, e, "cuda", 0, 2, 0);
	assert_int_equal(executor_prepare(e, EXECUTOR_MAX_BATCH, &err), -ENOMEM);
	assert_non_null(strstr(err.text, "in batches of up to 1024"));
	check_run(&lab, e, "cuda", 0, 2, 1);
	executor_close(e);
	cuda->set_device(&(struct cuda_host_device){
	    .count = 1, .driver = 13000, .runtime = 13000, .memory_bytes = 1 << 20});
	assert_int_equal(executor_open(&e, "cuda", lab.net, NULL, &err), -ENOMEM);
	cuda_lab_assert_clean(cuda);
	lab_close(&lab);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_order_agrees),
	    cmocka_unit_test(first_run_has_its_weights),
	    cmocka_unit_test(networks_agree),
	    cmocka_unit_test(exits_agree),
	    cmocka_unit_test(nothing_is_left_to_prepare),
	    cmocka_unit_test(point_sets_agree),
	    cmocka_unit_test(other_threads_run),
	    cmocka_unit_test(refusals_say_why),
	    cmocka_unit_test(memory_may_be_short),
	};
	if (argc > 1)
		first_seed = strtoull(argv[1], NULL, 10);
	cuda = cuda_lab_control();
	if (!cuda)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
