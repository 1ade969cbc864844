// SPDX-License-Identifier: BSD-3-Clause
// The CUDA back end without a GPU: its steps, taken by loops on this processor over the very bodies that the
// GPU runs, against the float64 reference. Networks over points: test_cuda_points.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/dnn/cuda_steps_lab.h"
#include "dnn/cuda/steps.h"
#include "dnn/reference.h"
#include "tests/unit/dnn/dnn_lab.h"

static void check_subtask(struct lab *lab, int n, int batch, struct steps_host *host, double tolerance)
{
	const struct subtask *t = &lab->net->subtasks[n];
	steps_host_run(host, lab, n, batch);
	for (int i = 0; i < batch; i++) {
		double error = relative_error(lab->out[i], lab->truth[i][n + 1], shape_values(t->out));
		if (!(error <= tolerance))
			fail_msg("%s, sub-task %s, batch %d, user %d, %s: relative error %g", lab->net->name,
				 t->name, batch, i, host->precision == CUDA_FP32 ? "fp32" : "fp16", error);
	}
}

static void check_network(const char *text, enum cuda_precision precision, double tolerance, int users,
			  struct steps_host *host)
{
	struct network *net;
	struct err err = {""};
	if (network_parse(&net, text, "test", 7, &err) < 0)
		fail_msg("%s", err.text);
	struct lab lab;
	lab_open(&lab, net, users);
	host->precision = precision;
	for (int n = 0; n < net->n_subtasks; n++)
		for (int batch = 1; batch <= users; batch += 2)
			check_subtask(&lab, n, batch, host, tolerance);
	lab_close(&lab);
}

static void check_both(const char *text, int users, struct steps_host *host)
{
	check_network(text, CUDA_FP32, executor_tolerance("cuda"), users, host);
	check_network(text, CUDA_FP16, executor_tolerance("cuda-fp16"), users, host);
}

static void check_builtin(const char *name, int side, int users)
{
	struct steps_host host = {0};
	char *text = lab_description(name, side);
	check_both(text, users, &host);
	free(text);
}

static void mobilenet_v2_agrees(void **state)
{
	(void)state;
	check_builtin("mobilenet-v2", 0, 1);
}

static void resnet_agrees(void **state)
{
	(void)state;
	check_builtin("resnet-18", 32, 3);
}

static void googlenet_agrees(void **state)
{
	(void)state;
	check_builtin("googlenet", 32, 3);
}

// What no built-in network has: all activations behind a product, pending limits before every kind of reader.
static void odd_layers_agree(void **state)
{
	(void)state;
	static const char text[] =
	    "network odd\ninput 9x7x3\n"
	    "subtask A\nconv 3x3 8 pad 1 relu6 as a\nconv 1x1 8 relu6 as b\nadd a relu6\n"
	    "conv 1x1 12 hardswish as c\nconv 3x3 12 stride 2 pad 1 sigmoid\n"
	    "subtask B\nconv 1x1 8 relu6 as p\nconv 3x3 8 pad 1 relu6 as q\n"
	    "concat p,q\nconv 3x3 16 pad 2 dilation 2 groups 4 relu6\nconv 1x1 6 relu6\n"
	    "subtask C\ndepthwise 3x3 pad 1 relu\nmaxpool 2x2 stride 1\nfc 10\nsoftmax\n"
	    "subtask D\nfc 12 relu6 as x\nfc 12 hardsigmoid 0.2 0.5\nmultiply x elu 0.5\n";
	static const char gated[] =
	    "network gated\ninput 5x4x3\n"
	    "subtask A\nconv 3x3 8 pad 1 relu6 as x\npool global\nconv 1x1 4 leakyrelu 0.1\n"
	    "conv 1x1 8 hardsigmoid 0.16666667 0.5 as gate\nmultiply gate clip -0.5 0.5 from x\n"
	    "subtask B\nconv 1x1 8 as x\nconv 3x3 8 pad 1\nadd x leakyrelu 0.2 as y\n"
	    "depthwise 3x3 pad 1 tanh\nmultiply y elu 1.5\nactivate clip -1 2\n"
	    "subtask C\nconv 1x1 8 relu6 as x\nchannels 2 4 from x as s\nrows 3 2 from s as t\nrows 0 3 from "
	    "s as u\n"
	    "stack t,u\n";
	static const char packed[] =
	    "network packed\ninput 5x4x3\nsubtask A\nconv 1x1 8 relu6 as x\nconv 3x3 8 pad 1 relu6 from "
	    "input as y\n"
	    "pool 2x2 from x as z\npack z,x,y\nsubtask B\nunpack 2 as x\nunpack 3 as y\nunpack 1 as z\n"
	    "conv 3x3 5 from x as w\nadd x from y as s\npack z,w,s\nsubtask C\nunpack 1\nfc 6 as x\nunpack "
	    "2\n"
	    "fc 6 as y\nunpack 3\nfc 6\nadd x\nadd y\n";
	struct steps_host host = {0};
	check_both(packed, 3, &host);
	check_both(text, 3, &host);
	check_both(gated, 3, &host);
	for (int k = 0; k < FIRST_POINT_KERNEL; k++)
		if (host.seen[k] == 0)
			fail_msg("kernel %d is not covered", k);
	assert_true(host.products > 0);
}

