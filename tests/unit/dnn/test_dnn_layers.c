// SPDX-License-Identifier: BSD-3-Clause
// Every layer kind, stride, padding and residual form on small networks, among them random ones: the cpu
// executor against the plain reference, and the plain reference against sums by hand.
#include <math.h>
#include <setjmp.h>
#include <stdbool.h>
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

enum { BATCH = 3 };

static struct network *parse(const char *text)
{
	struct network *net;
	struct err err;
	if (network_parse(&net, text, "test", 1, &err) < 0)
		fail_msg("%s in\n%s", err.text, text);
	return net;
}

// Sub-tasks one by one: every batch member's output is the reference's.
static void check_network(const char *text, struct rng *rng)
{
	struct network *net = parse(text);
	struct executor *e;
	assert_int_equal(executor_open(&e, "cpu", net, NULL, NULL), 0);
	for (int n = 0; n < net->n_subtasks; n++) {
		int64_t n_in = network_cut_values(net, n), n_out = network_cut_values(net, n + 1);
		float *in[BATCH], *out[BATCH];
		double *exact_in = malloc(sizeof(double) * (size_t)n_in);
		double *exact_out = malloc(sizeof(double) * (size_t)n_out);
		float *expected = malloc(sizeof(float) * (size_t)n_out);
		for (int i = 0; i < BATCH; i++) {
			in[i] = malloc(sizeof(float) * (size_t)n_in);
			out[i] = malloc(sizeof(float) * (size_t)n_out);
			for (int64_t k = 0; k < n_in; k++)
				in[i][k] = (float)rng_uniform(rng, -2, 2);
		}
		for (int batch = 1; batch <= BATCH; batch += 2) {
			struct err err = {""};
			if (executor_run(e, n, batch, (const float *const *)in, out, NULL, &err) < 0)
				fail_msg("%s in\n%s", err.text, text);
			for (int i = 0; i < batch; i++) {
				for (int64_t k = 0; k < n_in; k++)
					exact_in[k] = (double)in[i][k];
				assert_int_equal(reference_run(net, n, n + 1, exact_in, exact_out), 0);
				for (int64_t k = 0; k < n_out; k++)
					expected[k] = (float)exact_out[k];
				double error = relative_error(out[i], expected, n_out);
				if (!(error <= 1e-4))
					fail_msg("sub-task %d, batch %d: relative error %g in\n%s", n, batch,
						 error, text);
			}
		}
		for (int i = 0; i < BATCH; i++) {
			free(in[i]);
			free(out[i]);
		}
		free(exact_in);
		free(exact_out);
		free(expected);
	}
	executor_close(e);
	network_free(net);
}

#define HEAD "network n\ninput 9x7x5\nsubtask A\n"

