// SPDX-License-Identifier: BSD-3-Clause
// The encodings of features: their laws on all bit patterns and on random tensors, and what they do to the
// results of mobilenet-v2 at every cut.
#include <errno.h>
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "dnn/executor.h"
#include "dnn/features.h"
#include "dnn/features_codecs_private.h"
#include "dnn/reference.h"
#include "dnn/samples.h"

enum { SEED = 5, PATTERNS = 1 << 16 };

static void print_seed(void)
{
	print_message("seed %d\n", SEED);
}

static float random_float(struct rng *rng)
{
	uint32_t bits = (uint32_t)(rng_uniform(rng, 0, 1) * 4294967296.);
	float x;
	memcpy(&x, &bits, sizeof(x));
	return x;
}

typedef void (*fp16_encoder)(const float *, int64_t, uint16_t *);
typedef void (*fp16_decoder)(const uint16_t *, int64_t, float *);

static bool is_nan16(uint16_t h)
{
	return (h & 0x7fff) > 0x7c00;
}

// Every pattern comes back, NaNs as quiet ones, and all numbers are in order and have the value of their
// fields.
static void fp16_patterns_round_trip(void **state)
{
	(void)state;
	static const fp16_encoder encode[] = {fp16_encode, fp16_encode_portable};
	static const fp16_decoder decode[] = {fp16_decode, fp16_decode_portable};
	uint16_t *all = calloc(PATTERNS, sizeof(*all)), *back = calloc(PATTERNS, sizeof(*back));
	float *values = calloc(PATTERNS, sizeof(*values));
	for (int i = 0; i < PATTERNS; i++)
		all[i] = (uint16_t)i;
	for (int way = 0; way < 2; way++) {
		decode[way](all, PATTERNS, values);
		encode[way](values, PATTERNS, back);
		for (int i = 0; i < PATTERNS; i++)
			assert_int_equal(back[i], is_nan16(all[i]) ? all[i] | 0x200 : all[i]);
		for (int i = 0; i < 0x7c00; i++) {
			int exponent = i >> 10, fraction = i & 0x3ff;
			double x = exponent ? ldexp(1024 + fraction, exponent - 25) : ldexp(fraction, -24);
			assert_true((double)values[i] == x && (double)values[i + 0x8000] == -x);
		}
		assert_true(isinf(values[0x7c00]) && isnan(values[0x7c01]) && isnan(values[0xffff]));
	}
	free(all);
	free(back);
	free(values);
}

static uint16_t compilers_fp16(float x)
{
	float inside = isinf(x) || isnan(x) ? x : fminf(fmaxf(x, -65504), 65504);
	_Float16 h = (_Float16)inside;
	uint16_t bits;
	memcpy(&bits, &h, sizeof(bits));
	return bits;
}

// Random bit patterns and the neighbourhood of every number and every middle between two: all encoders agree
// with the compiler's conversion, and the error is within the stated bound.
static void fp16_rounds_to_nearest_even(void **state)
{
	(void)state;
	enum { EACH = 3, RANDOM = 400000, N = 2 * 0x7c00 * EACH + RANDOM };
	print_seed();
	struct rng *rng = rng_new(SEED, 0, RNG_INPUT, 0);
	float *x = calloc(N, sizeof(*x)), *back = calloc(N, sizeof(*back));
	uint16_t *fast = calloc(N, sizeof(*fast)), *portable = calloc(N, sizeof(*portable));
	int n = 0;
	for (uint16_t h = 0; h < 0x7c00; h++) {
		const uint16_t pair[] = {h, (uint16_t)(h + (h < 0x7bff))};
		float value[2];
		fp16_decode_portable(pair, 2, value);
		float middle = (value[0] + value[1]) / 2;
		x[n++] = value[0], x[n++] = -nextafterf(value[0], INFINITY),
		x[n++] = nextafterf(value[0], -1);
		x[n++] = middle, x[n++] = nextafterf(middle, INFINITY), x[n++] = -nextafterf(middle, 0);
	}
	while (n < N)
		x[n++] = random_float(rng);
	fp16_encode(x, N, fast);
	fp16_encode_portable(x, N, portable);
	fp16_decode(fast, N, back);
	for (int i = 0; i < N; i++) {
		assert_int_equal(fast[i], portable[i]);
		if (isnan(x[i])) {
			assert_true(isnan(back[i]));
			continue;
		}
		assert_int_equal(portable[i], compilers_fp16(x[i]));
		double size = fabs((double)x[i]);
		if (size > 65504)
			assert_true(back[i] == (isinf(x[i]) ? x[i] : copysignf(65504, x[i])));
		else
			assert_true(fabs((double)x[i] - (double)back[i]) <= fmax(ldexp(size, -11), 0x1p-25));
	}
	free(x);
	free(back);
	free(fast);
	free(portable);
	rng_free(rng);
}

