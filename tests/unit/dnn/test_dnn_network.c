// SPDX-License-Identifier: BSD-3-Clause
// Networks against their published totals; the strictness of the description language; the weights'
// distribution.
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/dnn/refusals.h"

#include "dnn/network.h"

static void assert_near(double found, double expected, double tolerance)
{
	if (!(fabs(found - expected) <= tolerance))
		fail_msg("%.9g is not %.9g within %g", found, expected, tolerance);
}

static struct network *open_mobilenet(uint64_t seed)
{
	struct network *net;
	struct err err;
	if (network_open(&net, "mobilenet-v2", seed, &err) < 0)
		fail_msg("%s", err.text);
	return net;
}

static struct network *outline(const char *name)
{
	struct network *net;
	struct err err;
	if (network_outline(&net, name, 1, &err) < 0)
		fail_msg("%s", err.text);
	return net;
}

// docs/networks.md: MMAC and the number of values of each sub-task's output.
static void test_published_table(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		struct shape out;
		double mmac;
	} rows[] = {
	    {"C", {112, 112, 32}, 10.84}, {"B1", {112, 112, 16}, 10.04}, {"B2", {56, 56, 24}, 54.94},
	    {"B3", {28, 28, 32}, 37.44},  {"B4", {14, 14, 64}, 38.50},	 {"B5", {14, 14, 96}, 58.10},
	    {"B6", {7, 7, 160}, 46.56},	  {"B7", {7, 7, 320}, 23.00},	 {"CLS", {1, 1, 1000}, 21.35},
	};
	struct network *net = open_mobilenet(1);
	assert_int_equal(net->n_subtasks, 9);
	for (int n = 0; n < 9; n++) {
		const struct subtask *t = &net->subtasks[n];
		assert_string_equal(t->name, rows[n].name);
		assert_memory_equal(&t->out, &rows[n].out, sizeof(t->out));
		assert_near((double)t->macs / 1e6, rows[n].mmac, 0.005);
		assert_int_equal(network_cut_values(net, n + 1), shape_values(rows[n].out));
		assert_int_equal(network_cut_bits(net, n + 1), 32 * shape_values(rows[n].out));
		assert_true(network_work_flop(net, n) == 2 * (double)t->macs);
	}
	assert_int_equal(network_cut_values(net, 0), 150528);
	assert_int_equal(network_cut_bits(net, 0), 8 * 150528);
	network_free(net);
}

// docs/networks.md names where each figure was published.
static void test_published_totals(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		int64_t macs, parameters;
	} rows[] = {
	    {"alexnet", 714188480, 61100840},	      {"googlenet", 1498376192, 6624904},
	    {"mobilenet-v1", 568740352, 4231976},     {"mobilenet-v1-0.75", 325400448, 2585560},
	    {"mobilenet-v1-0.5", 149497088, 1331592}, {"mobilenet-v1-0.25", 41030272, 470072},
	    {"mobilenet-v2", 300774272, 3504872},     {"resnet-18", 1814073344, 11689512},
	    {"resnet-50", 4089184256, 25557032},      {"vgg-16", 15470264320, 138357544},
	};
	size_t known = 0;
	for (const char *const *name = network_names(); *name; name++) {
		struct network *net = outline(*name);
		int64_t macs = 0, parameters = 0;
		for (int n = 0; n < net->n_subtasks; n++) {
			macs += net->subtasks[n].macs;
			parameters += net->subtasks[n].parameters;
		}
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			if (strcmp(rows[i].name, *name) != 0)
				continue;
			assert_int_equal(macs, rows[i].macs);
			assert_int_equal(parameters, rows[i].parameters);
			known++;
		}
		if (net->input_kind == INPUT_IMAGE && !net->pentominoes) {
			assert_int_equal(network_cut_values(net, 0), 224 * 224 * 3);
			assert_int_equal(network_cut_values(net, net->n_subtasks), 1000);
		}
		network_free(net);
	}
	assert_int_equal(known, sizeof(rows) / sizeof(rows[0]));
}

static double second_moment(const float *v, int64_t n)
{
	double sum = 0;
	for (int64_t i = 0; i < n; i++)
		sum += (double)v[i] * (double)v[i];
	return sum / (double)n;
}

