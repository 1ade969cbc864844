// SPDX-License-Identifier: BSD-3-Clause
// What exporters write for what people write: padding, gates and activations that are folded compute what
// they do when a cut keeps them apart; each on the cpu executor as in the reference.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/rng.h"
#include "dnn/executor.h"
#include "dnn/reference.h"
#include "tests/unit/dnn/onnx_lab.h"

enum { SIDE = 4, CHANNELS = 4, OUTPUTS = 3, MAX_BATCH = 5 };

static struct rng *rng;

static void put_weights(struct maker *m, const char *name, int rank, const int64_t *dims)
{
	int64_t n = 1;
	for (int i = 0; i < rank; i++)
		n *= dims[i];
	float *values = maker_get(m, sizeof(float) * (size_t)n);
	for (int64_t i = 0; i < n; i++)
		values[i] = (float)rng_uniform(rng, -1, 1);
	maker_floats(m, name, rank, dims, values);
}

static void put_conv(struct maker *m, const char *from, const char *to, int64_t in, int64_t out,
		     int64_t kernel)
{
	char *weight = maker_text(m, "w-%s", to);
	put_weights(m, weight, 4, (int64_t[]){out, in, kernel, kernel});
	Onnx__NodeProto *node = maker_node(m, "Conv", maker_text(m, "%s %s", from, weight), to);
	maker_ints(m, node, "pads", 4, (int64_t[]){kernel / 2, kernel / 2, kernel / 2, kernel / 2});
}

static void open_image(struct maker *m, int opset, int64_t batch)
{
	maker_open(m, opset);
	maker_input(m, "x", 4, (int64_t[]){batch, CHANNELS, SIDE, SIDE});
}

// The whole chain in the reference; cpu executor: every sub-task of several users against it.
static void run_whole(const struct network *net, const double *in, double *out)
{
	assert_int_equal(reference_run(net, 0, net->n_subtasks, in, out), 0);
}

static void check_cpu(const struct network *net, const char *description)
{
	struct executor *e;
	int64_t n_in = network_cut_values(net, 0), n_out = network_cut_values(net, 1);
	assert_int_equal(executor_open(&e, "cpu", net, NULL, NULL), 0);
	float *in[MAX_BATCH], *out[MAX_BATCH];
	double *exact_in = malloc(sizeof(double) * (size_t)n_in),
	       *exact = malloc(sizeof(double) * (size_t)n_out);
	float *expected = malloc(sizeof(float) * (size_t)n_out);
	for (int i = 0; i < MAX_BATCH; i++) {
		in[i] = malloc(sizeof(float) * (size_t)n_in);
		out[i] = malloc(sizeof(float) * (size_t)n_out);
		for (int64_t k = 0; k < n_in; k++)
			in[i][k] = (float)rng_uniform(rng, -2, 2);
	}
	static const int batches[] = {1, 2, 5};
	for (int b = 0; b < 3; b++) {
		struct err err = {""};
		if (executor_run(e, 0, batches[b], (const float *const *)in, out, NULL, &err) < 0)
			fail_msg("%s in\n%s", err.text, description);
		for (int i = 0; i < batches[b]; i++) {
			for (int64_t k = 0; k < n_in; k++)
				exact_in[k] = (double)in[i][k];
			assert_int_equal(reference_run(net, 0, 1, exact_in, exact), 0);
			for (int64_t k = 0; k < n_out; k++)
				expected[k] = (float)exact[k];
			double error = relative_error(out[i], expected, n_out);
			if (!(error <= 1e-4))
				fail_msg("batch %d is off by %g in\n%s", batches[b], error, description);
		}
	}
	for (int i = 0; i < MAX_BATCH; i++) {
		free(in[i]);
		free(out[i]);
	}
	free(exact_in);
	free(exact);
	free(expected);
	executor_close(e);
}

static void put_pad(struct maker *m, const char *from, const char *to, int64_t top, int64_t left,
		    int64_t bottom, int64_t right)
{
	char *pads = maker_text(m, "pads-%s", to);
	maker_integers(m, pads, 8, (int64_t[]){0, 0, top, left, 0, 0, bottom, right});
	maker_node(m, "Pad", maker_text(m, "%s %s", from, pads), to);
}

static Onnx__NodeProto *put_pool(struct maker *m, const char *op, const char *from, const char *to)
{
	Onnx__NodeProto *node = maker_node(m, op, from, to);
	maker_ints(m, node, "kernel_shape", 2, (int64_t[]){3, 3});
	return node;
}