static struct features_layout row(int64_t n)
{
	return (struct features_layout){.rows = 1, .channels = n};
}

static float scale_of(const uint8_t *wire)
{
	float scale;
	memcpy(&scale, wire, sizeof(scale));
	return scale;
}

static int by_value(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;
	return (x > y) - (x < y);
}

// Sorted values decode sorted, each within half a scale; zero is exact.
static void assert_int8_laws(float *x, int n)
{
	uint8_t *wire = calloc(1, (size_t)features_bytes(FEATURES_INT8, row(n)));
	float *back = calloc((size_t)n + 1, sizeof(*back));
	struct err err;
	qsort(x, (size_t)n, sizeof(*x), by_value);
	assert_int_equal(features_encode(FEATURES_INT8, row(n), x, wire, &err), 0);
	assert_int_equal(features_decode(FEATURES_INT8, row(n), wire, back, &err), 0);
	double scale = (double)scale_of(wire);
	double low = n ? fmin(0, (double)x[0]) : 0, high = n ? fmax(0, (double)x[n - 1]) : 0;
	assert_true(fabs(scale - (high - low) / 255) <= 1e-6 * scale + 8 * (double)FLT_MIN);
	for (int i = 0; i < n; i++) {
		assert_true(fabs((double)x[i] - (double)back[i]) <= scale / 2 * (1 + 1e-4));
		assert_true(i == 0 || back[i] >= back[i - 1]);
		assert_true(x[i] != 0 || back[i] == 0);
	}
	free(wire);
	free(back);
}

static void int8_keeps_bound_and_order(void **state)
{
	(void)state;
	enum { MOST = 3000 };
	print_seed();
	struct rng *rng = rng_new(SEED, 0, RNG_INPUT, 1);
	float x[MOST];
	for (int trial = 0; trial < 400; trial++) {
		int n = trial < 70 ? trial : 1 + (int)rng_uniform(rng, 0, MOST - 1);
		double size = pow(10, rng_uniform(rng, -44, 38)), shift = rng_uniform(rng, -1.5, 1.5);
		for (int i = 0; i < n; i++) {
			double v = size * (shift + rng_uniform(rng, -1, 1)) / 2.5;
			x[i] = trial % 3 == 0 && v < 0 ? 0 : (float)v; // as a ReLU leaves them
		}
		assert_int8_laws(x, n);
	}
	for (int i = 0; i < 100; i++)
		x[i] = i % 2 ? FLT_MAX / 2 : -FLT_MAX / 2;
	assert_int8_laws(x, 100);
	memset(x, 0, sizeof(x));
	assert_int8_laws(x, 100);
	x[7] = -0.f, x[50] = 1e-45f;
	assert_int8_laws(x, 100);
	rng_free(rng);
}

static void int8_refuses_what_it_cannot_hold(void **state)
{
	(void)state;
	const float bad[] = {NAN, -NAN, INFINITY, -INFINITY, FLT_MAX, -FLT_MAX};
	uint8_t wire[FEATURES_INT8_HEADER + 40];
	for (size_t k = 0; k < sizeof(bad) / sizeof(bad[0]); k++)
		for (int at = 0; at < 40; at++) {
			float x[40] = {1, 2, 3};
			struct err err = {0};
			x[at] = bad[k];
			assert_int_equal(features_encode(FEATURES_INT8, row(40), x, wire, &err), -EDOM);
			assert_non_null(strstr(err.text, "int8"));
		}
	static const struct {
		float scale;
		int32_t zero;
	} headers[] = {{-1, 0}, {NAN, 0}, {INFINITY, 0}, {1e37f, 0}, {1, -1}, {1, 256}, {1, INT32_MIN}};
	for (size_t k = 0; k < sizeof(headers) / sizeof(headers[0]); k++) {
		float out[40];
		struct err err = {0};
		memcpy(wire, &headers[k], FEATURES_INT8_HEADER);
		assert_int_equal(features_decode(FEATURES_INT8, row(40), wire, out, &err), -EPROTO);
		assert_non_null(strstr(err.text, "scale"));
	}
}