// A sub-task's row of docs/networks.md.
static void format_row(const struct network *net, int n, char *buf, size_t size)
{
	const struct subtask *t = &net->subtasks[n];
	int kernels = 0;
	int64_t activations = 0;
	for (int i = 0; i < t->n_layers; i++) {
		const struct layer *l = &t->layers[i];
		kernels += l->macs > 0;
		activations += l->kind == LAYER_ADD ? 0 : shape_values(l->out);
	}
	snprintf(buf, size, "| %d | %s | %dx%dx%d | %lld | %.3f | %.2f | %lld | %d | %lld |\n", n + 1,
		 t->name, t->out.height, t->out.width, t->out.channels,
		 (long long)network_cut_values(net, n + 1), (double)network_cut_bits(net, n + 1) / 1e6,
		 (double)t->macs / 1e6, (long long)t->parameters, kernels, (long long)activations);
}

static void test_documented_table(void **state)
{
	(void)state;
	static char doc[1 << 16];
	FILE *f = fopen(DOCS "/networks.md", "r");
	assert_non_null(f);
	doc[fread(doc, 1, sizeof(doc) - 1, f)] = '\0';
	fclose(f);
	for (const char *const *name = network_names(); *name; name++) {
		struct network *net = outline(*name);
		char title[64];
		snprintf(title, sizeof(title), "\n## %s\n", *name);
		const char *section = strstr(doc, title);
		for (int n = 0; section && n < net->n_subtasks; n++) {
			char row[256];
			format_row(net, n, row, sizeof(row));
			if (!strstr(section, row))
				fail_msg("docs/networks.md lacks the row of %s\n%s", *name, row);
		}
		if (!section && !strstr(*name, "mobilenet-v1-")) // other widths of one structure
			fail_msg("docs/networks.md lacks %s", *name);
		network_free(net);
	}
}

// The variance of a layer with m draws is known within sqrt(2 / m): asserted at five sigmas.
static void test_he_normal(void **state)
{
	(void)state;
	struct network *net = open_mobilenet(7);
	const struct layer *stem = &net->subtasks[0].layers[0], *expand = &net->subtasks[2].layers[0];
	const struct layer *project = &net->subtasks[7].layers[2], *fc = &net->subtasks[8].layers[2];
	const struct {
		const struct layer *layer;
		int64_t values;
		double fan_in, gain; // behind a linear tensor 1, behind a rectified one 2
	} rows[] = {
	    {stem, 3L * 3 * 3 * 32, 27, 1},
	    {expand, 16 * 96, 16, 1},
	    {project, 960 * 320, 960, 2},
	    {fc, 1280 * 1000, 1280, 2},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		double expected = rows[i].gain / rows[i].fan_in;
		double found = second_moment(rows[i].layer->weight, rows[i].values);
		assert_near(found / expected, 1, 5 * sqrt(2.0 / (double)rows[i].values));
	}
	network_free(net);
}

static void test_seed_names_weights(void **state)
{
	(void)state;
	struct network *a = open_mobilenet(3), *b = open_mobilenet(3), *c = open_mobilenet(4);
	const struct layer *la = &a->subtasks[4].layers[5], *lb = &b->subtasks[4].layers[5],
			   *lc = &c->subtasks[4].layers[5];
	size_t bytes = sizeof(float) * (size_t)(la->in.channels * la->out.channels);
	assert_int_equal(la->kind, LAYER_CONV);
	assert_memory_equal(la->weight, lb->weight, bytes);
	assert_memory_not_equal(la->weight, lc->weight, bytes);
	assert_true(a->hash == b->hash && a->hash != c->hash);
	assert_true(a->description_hash == c->description_hash);
	network_free(a);
	network_free(b);
	network_free(c);
}

static void test_dequantisation(void **state)
{
	(void)state;
	struct network *net;
	assert_int_equal(network_parse(&net, "network n\ninput 1x1x3\nsubtask A\nfc 1\n", "t", 1, NULL), 0);
	float out[3];
	network_input_from_u8(net, (const uint8_t[]){0, 51, 255}, out);
	assert_float_equal(out[0], -1, 1e-7f);
	assert_float_equal(out[1], -0.6f, 1e-6f);
	assert_float_equal(out[2], 1, 1e-7f);
	network_free(net);
}

#define HEAD "network n\ninput 8x8x4\nsubtask A\n"