static void pad_conv(struct maker *m)
{
	put_conv(m, "x", "a", CHANNELS, 5, 1);
	put_pad(m, "a", "cut", 0, 1, 1, 0);
	put_conv(m, "cut", "y", 5, 3, 3);
}

static void pad_by_attribute(struct maker *m) // until opset 10
{
	Onnx__NodeProto *node = maker_node(m, "Pad", "x", "cut");
	maker_ints(m, node, "pads", 8, (int64_t[]){0, 0, 0, 1, 0, 0, 1, 0});
	maker_string(m, node, "mode", "constant");
	maker_float(m, node, "value", 0);
	put_conv(m, "cut", "y", CHANNELS, 3, 3);
}

static void pad_conv_in_vain(struct maker *m) // 2 + 1 rows are more than a kernel of 3 reaches
{
	put_conv(m, "x", "a", CHANNELS, 5, 1);
	put_pad(m, "a", "cut", 2, 0, 0, 0);
	put_conv(m, "cut", "y", 5, 3, 3);
}

static void pad_average(struct maker *m)
{
	put_conv(m, "x", "a", CHANNELS, 5, 1);
	put_pad(m, "a", "cut", 1, 0, 2, 1);
	put_pool(m, "AveragePool", "cut", "y");
}

static void pad_average_counted(struct maker *m)
{
	put_conv(m, "x", "a", CHANNELS, 5, 1);
	put_pad(m, "a", "cut", 1, 0, 1, 1);
	Onnx__NodeProto *node = put_pool(m, "AveragePool", "cut", "y");
	maker_ints(m, node, "pads", 4, (int64_t[]){1, 1, 0, 0});
	maker_int(m, node, "count_include_pad", 1);
}

static void pad_average_left_out(struct maker *m)
{
	put_conv(m, "x", "a", CHANNELS, 5, 1);
	put_pad(m, "a", "cut", 1, 0, 1, 1);
	maker_ints(m, put_pool(m, "AveragePool", "cut", "y"), "pads", 4, (int64_t[]){1, 1, 0, 0});
}

static void pad_maximum(struct maker *m)
{
	put_conv(m, "x", "a", CHANNELS, 5, 1);
	maker_node(m, "Relu", "a", "r");
	put_pad(m, "r", "cut", 0, 0, 1, 1);
	put_pool(m, "MaxPool", "cut", "y");
}

static void pad_maximum_below_zero(struct maker *m)
{
	put_conv(m, "x", "a", CHANNELS, 5, 1);
	put_pad(m, "a", "cut", 0, 0, 1, 1);
	put_pool(m, "MaxPool", "cut", "y");
}

static void swish(struct maker *m)
{
	put_conv(m, "x", "a", CHANNELS, 5, 3);
	maker_node(m, "Sigmoid", "a", "cut");
	maker_node(m, "Mul", "a cut", "y");
}

static void swish_of_input(struct maker *m)
{
	maker_node(m, "Sigmoid", "x", "s");
	maker_node(m, "Mul", "s x", "cut");
	maker_node(m, "Relu", "cut", "y");
}

static void hard_swish(struct maker *m)
{
	put_conv(m, "x", "cut", CHANNELS, 5, 3);
	maker_float(m, maker_node(m, "HardSigmoid", "cut", "s"), "alpha", 1.0f / 6);
	maker_node(m, "Mul", "cut s", "y");
}

static void hard_swish_by_hand(struct maker *m) // as exported before opset 14
{
	static const float three = 3, six = 6, zero = 0;
	maker_floats(m, "three", 0, NULL, &three);
	maker_floats(m, "six", 0, NULL, &six);
	maker_floats(m, "zero", 0, NULL, &zero);
	put_conv(m, "x", "cut", CHANNELS, 5, 3);
	maker_node(m, "Add", "cut three", "p");
	maker_node(m, "Clip", "p zero six", "c");
	maker_node(m, "Mul", "cut c", "t");
	maker_node(m, "Div", "t six", "y");
}