// The first channels of each row come back bit by bit; the others are what they are without these.
static void exact_channels_are_left_alone(void **state)
{
	(void)state;
	enum { ROWS = 37, CHANNELS = 13, EXACT = 3, REST = CHANNELS - EXACT };
	const struct features_layout layout = {ROWS, CHANNELS, EXACT};
	print_seed();
	struct rng *rng = rng_new(SEED, 0, RNG_INPUT, 2);
	float x[ROWS][CHANNELS], rest[ROWS][REST], back[ROWS][CHANNELS], rest_back[ROWS][REST];
	for (int i = 0; i < ROWS * CHANNELS; i++)
		x[i / CHANNELS][i % CHANNELS] = (float)rng_normal(rng, 0, i % CHANNELS < EXACT ? 30 : 1);
	for (int i = 0; i < ROWS; i++)
		memcpy(rest[i], x[i] + EXACT, sizeof(rest[i]));
	x[5][1] = INFINITY; // where nothing is encoded
	for (int f = 0; f < FEATURES_COUNT; f++) {
		enum features features = (enum features)f;
		uint8_t wire[sizeof(x)], rest_wire[sizeof(x)];
		int64_t bytes = features_bytes(features, layout);
		assert_int_equal(bytes, 4 * ROWS * EXACT + features_bytes(features, row(ROWS * REST)));
		assert_int_equal(features_encode(features, layout, &x[0][0], wire, NULL), 0);
		assert_int_equal(features_decode(features, layout, wire, &back[0][0], NULL), 0);
		assert_int_equal(features_encode(features, row(ROWS * REST), &rest[0][0], rest_wire, NULL),
				 0);
		assert_int_equal(
		    features_decode(features, row(ROWS * REST), rest_wire, &rest_back[0][0], NULL), 0);
		for (int i = 0; i < ROWS; i++) {
			assert_memory_equal(back[i], x[i], EXACT * sizeof(float));
			assert_memory_equal(back[i] + EXACT, rest_back[i], sizeof(rest_back[i]));
		}
	}
	rng_free(rng);
}

static float *tensor_of(const struct network *net, int cut)
{
	float *x = malloc((size_t)network_cut_values(net, cut) * sizeof(*x));
	assert_non_null(x);
	return x;
}

// A tensor of points that is too narrow for positions has none: each encoding keeps within its bytes and
// gives the values back.
static void narrow_tensors_of_points_hold_no_positions(void **state)
{
	(void)state;
	static const char text[] = "network narrow\ninput 9x1x4 points\nsubtask A\nconv 1x1 1\nsubtask B\n"
				   "conv 1x1 2\nsubtask C\nconv 1x1 3\nsubtask D\nconv 1x1 4\n";
	static const double tolerance[FEATURES_COUNT] = {0, .01, .01};
	const float x[9 * 4] = {1, -1, .5f, .25f, 2, 1.5f, -.125f, 0, .75f};
	struct network *net;
	assert_int_equal(network_parse(&net, text, "narrow", 1, NULL), 0);
	for (int k = 0; k < FEATURES_COUNT * (net->n_subtasks - 1); k++) {
		enum features features = (enum features)(k % FEATURES_COUNT);
		int cut = 1 + k / FEATURES_COUNT;
		struct features_layout layout = features_cut_layout(net, cut);
		assert_int_equal(layout.exact, cut < 3 ? 0 : 3);
		int64_t bytes = features_cut_bytes(net, cut, features), n = network_cut_values(net, cut);
		uint8_t *wire = malloc((size_t)bytes); // no byte more, for the sanitizer
		float *back = tensor_of(net, cut);
		assert_int_equal(features_encode(features, layout, x, wire, NULL), 0);
		assert_int_equal(features_decode(features, layout, wire, back, NULL), 0);
		for (int64_t i = 0; i < n; i++)
			assert_true(fabs((double)x[i] - (double)back[i]) <= tolerance[features]);
		free(wire);
		free(back);
	}
	network_free(net);
}

// Megabits of the tensors at cuts 1..8 of the published layer table, 8 bits a value.
static void sizes_are_those_of_the_table(void **state)
{
	(void)state;
	static const double mbit[] = {3.211, 1.606, .602, .201, .100, .151, .063, .125};
	struct network *net;
	assert_int_equal(network_outline(&net, "mobilenet-v2", 1, NULL), 0);
	for (int f = 0; f < FEATURES_COUNT; f++)
		assert_int_equal(features_cut_bytes(net, 0, (enum features)f), 150528);
	for (int cut = 1; cut < net->n_subtasks; cut++) {
		double bits = 8. * (double)features_cut_bytes(net, cut, FEATURES_INT8) - 64;
		assert_true(fabs(bits / 1e6 - mbit[cut - 1]) <= 6e-4);
		assert_int_equal(features_cut_bytes(net, cut, FEATURES_FP32) * 8, network_cut_bits(net, cut));
		assert_int_equal(features_cut_bytes(net, cut, FEATURES_FP16) * 16,
				 network_cut_bits(net, cut));
	}
	for (int f = 0; f < FEATURES_COUNT; f++)
		assert_int_equal(features_of(features_name((enum features)f)), f);
	assert_int_equal(features_of("bf16"), -EINVAL);
	network_free(net);
}