static void test_shapes_by_hand(void **state)
{
	(void)state;
	struct network *net;
	struct err err;
	const char *text = HEAD "conv 3x3 6 stride 2 pad 1 relu6 as a # a comment\n"
				"depthwise 3x3 pad 1\nadd a relu6\n\nsubtask B\npool 2x2 stride 2\nfc 5\n";
	if (network_parse(&net, text, "t", 1, &err) < 0)
		fail_msg("%s", err.text);
	const struct subtask *a = &net->subtasks[0], *b = &net->subtasks[1];
	assert_int_equal(a->n_layers, 3);
	assert_int_equal(a->macs, 4 * 4 * 3 * 3 * 4 * 6 + 4 * 4 * 3 * 3 * 6);
	assert_int_equal(a->parameters, 3 * 3 * 4 * 6 + 2 * 6 + 3 * 3 * 6 + 2 * 6);
	assert_int_equal(a->layers[2].n_inputs, 2);
	assert_int_equal(a->layers[2].input[0], 1);
	assert_int_equal(a->layers[2].input[1], 0);
	assert_int_equal(a->layers[2].activation, ACTIVATION_RELU6);
	assert_int_equal(b->in.channels, 6);
	assert_int_equal(shape_values(b->layers[0].out), 2 * 2 * 6);
	assert_int_equal(b->parameters, 24 * 5 + 5);
	network_free(net);
}

// Each malformed description, the line that must be named, and a word of the reason.
static void test_malformed(void **state)
{
	(void)state;
	static const struct refusal rows[] = {
	    {"", 1, "without a sub-task"},
	    {"input 8x8x4\n", 1, "network NAME"},
	    {"network\n", 1, "name of the network"},
	    {"network a/b\n", 1, "name of the network"},
	    {"network n\nnetwork m\n", 2, "second 'network'"},
	    {"network n extra\ninput 8x8x4\n", 1, "nothing may follow"},
	    {"network n\ninput 8x8\n", 2, "HEIGHTxWIDTHxCHANNELS"},
	    {"network n\ninput 8x8x4x2\n", 2, "HEIGHTxWIDTHxCHANNELS"},
	    {"network n\ninput 0x8x4\n", 2, "HEIGHTxWIDTHxCHANNELS"},
	    {"network n\ninput -8x8x4\n", 2, "HEIGHTxWIDTHxCHANNELS"},
	    {"network n\ninput 65535x65535x65535\n", 2, "at most"},
	    {"network n\ninput 99999999999999999999x1x1\n", 2, "HEIGHTxWIDTHxCHANNELS"},
	    {"network n\ninput 8x8x4\ninput 8x8x4\n", 3, "second 'input'"},
	    {"network n\ninput 31x32x3 pentominoes\n", 2, "input 32x32x3 pentominoes"},
	    {"network n\ninput 8x8x4 tetrominoes\n", 2, "nothing may follow"},
	    {"network n\nsubtask A\n", 2, "before the input"},
	    {"network n\nweights\n", 2, "without a file"},
	    {"network n\nweights a\nweights b\n", 3, "second 'weights'"},
	    {"network n\ninput 8x8x4\nconv 1x1 4\n", 3, "before the first sub-task"},
	    {HEAD, 3, "has no layer"},
	    {HEAD "subtask B\n", 4, "has no layer"},
	    {HEAD "conv 1x1 4\nsubtask A\n", 5, "already"},
	    {HEAD "convolution 1x1 4\n", 4, "not a layer"},
	    {HEAD "conv 1x1\n", 4, "output channels"},
	    {HEAD "conv 1x1 0\n", 4, "output channels"},
	    {HEAD "conv 1x1 4.5\n", 4, "output channels"},
	    {HEAD "conv 3 4\n", 4, "HEIGHTxWIDTH"},
	    {HEAD "conv 9x9 4\n", 4, "does not fit"},
	    {HEAD "conv 3x3 4 pad 3\n", 4, "smaller than the kernel"},
	    {HEAD "conv 3x3 4 stride\n", 4, "stride"},
	    {HEAD "conv 3x3 4 stride 0\n", 4, "stride"},
	    {HEAD "conv 3x3 4 swish\n", 4, "not an option"},
	    {HEAD "conv 3x3 4 pad 1,1,1\n", 4, "TOP,LEFT,BOTTOM,RIGHT"},
	    {HEAD "conv 3x3 4 pad -1\n", 4, "padding"},
	    {HEAD "conv 3x3 4 pad 1,1,9,1\n", 4, "smaller than the kernel"},
	    {HEAD "conv 3x3 4 stride 1x2x3\n", 4, "stride"},
	    {HEAD "conv 3x3 4 dilation 4\n", 4, "does not fit"},
	    {HEAD "conv 3x3 4 groups 3\n", 4, "groups"},
	    {HEAD "conv 3x3 6 groups 4\n", 4, "groups"},
	    {HEAD "conv 1x1 65535 groups 65535\n", 4, "groups"},
	    {HEAD "pool 2x2 relu\n", 4, "not an option"},
	    {HEAD "maxpool 2x2 count-padding\n", 4, "not an option"},
	    {HEAD "maxpool 3x3 dilation 2\n", 4, "not an option"},
	    {HEAD "pool global pad 1\n", 4, "no padding"},
	    {HEAD "softmax relu\n", 4, "not an option"},
	    {HEAD "activate\n", 4, "not an activation"},
	    {HEAD "activate swish\n", 4, "not an activation"},
	    {HEAD "activate relu 6\n", 4, "not an option"},
	    {HEAD "activate leakyrelu\n", 4, "the activation's parameter is ''"},
	    {HEAD "activate leakyrelu nan\n", 4, "write a number"},
	    {HEAD "activate leakyrelu 0x1\n", 4, "write a number"},
	    {HEAD "fc 4 elu 1e99\n", 4, "write a number"},
	    {HEAD "fc 4 clip 1\n", 4, "second parameter is ''"},
	    {HEAD "fc 4 clip 1 1\n", 4, "lower limit must be below"},
	    {HEAD "fc 4 hardsigmoid 0.2 bias\n", 4, "second parameter is 'bias'"},
	    {HEAD "multiply\n", 4, "no layer of sub-task A is called"},
	    {HEAD "pool 2x2 as a\nmultiply a from input\n", 5, "or the second one 1x1x"},
	    {HEAD "conv 1x1 4 as input\n", 4, "sub-task's input"},
	    {HEAD "concat input\n", 4, "two layers or more"},
	    {HEAD "concat\n", 4, "two layers or more"},
	    {HEAD "concat input,b\n", 4, "called 'b'"},
	    {HEAD "concat input,input from input\n", 4, "not an option"},
	    {HEAD "conv 2x2 4 as a\nconcat a,input\n", 5, "height and width"},
	    {HEAD "fc 10 stride 2\n", 4, "not an option"},
	    {HEAD "conv 1x1 4\nadd a\n", 5, "called 'a'"},
	    {HEAD "conv 1x1 4\nadd\n", 5, "called ''"},
	    {HEAD "conv 1x1 4 as a\nconv 1x1 5\nadd a\n", 6, "shapes must be equal"},
	    {HEAD "conv 1x1 4 as a\nconv 1x1 4\nconv 1x1 4 from a\n", 5, "uses the output"},
	    {HEAD "conv 1x1 4 as a\nsubtask B\nconv 1x1 4\nadd a\n", 7, "called 'a'"},
	    {HEAD "conv 1x1 4 as a\nconv 1x1 4 as a\nadd a\n", 5, "already"},
	    {HEAD "conv 1x1 65535\nconv 3x3 65535\n", 5, "too large"},
	    {HEAD "conv 1 x 1 x 4 a b c d e f g h i j k l m n o\n", 4, "words"},
	};
	expect_refusals(rows, sizeof(rows) / sizeof(rows[0]));
}

