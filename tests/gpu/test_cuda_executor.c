// SPDX-License-Identifier: BSD-3-Clause
// On a machine with a GPU: every sub-task of every built-in network on the cuda executors against the float64
// reference, at b = 1, 2, 5; several sub-tasks in one go against the same one by one. Of a network over
// points, in fp32 only, positions and boxes are equal. Elsewhere skipped, with the reason, but for the
// refusal of such a network in fp16, which needs the plug-in alone. Arguments: names of networks, default
// all.
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/dnn/dnn_points_lab.h"
#include "dnn/reference.h"

enum { MAX_NETWORKS = 64, SKIPPED = 77 };

static const char *const backends[] = {"cuda", "cuda-fp16"};

static double worst_of(struct lab *lab, struct executor *e, int n, int batch)
{
	double worst = 0;
	lab_run(lab, e, n, batch);
	for (int i = 0; i < batch; i++) {
		if (network_selects(lab->net))
			lab_assert_selects_alike(lab, lab->out[i], lab->truth[i][n + 1], n);
		double error =
		    relative_error(lab->out[i], lab->truth[i][n + 1], network_cut_values(lab->net, n + 1));
		worst = error > worst ? error : worst;
	}
	return worst;
}

static void check_subtasks(struct lab *lab, struct executor *e, const char *backend)
{
	static const int batches[] = {1, 2, 5};
	double worst = 0, tolerance = executor_tolerance(backend);
	for (int n = 0; n < network_parts(lab->net); n++) {
		for (size_t k = 0; k < sizeof(batches) / sizeof(batches[0]); k++) {
			double error = worst_of(lab, e, n, batches[k]);
			if (!(error <= tolerance))
				fail_msg("%s on %s, sub-task %s, batch %d: relative error %g, at most %g",
					 lab->net->name, backend, lab->net->subtasks[n].name, batches[k],
					 error, tolerance);
			worst = error > worst ? error : worst;
		}
	}
	printf("%-18s %-10s %2d sub-tasks and heads, b = 1, 2, 5: largest relative error %.2g\n",
	       lab->net->name, backend, network_parts(lab->net), worst);
}

// In fp32 the tensors between sub-tasks have the same bits, whether they stay on the device or not.
static void check_range(struct lab *lab, struct executor *e)
{
	int last = lab->net->n_subtasks;
	int64_t values = network_cut_values(lab->net, last);
	float *step[LAB_MAX_CUTS];
	lab_chain(lab, e, step);
	struct err err = {""};
	if (executor_run_range(e, 0, last, 1, (const float *const *)&step[0], &lab->out[0], NULL, &err) < 0)
		fail_msg("%s", err.text);
	assert_memory_equal(lab->out[0], step[last], sizeof(float) * (size_t)values);
	for (int p = 0; p <= last; p++)
		free(step[p]);
}

static void test_network(void **state)
{
	struct lab lab;
	struct network *net;
	struct err err = {""};
	if (network_open(&net, *state, 5, &err) < 0)
		fail_msg("%s", err.text);
	lab_open(&lab, net, 5);
	for (size_t i = 0; i < sizeof(backends) / sizeof(backends[0]); i++) {
		struct executor *e;
		if (i > 0 && network_selects(net))
			break; // refused: refuses_points_in_fp16
		if (executor_open(&e, backends[i], net, NULL, &err) < 0)
			fail_msg("%s", err.text);
		check_subtasks(&lab, e, backends[i]);
		if (i == 0)
			check_range(&lab, e);
		executor_close(e);
	}
	lab_close(&lab);
}

static const char points[] = "network few\ninput 40x1x4 points\nsubtask A\nsample distance 5\n";

// Skipped where there is no plug-in.
static void refuses_points_in_fp16(void **state)
{
	(void)state;
	struct network *net;
	struct executor *e;
	struct err err = {""};
	assert_int_equal(network_parse(&net, points, "few.net", 5, NULL), 0);
	int r = executor_open(&e, "cuda-fp16", net, NULL, &err);
	assert_true(r < 0);
	if (strstr(err.text, "plug-in")) {
		network_free(net);
		skip();
	}
	assert_int_equal(r, -ENOTSUP);
	assert_non_null(strstr(err.text, "few, a network over points"));
	assert_non_null(strstr(err.text, "the cuda executor"));
	network_free(net);
}

// 0; SKIPPED where there is no plug-in or no GPU that it can use; 1 where one fails. All but 0 with the
// reason.
static int find_gpu(void)
{
	struct network *net;
	struct executor *e;
	struct err err = {""};
	int r = network_open(&net, "mobilenet-v1-0.25", 5, &err);
	if (r < 0) {
		fprintf(stderr, "failed: %s\n", err.text);
		return 1;
	}
	r = executor_open(&e, "cuda", net, NULL, &err);
	bool none = r == -ENOENT || r == -ENODEV;
	if (r == 0) {
		printf("%s\n", executor_describe(e));
		executor_close(e);
	} else {
		fprintf(none ? stdout : stderr, "%s: %s\n", none ? "skipped" : "failed", err.text);
	}
	network_free(net);
	return r == 0 ? 0 : none ? SKIPPED : 1;
}

int main(int argc, char **argv)
{
	struct CMUnitTest tests[MAX_NETWORKS] = {0};
	const char *const *names = argc > 1 ? (const char *const *)(argv + 1) : network_names();
	const struct CMUnitTest refusal[] = {cmocka_unit_test(refuses_points_in_fp16)};
	int n = 0, refused = cmocka_run_group_tests(refusal, NULL, NULL);
	if (refused != 0)
		return refused;
	int found = find_gpu();
	if (found != 0)
		return found;
	for (; *names && n < MAX_NETWORKS; names++)
		tests[n++] = (struct CMUnitTest){*names, test_network, NULL, NULL, (void *)*names};
	return _cmocka_run_group_tests("cuda", tests, (size_t)n, NULL, NULL);
}