struct chain {
	struct network *net;
	struct executor *executor;
	float *at[16]; // [cut] the unsplit network's tensors
	float *buffer[2];
	uint8_t *wire;
};

static void run_on(const struct chain *c, int from, const float *in, float *result)
{
	for (int n = from; n < c->net->n_subtasks; n++) {
		float *out = n == c->net->n_subtasks - 1 ? result : c->buffer[n % 2];
		assert_int_equal(executor_run(c->executor, n, 1, &in, &out, NULL, NULL), 0);
		in = out;
	}
}

static void open_chain(struct chain *c)
{
	*c = (struct chain){0};
	assert_int_equal(network_open(&c->net, "mobilenet-v2", 1, NULL), 0);
	assert_int_equal(executor_open(&c->executor, "cpu", c->net, NULL, NULL), 0);
	int64_t n_in = network_cut_values(c->net, 0);
	uint8_t *u8 = malloc((size_t)n_in);
	assert_non_null(u8);
	assert_int_equal(samples_draw_input(c->net, SEED, 0, u8), 0);
	c->at[0] = tensor_of(c->net, 0);
	network_input_from_u8(c->net, u8, c->at[0]);
	free(u8);
	for (int n = 0; n < c->net->n_subtasks; n++) {
		const float *in = c->at[n];
		c->at[n + 1] = tensor_of(c->net, n + 1);
		assert_int_equal(executor_run(c->executor, n, 1, &in, &c->at[n + 1], NULL, NULL), 0);
	}
	for (int i = 0; i < 2; i++)
		c->buffer[i] = tensor_of(c->net, 1); // the largest
	c->wire = (uint8_t *)tensor_of(c->net, 1);
}

static void close_chain(struct chain *c)
{
	for (int cut = 0; cut <= c->net->n_subtasks; cut++)
		free(c->at[cut]);
	free(c->buffer[0]);
	free(c->buffer[1]);
	free(c->wire);
	executor_close(c->executor);
	network_free(c->net);
}

static double relative_distance(const float *a, const float *b, int64_t n)
{
	double distance = 0, size = 0;
	for (int64_t i = 0; i < n; i++) {
		distance += pow((double)a[i] - (double)b[i], 2);
		size += pow((double)b[i], 2);
	}
	return sqrt(distance / size);
}

// With fp32 the split network's result is the unsplit one's, bit by bit. With fp16 it is within 1e-2, the
// tolerance the project states for fp16 inference. With int8: a step is at most 1/255 of a tensor's range,
// and errors of random signs pass the layers of a He-weighted network about as the signal does: the result's
// relative distance (2-norms) is bounded by twice the tensor's.
static void split_results_stay_near(void **state)
{
	(void)state;
	struct chain c;
	open_chain(&c);
	int last = c.net->n_subtasks;
	float *decoded = tensor_of(c.net, 1), *result = tensor_of(c.net, last);
	int64_t n_result = network_cut_values(c.net, last);
	for (int cut = 1; cut < last; cut++)
		for (int f = 0; f < FEATURES_COUNT; f++) {
			int64_t n = network_cut_values(c.net, cut);
			struct features_layout layout = features_cut_layout(c.net, cut);
			assert_int_equal(features_encode((enum features)f, layout, c.at[cut], c.wire, NULL),
					 0);
			assert_int_equal(features_decode((enum features)f, layout, c.wire, decoded, NULL), 0);
			run_on(&c, cut, decoded, result);
			double sent = relative_distance(decoded, c.at[cut], n);
			double got = relative_distance(result, c.at[last], n_result);
			print_message("cut %d %s: tensor off by %.1e, result by %.1e (largest error %.1e)\n",
				      cut, features_name((enum features)f), sent, got,
				      relative_error(result, c.at[last], n_result));
			if (f == FEATURES_FP32)
				assert_memory_equal(result, c.at[last], (size_t)n_result * sizeof(float));
			if (f == FEATURES_FP16)
				assert_true(relative_error(result, c.at[last], n_result) <= 1e-2);
			if (f == FEATURES_INT8)
				assert_true(got <= 2 * sent);
		}
	free(decoded);
	free(result);
	close_chain(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(fp16_patterns_round_trip),
	    cmocka_unit_test(fp16_rounds_to_nearest_even),
	    cmocka_unit_test(int8_keeps_bound_and_order),
	    cmocka_unit_test(int8_refuses_what_it_cannot_hold),
	    cmocka_unit_test(exact_channels_are_left_alone),
	    cmocka_unit_test(narrow_tensors_of_points_hold_no_positions),
	    cmocka_unit_test(sizes_are_those_of_the_table),
	    cmocka_unit_test(split_results_stay_near),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