static void test_forms(void **state)
{
	(void)state;
	static const char *const texts[] = {
	    HEAD "conv 3x3 6 stride 2 pad 1 relu6\n",
	    HEAD "conv 5x5 3 stride 3 pad 2\n",
	    HEAD "conv 2x2 4\n",
	    HEAD "depthwise 3x3 stride 2 pad 1 relu6\n",
	    HEAD "depthwise 5x5 pad 2\n",
	    HEAD "pool 7x7\n",
	    HEAD "pool 3x3 stride 2\n",
	    HEAD "fc 10 relu6\n",
	    HEAD "conv 3x3 6 pad 1 relu\n",
	    HEAD "conv 3x3 6 pad 1 sigmoid\n",
	    HEAD "conv 3x3 6 pad 1 hardswish\n",
	    HEAD "conv 1x3 6 pad 0x1\n",
	    HEAD "conv 5x2 6 stride 2x1 pad 2,0,1,1 relu\n",
	    HEAD "conv 3x3 6 pad 0,0,1,1 stride 2\n",
	    HEAD "conv 3x3 6 dilation 2 pad 2\n",
	    HEAD "conv 3x2 6 dilation 3x2 pad 1,0,4,1\n",
	    HEAD "conv 3x3 10 groups 5 pad 1 relu6\n",
	    HEAD "conv 1x1 24\nconv 3x3 48 groups 3 stride 2 pad 1\n",
	    HEAD "conv 3x3 6 no-bias\n",
	    HEAD "conv 3x3 10 groups 5 no-bias relu\n",
	    HEAD "fc 10 no-bias\n",
	    HEAD "depthwise 3x5 stride 1x2 pad 2,1,0,3 dilation 2x1 bias\n",
	    HEAD "depthwise 3x3 no-bias hardswish\n",
	    HEAD "pool global\n",
	    HEAD "maxpool global\n",
	    HEAD "maxpool 3x3 stride 2 pad 1\n",
	    HEAD "maxpool 2x3 stride 2x1 pad 0,1,1,2\n",
	    HEAD "pool 3x3 stride 2 pad 1\n",
	    HEAD "pool 3x3 stride 2 pad 1 count-padding\n",
	    HEAD "pool 3x2 stride 2x1 pad 2,0,1,1 count-padding\n",
	    HEAD "pool 3x2 stride 2x1 pad 2,0,1,1\n",
	    HEAD "softmax\n",
	    HEAD "fc 17\nsoftmax\n",
	    HEAD "activate relu\n",
	    HEAD "activate relu6\n",
	    HEAD "activate sigmoid\n",
	    HEAD "activate hardswish\n",
	    HEAD "activate silu\n",
	    HEAD "activate tanh\n",
	    HEAD "conv 3x3 6 pad 1 tanh\n",
	    HEAD "activate leakyrelu 0.25\n",
	    HEAD "activate elu 1.5\n",
	    HEAD "activate clip -0.5 1.25\n",
	    HEAD "activate hardsigmoid 0.2 0.5\n",
	    HEAD "conv 3x3 6 pad 1 silu\n",
	    HEAD "conv 3x3 6 groups 1 leakyrelu -0.25\n",
	    HEAD "depthwise 3x3 elu 0.5\n",
	    HEAD "fc 9 clip -1 1e-1\n",
	    HEAD "fc 9 hardsigmoid 0.16666667 0.5\n",
	    HEAD "conv 1x1 8 as a\nconv 1x1 8 silu\nadd a leakyrelu 0.1\n",
	    HEAD "conv 1x1 8 relu as a\nconv 1x1 8 hardsigmoid 0.3 0.1 from input\nmultiply a\n",
	    HEAD
	    "conv 3x3 8 pad 1 as a\npool global\nfc 3 relu\nfc 8 sigmoid as gate\nmultiply gate from a\n",
	    HEAD "conv 3x3 8 pad 1 as a\nmultiply a silu\n", // squared
	    HEAD "pool global as gate\nmultiply gate hardsigmoid 0.5 0.5 from input\nfc 4\n",
	    HEAD "channels 1 3 as a\nchannels 2 3 from input\nadd a relu\n",
	    HEAD "rows 2 4\nconv 3x3 5 pad 1\nchannels 0 2\n",
	    HEAD
	    "conv 1x1 8 relu\nsubtask B\nchannels 0 4 as a\nchannels 4 4 from input\nconv 3x3 4 pad 1 as b\n"
	    "concat a,input,b\n",
	    HEAD "concat input,input\n",
	    HEAD "conv 1x1 8 relu as a\nconv 3x3 5 from input as b\npack b,a\nsubtask B\nunpack 1\nfc "
		 "8 as x\n"
		 "unpack 2\npool global\nadd x\n",
	    HEAD "conv 3x3 16 pad 1 relu as a\nmaxpool 3x3 pad 1 from input as b\nconcat a,input,b,a\n",
	    HEAD "conv 1x1 3 as a\nconv 1x1 4 from input as b\nconcat b,a as c\nconv 1x1 7 from input\nadd c "
		 "relu\n",
	    HEAD "conv 1x1 8 relu\nconv 1x1 5\nadd input relu\n", // the caller's tensor is not written to
	    HEAD "conv 1x1 8 as a\nconv 1x1 8 from input\nadd a relu\n",
	    HEAD "conv 1x1 8 relu as a\nconv 1x1 8 sigmoid from input\nadd a hardswish\n",
	    HEAD "conv 1x1 8 as a\nconv 1x1 8\nadd a\n",	     // folded
	    HEAD "conv 1x1 8 as a\nconv 1x1 8\nadd a relu6\n",	     // folded, activated
	    HEAD "conv 1x1 8 as a\nconv 1x1 8 relu6\nadd a\n",	     // not to be folded
	    HEAD "conv 1x1 8 as a\ndepthwise 3x3 pad 1\nadd a\n",    // nor this
	    HEAD "conv 1x1 8 as a\nconv 1x1 8 as b\nadd a\nadd b\n", // nor this: b is read again
	    HEAD
	    "conv 1x1 8 as a\nconv 1x1 8\nadd a as c\nconv 1x1 8\nadd a\nadd c\n", // a outlives the first
	    HEAD "conv 1x1 8 as a\nconv 1x1 8\nadd a as b\nconv 1x1 8\nadd b as c\nconv 1x1 9 from c\n",
	    HEAD "conv 1x1 8 as a\nadd a\n", // doubled
	    HEAD "conv 1x1 5\nconv 1x1 5 as a\nconv 1x1 5\nconv 3x3 5 pad 1\nadd a\npool 2x2\nfc 3\n",
	};
	struct rng *rng = rng_new(1, 0, RNG_TEST, 0);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		check_network(texts[i], rng);
	rng_free(rng);
}