// Whatever is cut off or flipped, the parser answers: a sentence or a sound network.
static void test_damaged_text(void **state)
{
	(void)state;
	const char *sound =
	    HEAD "conv 3x3 6 stride 2 pad 1 relu6 as a\ndepthwise 3x3 pad 1\nadd a\nfc 5 relu6\n";
	char text[256];
	for (size_t cut = 0; cut < strlen(sound); cut++) {
		for (int flip = 0; flip < 3; flip++) {
			static const char with[] = {'\n', ' ', '9'};
			snprintf(text, sizeof(text), "%s", sound);
			if (flip == 2)
				text[cut] = '\0';
			else
				text[cut] = with[flip];
			struct network *net;
			struct err err = {""};
			int r = network_parse(&net, text, "t", 1, &err);
			assert_true(r == 0 ? net != NULL : net == NULL && strncmp(err.text, "t:", 2) == 0);
			network_free(net);
		}
	}
}

static void test_unknown_names(void **state)
{
	(void)state;
	struct network *net;
	struct err err;
	assert_int_equal(network_open(&net, "resnet", 1, &err), -ENOENT);
	assert_non_null(strstr(err.text, "mobilenet-v2"));
	assert_int_equal(network_open(&net, "/nowhere/x.net", 1, &err), -ENOENT);
	assert_non_null(strstr(err.text, "/nowhere/x.net"));
	assert_int_equal(network_outline(&net, "resnet", 1, &err), -ENOENT);
	assert_string_equal(network_names()[0], "3dssd");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_published_table),    cmocka_unit_test(test_published_totals),
	    cmocka_unit_test(test_documented_table),   cmocka_unit_test(test_he_normal),
	    cmocka_unit_test(test_seed_names_weights), cmocka_unit_test(test_dequantisation),
	    cmocka_unit_test(test_shapes_by_hand),     cmocka_unit_test(test_malformed),
	    cmocka_unit_test(test_damaged_text),       cmocka_unit_test(test_unknown_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