// MobileNetV3's block: expand, filter, squeeze and excite, project, add.
static void mobilenet_v3(struct maker *m)
{
	put_conv(m, "x", "e", CHANNELS, 8, 1);
	maker_node(m, "HardSwish", "e", "eh");
	put_weights(m, "dw", 4, (int64_t[]){8, 1, 3, 3});
	Onnx__NodeProto *node = maker_node(m, "Conv", "eh dw", "d");
	maker_int(m, node, "group", 8);
	maker_ints(m, node, "pads", 4, (int64_t[]){1, 1, 1, 1});
	maker_node(m, "Relu", "d", "dr");
	maker_node(m, "GlobalAveragePool", "dr", "g");
	put_conv(m, "g", "q", 8, 2, 1);
	maker_node(m, "Relu", "q", "qr");
	put_conv(m, "qr", "k", 2, 8, 1);
	maker_float(m, maker_node(m, "HardSigmoid", "k", "ks"), "alpha", 1.0f / 6);
	maker_node(m, "Mul", "ks dr", "cut");
	put_conv(m, "cut", "p", 8, CHANNELS, 1);
	maker_node(m, "Add", "p x", "y");
}

// EfficientNet's head: a gate by the mean as ReduceMean, and a flattening by shape.
static void efficientnet(struct maker *m)
{
	put_conv(m, "x", "a", CHANNELS, 6, 3);
	maker_node(m, "Sigmoid", "a", "as");
	maker_node(m, "Mul", "a as", "b");
	maker_ints(m, maker_node(m, "ReduceMean", "b", "g"), "axes", 2, (int64_t[]){2, 3});
	put_conv(m, "g", "q", 6, 2, 1);
	maker_node(m, "Sigmoid", "q", "qs");
	maker_node(m, "Mul", "qs q", "qq");
	put_conv(m, "qq", "k", 2, 6, 1);
	maker_node(m, "Sigmoid", "k", "ks");
	maker_node(m, "Mul", "b ks", "cut");
	maker_node(m, "LeakyRelu", "cut", "f");
	maker_scalar(m, "zero", 0);
	maker_integers(m, "rest", 1, (int64_t[]){-1});
	maker_integers(m, "axis", 1, (int64_t[]){0});
	maker_node(m, "Shape", "f", "shape");
	maker_node(m, "Gather", "shape zero", "n");
	maker_node(m, "Unsqueeze", "n axis", "n1");
	maker_int(m, maker_node(m, "Concat", "n1 rest", "to"), "axis", 0);
	maker_node(m, "Reshape", "f to", "flat");
	put_weights(m, "fc", 2, (int64_t[]){6 * SIDE * SIDE, OUTPUTS});
	maker_node(m, "MatMul", "flat fc", "y");
}

// A cross-stage block: half of the channels goes through, half around.
static void split_channels(struct maker *m)
{
	put_conv(m, "x", "cut", CHANNELS, 6, 1);
	maker_integers(m, "parts", 2, (int64_t[]){2, 4});
	Onnx__NodeProto *node = maker_node(m, "Split", "cut parts", "one");
	maker_int(m, node, "axis", 1);
	node->n_output = 2;
	node->output = maker_get(m, sizeof(char *) * 2);
	node->output[0] = maker_text(m, "one");
	node->output[1] = maker_text(m, "two");
	put_conv(m, "two", "c", 4, 3, 3);
	maker_int(m, maker_node(m, "Concat", "c one", "y"), "axis", 1);
}

static void slice_both(struct maker *m) // the middle rows of the last channels
{
	put_conv(m, "x", "cut", CHANNELS, 6, 1);
	maker_integers(m, "starts", 2, (int64_t[]){-4, 1});
	maker_integers(m, "ends", 2, (int64_t[]){INT64_MAX, -1});
	maker_integers(m, "axes", 2, (int64_t[]){1, 2});
	maker_node(m, "Slice", "cut starts ends axes", "s");
	put_conv(m, "s", "y", 4, 3, 3);
}

static const struct idiom {
	void (*make)(struct maker *m);
	const char *has, *lacks; // lines of the description that is not cut
} idioms[] = {
    {pad_conv, "conv 3x3 3 pad 1,2,2,1", "depthwise"},
    {pad_by_attribute, "conv 3x3 3 pad 1,2,2,1", "depthwise"},
    {pad_conv_in_vain, "depthwise 3x1", NULL},
    {pad_average, "pool 3x3 pad 1,0,2,1 count-padding", "depthwise"},
    {pad_average_counted, "pool 3x3 pad 2,1,1,1 count-padding", "depthwise"},
    {pad_average_left_out, "depthwise", "count-padding"},
    {pad_maximum, "maxpool 3x3 pad 0,0,1,1", "depthwise"},
    {pad_maximum_below_zero, "depthwise", "maxpool 3x3 pad"},
    {swish, "no-bias silu", "multiply"},
    {swish_of_input, "activate silu", "multiply"},
    {hard_swish, "no-bias hardswish", "multiply"},
    {hard_swish_by_hand, "multiply", NULL},
    {mobilenet_v3, "multiply", "activate"},
    {efficientnet, "multiply", "activate sigmoid"},
    {split_channels, "channels 2 4", NULL},
    {slice_both, "rows 1 2", NULL},
};