// A random chain: named layers, each reading the one before; additions wherever an earlier shape equals.
struct author {
	struct rng *rng;
	char text[4096];
	size_t length;
	int height, width, channels;
	int n_layers;
	struct {
		int height, width, channels;
	} shape[32]; // of the sub-task's layers
};

static void write_line(struct author *a, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void write_line(struct author *a, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	a->length += (size_t)vsnprintf(a->text + a->length, sizeof(a->text) - a->length, format, args);
	va_end(args);
	assert_true(a->length < sizeof(a->text));
}

static int draw(struct author *a, int low, int high)
{
	return low + (int)rng_below(a->rng, (uint64_t)(high - low + 1));
}

static const char *draw_activation(struct author *a)
{
	static const char *const words[] = {
	    "",	     " relu",	       " relu6",   " sigmoid",	     " hardswish",
	    " silu", " leakyrelu 0.1", " elu 0.7", " clip -1.5 0.5", " hardsigmoid 0.2 0.5",
	    " tanh"};
	return words[draw(a, 0, 10)];
}

// One direction of a moving kernel. Returns the rows (or columns) it makes of `in`.
struct direction {
	int kernel, stride, dilation, before, after;
};

static int draw_direction(struct author *a, struct direction *d, int in, bool may_dilate)
{
	d->kernel = draw(a, 1, 5);
	d->stride = draw(a, 1, 3);
	d->dilation = may_dilate ? draw(a, 1, 2) : 1;
	int reach = (d->kernel - 1) * d->dilation;
	d->before = draw(a, 0, reach);
	d->after = draw(a, 0, reach);
	int room = in + d->before + d->after - reach - 1;
	if (room >= 0)
		return room / d->stride + 1;
	*d = (struct direction){.kernel = 1, .stride = d->stride, .dilation = 1};
	return (in - 1) / d->stride + 1;
}

static void draw_groups_and_bias(struct author *a, bool depthwise, int channels_in)
{
	static const char *const biases[] = {"", " bias", " no-bias"};
	int groups = draw(a, 1, 4);
	if (!depthwise && channels_in % groups == 0 && a->channels % groups == 0)
		write_line(a, " groups %d", groups);
	write_line(a, "%s", biases[draw(a, 0, 2)]);
}

static void move_kernel(struct author *a)
{
	static const char *const kinds[] = {"conv", "depthwise", "maxpool", "pool"};
	int kind = draw(a, 0, 3), channels_in = a->channels;
	struct direction y, x;
	a->height = draw_direction(a, &y, a->height, kind < 2);
	a->width = draw_direction(a, &x, a->width, kind < 2);
	write_line(a, "%s %dx%d", kinds[kind], y.kernel, x.kernel);
	if (kind == 0) {
		a->channels = draw(a, 0, 1) ? a->channels : draw(a, 1, 40);
		write_line(a, " %d", a->channels);
	}
	write_line(a, " stride %dx%d pad %d,%d,%d,%d", y.stride, x.stride, y.before, x.before, y.after,
		   x.after);
	if (kind < 2) {
		write_line(a, " dilation %dx%d", y.dilation, x.dilation);
		draw_groups_and_bias(a, kind == 1, channels_in);
	}
	if (kind == 3 && draw(a, 0, 1))
		write_line(a, " count-padding");
	if (kind < 2)
		write_line(a, "%s", draw_activation(a));
}

// An earlier layer, not the last, of this height and width (and channels); -1 = there is none.
static int find_equal_shape(const struct author *a, bool channels)
{
	for (int i = 0; i < a->n_layers - 1; i++)
		if (a->shape[i].height == a->height && a->shape[i].width == a->width &&
		    (!channels || a->shape[i].channels == a->channels))
			return i;
	return -1;
}

static void write_layer(struct author *a)
{
	int equal = find_equal_shape(a, true), joinable = find_equal_shape(a, false), last = a->n_layers - 1;
	if (equal >= 0 && draw(a, 0, 2)) {
		write_line(a, "%s l%d%s", draw(a, 0, 1) ? "add" : "multiply", equal, draw_activation(a));
	} else if (joinable >= 0 && a->channels + a->shape[joinable].channels < 80 && draw(a, 0, 2)) {
		write_line(a, draw(a, 0, 1) ? "concat l%d,l%d" : "concat l%2$d,l%1$d", last, joinable);
		a->channels += a->shape[joinable].channels;
	} else if (draw(a, 0, 9) == 0) {
		write_line(a, "softmax");
	} else if (draw(a, 0, 9) == 0) {
		write_line(a, "activate hardswish");
	} else if (draw(a, 0, 1)) {
		write_line(a, "conv 1x1 %d%s", a->channels, draw_activation(a));
	} else {
		move_kernel(a);
	}
	write_line(a, " as l%d\n", a->n_layers);
	a->shape[a->n_layers].height = a->height;
	a->shape[a->n_layers].width = a->width;
	a->shape[a->n_layers++].channels = a->channels;
}

static void test_random_networks(void **state)
{
	(void)state;
	uint64_t seed = (uint64_t)time(NULL);
	print_message("seed %llu\n", (unsigned long long)seed);
	struct author a = {.rng = rng_new(seed, 0, RNG_TEST, 1)};
	for (int trial = 0; trial < 100; trial++) {
		a.length = 0;
		a.height = draw(&a, 1, 14);
		a.width = draw(&a, 1, 14);
		a.channels = draw(&a, 1, 20);
		write_line(&a, "network random\ninput %dx%dx%d\n", a.height, a.width, a.channels);
		for (int s = 0; s < 2; s++) {
			a.n_layers = 0;
			write_line(&a, "subtask S%d\n", s);
			for (int layers = draw(&a, 1, 12); layers > 0; layers--)
				write_layer(&a);
		}
		check_network(a.text, a.rng);
	}
	rng_free(a.rng);
}

// The reference itself, against the definition written out: one output of a padded, strided convolution.
static void test_reference_by_hand(void **state)
{
	(void)state;
	struct network *net = parse("network n\ninput 5x5x2\nsubtask A\nconv 3x3 3 stride 2 pad 1\n");
	const struct layer *l = &net->subtasks[0].layers[0];
	double in[50], out[27];
	for (int i = 0; i < 50; i++)
		in[i] = sin(i);
	assert_int_equal(reference_run(net, 0, 1, in, out), 0);
	for (int y = 0; y < 3; y++) {
		for (int x = 0; x < 3; x++) {
			for (int o = 0; o < 3; o++) {
				double sum = (double)l->bias[o];
				for (int iy = 2 * y - 1; iy <= 2 * y + 1; iy++)
					for (int ix = 2 * x - 1; ix <= 2 * x + 1; ix++)
						for (int c = 0; c < 2; c++)
							if (iy >= 0 && iy < 5 && ix >= 0 && ix < 5)
								sum +=
								    in[(iy * 5 + ix) * 2 + c] *
								    (double)l->weight[(((iy - 2 * y + 1) * 3 +
											ix - 2 * x + 1) *
											   2 +
										       c) *
											  3 +
										      o];
				assert_true(fabs(out[(y * 3 + x) * 3 + o] - sum) < 1e-12);
			}
		}
	}
	network_free(net);
}

static void test_reference_pool_add_activation(void **state)
{
	(void)state;
	struct network *net =
	    parse("network n\ninput 2x2x1\nsubtask A\npool 1x1 as a\nadd a relu6\nsubtask B\npool 2x2\n");
	double out[4], mean;
	assert_int_equal(reference_run(net, 0, 1, (const double[]){-1, 0.5, 2, 4}, out), 0);
	assert_true(out[0] == 0 && out[1] == 1 && out[2] == 4 && out[3] == 6);
	assert_int_equal(reference_run(net, 1, 2, out, &mean), 0);
	assert_true(mean == 11.0 / 4);
	assert_int_equal(reference_run(net, 1, 1, (const double[]){0, 0, 0, 0}, out),
			 0); // nothing to run: the input
	network_free(net);
}

// Inputs 1..6 as 2x3x1: what padding does to the largest and the average, both ways of counting.
static void test_reference_padded_pools(void **state)
{
	(void)state;
	static const double in[] = {1, 2, 3, 4, 5, 6};
	static const struct {
		const char *layer;
		double out[4];
	} rows[] = {
	    {"maxpool 2x2 stride 2x2 pad 1,0,1,1", {2, 3, 5, 6}},
	    {"pool 2x2 stride 2x2 pad 1,0,1,1", {1.5, 3, 4.5, 6}},
	    {"pool 2x2 stride 2x2 pad 1,0,1,1 count-padding", {0.75, 0.75, 2.25, 1.5}},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[128];
		double out[4], negative[6];
		snprintf(text, sizeof(text), "network n\ninput 2x3x1\nsubtask A\n%s\n", rows[i].layer);
		struct network *net = parse(text);
		assert_int_equal(network_cut_values(net, 1), 4);
		assert_int_equal(reference_run(net, 0, 1, in, out), 0);
		assert_memory_equal(out, rows[i].out, sizeof(out));
		for (int k = 0; k < 6; k++)
			negative[k] = in[k] - 10; // a zero of padding would win
		assert_int_equal(reference_run(net, 0, 1, negative, out), 0);
		if (i < 2)
			for (int k = 0; k < 4; k++)
				assert_true(out[k] == rows[i].out[k] - 10);
		network_free(net);
	}
}

// Grouped, dilated, unevenly strided and padded: the definition written out.
static void test_reference_general_convolution(void **state)
{
	(void)state;
	struct network *net = parse("network n\ninput 7x6x4\nsubtask A\n"
				    "conv 3x2 6 groups 2 dilation 2x3 stride 2x1 pad 1,0,2,3\n");
	const struct layer *l = &net->subtasks[0].layers[0];
	double in[7 * 6 * 4], out[3 * 6 * 6];
	for (int i = 0; i < 7 * 6 * 4; i++)
		in[i] = cos(i);
	assert_int_equal(network_cut_values(net, 1), 3 * 6 * 6);
	assert_int_equal(net->subtasks[0].macs, 3 * 2 * 2 * 6 * 3 * 6);
	assert_int_equal(reference_run(net, 0, 1, in, out), 0);
	for (int index = 0; index < 3 * 6 * 6; index++) {
		int o = index % 6, x = index / 6 % 6, y = index / 36;
		double sum = (double)l->bias[o];
		for (int k = 0; k < 3 * 2 * 2; k++) {
			int c = k % 2, kx = k / 2 % 2, ky = k / 4;
			int iy = 2 * y - 1 + 2 * ky, ix = x + 3 * kx;
			if (iy >= 0 && iy < 7 && ix < 6)
				sum += in[(iy * 6 + ix) * 4 + o / 3 * 2 + c] *
				       (double)l->weight[((ky * 2 + kx) * 2 + c) * 6 + o];
		}
		assert_true(fabs(out[index] - sum) < 1e-12);
	}
	network_free(net);
}

static void test_reference_concat_softmax_activations(void **state)
{
	(void)state;
	struct network *net = parse("network n\ninput 1x2x2\nsubtask A\nactivate relu as a\n"
				    "activate sigmoid from input as b\nactivate hardswish from input as c\n"
				    "concat c,input,a,b\nsubtask B\nsoftmax\n");
	double out[16], share[16];
	assert_int_equal(reference_run(net, 0, 1, (const double[]){-2, 1, 800, -800}, out), 0);
	const double expected[] = {
	    -1.0 / 3, 2.0 / 3, -2,  1, 0, 1, 1 / (1 + exp(2)), 1 / (1 + exp(-1)), 800, -0.0,
	    800,      -800,    800, 0, 1, 0};
	for (int i = 0; i < 16; i++)
		assert_true(fabs(out[i] - expected[i]) < 1e-12);
	assert_int_equal(reference_run(net, 1, 2, out, share), 0);
	double sum = 0;
	for (int i = 0; i < 8; i++)
		sum += share[i];
	assert_true(fabs(sum - 1) < 1e-12 && fabs(share[3] / share[0] - exp(4.0 / 3)) < 1e-12);
	assert_true(share[8] == share[12] && fabs(share[8] - 1.0 / 3) < 1e-12); // and no overflow
	network_free(net);
}

static void test_relative_error(void **state)
{
	(void)state;
	const float a[] = {1, 2, -4}, b[] = {1, 2.5f, -5}, nan[] = {1, NAN, 2}, zero[] = {0, 0, 0};
	assert_true(relative_error(a, a, 3) == 0);
	assert_true(relative_error(a, b, 3) == 1.0 / 5);
	assert_true(isinf(relative_error(nan, a, 3)));
	assert_true(isinf(relative_error(a, nan, 3)));
	assert_true(isinf(relative_error(a, zero, 3)));
	assert_true(relative_error(zero, zero, 3) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_forms),
	    cmocka_unit_test(test_random_networks),
	    cmocka_unit_test(test_reference_by_hand),
	    cmocka_unit_test(test_reference_pool_add_activation),
	    cmocka_unit_test(test_reference_padded_pools),
	    cmocka_unit_test(test_reference_general_convolution),
	    cmocka_unit_test(test_reference_concat_softmax_activations),
	    cmocka_unit_test(test_relative_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