// A limit that the reader applies: a position that is NaN stays so, and only it and its neighbours.
static void check_nan(const char *reader, enum cuda_precision precision)
{
	char text[256];
	snprintf(text, sizeof(text), "network lost\ninput 5x5x4\nsubtask A\nconv 1x1 4 relu6 as a\n%s\n",
		 reader);
	struct network *net;
	struct lab lab;
	struct steps_host host = {.precision = precision};
	assert_int_equal(network_parse(&net, text, "lost.net", 7, NULL), 0);
	lab_open(&lab, net, 1);
	for (int c = 0; c < 4; c++)
		lab.truth[0][0][c] = NAN;
	steps_host_run(&host, &lab, 0, 1);
	int64_t values = network_cut_values(net, 1), channels = net->subtasks[0].out.channels;
	for (int64_t c = 0; c < channels; c++)
		if (!isnan(lab.out[0][c]) || isnan(lab.out[0][values - channels + c]))
			fail_msg("behind relu6, '%s': NaN became %g, another position is %g", reader,
				 (double)lab.out[0][c], (double)lab.out[0][values - channels + c]);
	lab_close(&lab);
}

static void limits_keep_nan(void **state)
{
	(void)state;
	static const char *const readers[] = {
	    "conv 1x1 4 relu6",
	    "conv 3x3 4 pad 1",
	    "conv 3x3 4 pad 1 groups 2",
	    "depthwise 3x3 pad 1",
	    "pool 3x3 pad 1",
	    "softmax",
	    "activate silu",
	    "activate tanh",
	    "concat a,a",
	    "conv 1x1 4 relu6\nadd a relu6",
	    "channels 1 2",
	    "rows 0 3",
	    "conv 1x1 4 relu6\nmultiply a",
	};
	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
		check_nan(readers[i], CUDA_FP32);
		check_nan(readers[i], CUDA_FP16);
	}
}

// The largest piece of im2col, and how many there are.
struct pieces {
	int64_t most_values;
	int n;
};

static int note_piece(void *user, enum cuda_kernel kernel, const struct kernel_args *args)
{
	struct pieces *pieces = user;
	int64_t values = args->n * args->vector;
	assert_int_equal(kernel, KERNEL_IM2COL);
	pieces->most_values = values > pieces->most_values ? values : pieces->most_values;
	pieces->n++;
	return 0;
}

static int pass_product(void *user, const struct gemm_args *args)
{
	(void)user;
	(void)args;
	return 0;
}

// A workspace that another sub-task needs larger changes nothing; a smaller one is kept to.
static void check_pieces(const struct cuda_steps *steps, int64_t workspace_bytes, int64_t images)
{
	enum { BATCH = 17, VALUE_BYTES = 2 };
	int64_t values = (int64_t)128 * 128 * 64, row = 9 * 64;
	void *tensor = malloc((size_t)(values * BATCH * VALUE_BYTES)), *place[] = {tensor, tensor};
	const void *none[] = {NULL};
	assert_non_null(tensor);
	struct pieces pieces = {0};
	struct cuda_buffers buffers = {place, none, none, tensor, workspace_bytes, VALUE_BYTES};
	struct cuda_taker taker = {note_piece, pass_product, &pieces};
	assert_int_equal(cuda_steps_take(steps, BATCH, &buffers, &taker), 0);
	assert_int_equal(pieces.most_values, images * 128 * 128 * row);
	assert_int_equal(pieces.n, (BATCH + images - 1) / images);
	free(tensor);
}

static void pieces_depend_on_their_layer_alone(void **state)
{
	(void)state;
	struct network *net;
	struct cuda_steps steps;
	assert_int_equal(network_parse(&net, "network wide\ninput 128x128x64\nsubtask A\nconv 3x3 64 pad 1\n",
				       "wide.net", 7, NULL),
			 0);
	assert_int_equal(cuda_steps_make(&steps, &net->subtasks[0]), 0);
	int64_t image = (int64_t)128 * 128 * 9 * 64 * 2, held = (256 << 20) / image;
	assert_int_equal(cuda_steps_workspace(&steps, 17, 2), held * image);
	check_pieces(&steps, held * image, held);
	check_pieces(&steps, (int64_t)4 << 30, held);
	check_pieces(&steps, 3 * image + 1, 3);
	cuda_steps_free(&steps);
	network_free(net);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(odd_layers_agree), cmocka_unit_test(mobilenet_v2_agrees),
	    cmocka_unit_test(resnet_agrees),	cmocka_unit_test(googlenet_agrees),
	    cmocka_unit_test(limits_keep_nan),	cmocka_unit_test(pieces_depend_on_their_layer_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