static void check_idiom(const struct idiom *idiom)
{
	struct maker m;
	struct network *whole, *apart;
	struct onnx_network *made;
	struct err err;
	static const char *const cuts[] = {"cut", NULL};
	open_image(&m, 13, -1);
	idiom->make(&m);
	maker_output(&m, "y");
	if (lab_import_maker(&whole, &made, &m, NULL, &err) < 0)
		fail_msg("%s", err.text);
	if (!strstr(made->description, idiom->has) ||
	    (idiom->lacks && strstr(made->description, idiom->lacks)))
		fail_msg("no '%s', or '%s', in\n%s", idiom->has, idiom->lacks ? idiom->lacks : "",
			 made->description);
	int64_t n = network_cut_values(whole, whole->n_subtasks);
	double in[CHANNELS * SIDE * SIDE], *x = malloc(sizeof(double) * (size_t)n),
					   *y = malloc(sizeof(double) * (size_t)n);
	for (int i = 0; i < CHANNELS * SIDE * SIDE; i++)
		in[i] = rng_uniform(rng, -2, 2);
	run_whole(whole, in, x);
	check_cpu(whole, made->description);
	if (lab_import_maker(&apart, NULL, &m, cuts, &err) == 0) {
		assert_int_equal(network_cut_values(apart, apart->n_subtasks), n);
		run_whole(apart, in, y);
		for (int64_t i = 0; i < n; i++)
			if (!(fabs(x[i] - y[i]) <= 1e-5))
				fail_msg("value %lld is %g, with a cut %g\n%s", (long long)i, x[i], y[i],
					 made->description);
		network_free(apart);
	} else if (!strstr(err.text, "a branch goes around it")) {
		fail_msg("%s", err.text);
	}
	free(x);
	free(y);
	onnx_network_free(made);
	network_free(whole);
	maker_close(&m);
}

static void test_idioms(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(idioms) / sizeof(idioms[0]); i++)
		check_idiom(&idioms[i]);
}

// Zeros around, everything else where it was.
static void test_padding_alone(void **state)
{
	(void)state;
	struct maker m;
	struct network *net;
	struct err err;
	enum {
		TOP = 1,
		LEFT = 3,
		BOTTOM = 4,
		RIGHT = 0,
		ROWS = SIDE + TOP + BOTTOM,
		COLUMNS = SIDE + LEFT + RIGHT
	};
	double in[SIDE][SIDE][CHANNELS], out[ROWS][COLUMNS][CHANNELS];
	open_image(&m, 11, 2);
	put_pad(&m, "x", "y", TOP, LEFT, BOTTOM, RIGHT);
	maker_output(&m, "y");
	if (lab_import_maker(&net, NULL, &m, NULL, &err) < 0)
		fail_msg("%s", err.text);
	for (int i = 0; i < SIDE * SIDE * CHANNELS; i++)
		(&in[0][0][0])[i] = rng_uniform(rng, -2, 2);
	run_whole(net, &in[0][0][0], &out[0][0][0]);
	for (int y = 0; y < ROWS; y++)
		for (int x = 0; x < COLUMNS; x++)
			for (int c = 0; c < CHANNELS; c++) {
				bool inside = y >= TOP && y < TOP + SIDE && x >= LEFT && x < LEFT + SIDE;
				double expected = inside ? in[y - TOP][x - LEFT][c] : 0;
				if (out[y][x][c] != expected)
					fail_msg("(%d, %d, %d) is %g, not %g", y, x, c, out[y][x][c],
						 expected);
			}
	network_free(net);
	maker_close(&m);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(test_idioms),
						  cmocka_unit_test(test_padding_alone)};
	uint64_t seed = (uint64_t)time(NULL);
	printf("seed %llu\n", (unsigned long long)seed);
	rng = rng_new(seed, 0, RNG_TEST, 0);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	rng_free(rng);
	return failed;
}
