// SPDX-License-Identifier: BSD-3-Clause
// Whole models: a network of ours, written as an ONNX model with its cuts and read again, is the same
// network: the same tensors at every cut, and bit by bit the same weights where nothing is folded. Small
// models whose results are known by hand. The documented list of operators.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dnn/dag/recut.h"
#include "dnn/reference.h"
#include "tests/unit/dnn/dnn_lab.h"
#include "tests/unit/dnn/onnx_export.h"

static void assert_near(double a, double b, double tolerance)
{
	if (!(fabs(a - b) <= tolerance))
		fail_msg("%.17g is not %.17g", a, b);
}

static void set_cuts(const struct network *net, char names[][16], const char **cuts)
{
	for (int n = 1; n < net->n_subtasks; n++) {
		snprintf(names[n], 16, "cut%d", n);
		cuts[n - 1] = names[n];
	}
	cuts[net->n_subtasks - 1] = NULL;
}

static struct network *round_trip(const struct network *net, bool norms, struct rng *rng)
{
	struct maker m;
	struct network *read;
	struct err err;
	char names[LAB_MAX_CUTS][16];
	const char *cuts[LAB_MAX_CUTS];
	size_t size;
	export_network(&m, net, norms, rng);
	set_cuts(net, names, cuts);
	uint8_t *bytes = maker_pack(&m, &size);
	maker_close(&m);
	int r = lab_import(&read, NULL, bytes, size, cuts, &err);
	free(bytes);
	if (r < 0)
		fail_msg("%s: %s", net->name, err.text);
	return read;
}

// The same tensors at every cut, from one drawn input.
static void assert_same_function(const struct network *a, const struct network *b, double tolerance,
				 struct rng *rng)
{
	int64_t most = 0;
	assert_int_equal(a->n_subtasks, b->n_subtasks);
	for (int p = 0; p <= a->n_subtasks; p++) {
		assert_int_equal(network_cut_values(a, p), network_cut_values(b, p));
		most = network_cut_values(a, p) > most ? network_cut_values(a, p) : most;
	}
	double *x = malloc(sizeof(double) * (size_t)most), *y = malloc(sizeof(double) * (size_t)most);
	double *in = malloc(sizeof(double) * (size_t)most);
	for (int64_t i = 0; i < network_cut_values(a, 0); i++)
		in[i] = rng_uniform(rng, -1, 1);
	for (int p = 1; p <= a->n_subtasks; p++) {
		assert_int_equal(reference_run(a, p - 1, p, in, x), 0);
		assert_int_equal(reference_run(b, p - 1, p, in, y), 0);
		double difference = 0, scale = 0;
		for (int64_t i = 0; i < network_cut_values(a, p); i++) {
			difference = fmax(difference, fabs(x[i] - y[i]));
			scale = fmax(scale, fabs(x[i]));
		}
		if (!(difference <= tolerance * scale))
			fail_msg("%s: cut %d is off by %g of %g", a->name, p, difference, scale);
		memcpy(in, x, sizeof(double) * (size_t)network_cut_values(a, p));
	}
	free(x);
	free(y);
	free(in);
}

static void assert_same_weights(const struct network *a, const struct network *b)
{
	for (int n = 0; n < a->n_subtasks; n++) {
		const struct subtask *s = &a->subtasks[n], *t = &b->subtasks[n];
		assert_int_equal(s->n_layers, t->n_layers);
		assert_int_equal(s->macs, t->macs);
		for (int i = 0; i < s->n_layers; i++) {
			const struct layer *k = &s->layers[i], *l = &t->layers[i];
			assert_int_equal(k->kind, l->kind);
			assert_int_equal(k->activation, l->activation);
			assert_memory_equal(&k->alpha, &l->alpha, sizeof(k->alpha));
			assert_memory_equal(&k->beta, &l->beta, sizeof(k->beta));
			assert_int_equal(!k->weight, !l->weight);
			assert_int_equal(!k->bias, !l->bias);
			int64_t positions = (int64_t)k->out.height * k->out.width; // each uses each weight
			if (k->weight)
				assert_memory_equal(k->weight, l->weight,
						    sizeof(float) * (size_t)(k->macs / positions));
			if (k->bias)
				assert_memory_equal(k->bias, l->bias,
						    sizeof(float) * (size_t)k->out.channels);
		}
	}
}

static void check_text(const char *text, bool norms)
{
	struct network *net;
	struct err err;
	struct rng *rng = rng_new(3, 0, RNG_WEIGHTS, 77);
	if (network_parse(&net, text, "test", 5, &err) < 0)
		fail_msg("%s", err.text);
	struct network *read = round_trip(net, norms, rng);
	assert_same_function(net, read, norms ? 2e-6 : 1e-12, rng);
	if (!norms)
		assert_same_weights(net, read);
	network_free(net);
	network_free(read);
	rng_free(rng);
}

static void test_built_in(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		int side;
	} rows[] = {{"mobilenet-v2", 0}, {"mobilenet-v1-0.25", 0}, {"googlenet", 64}, {"resnet-18", 32}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *text = lab_description(rows[i].name, rows[i].side);
		check_text(text, true);
		check_text(text, false);
		free(text);
	}
}

// A graph with branches that comes from a model can be cut where the built-in one can.
static void test_cuts_of_graphs(void **state)
{
	(void)state;
	static const char *const names[] = {"googlenet", "resnet-18"};
	for (int i = 0; i < 2; i++) {
		struct network *net;
		struct err err;
		struct rng *rng = rng_new(3, 0, RNG_WEIGHTS, 77);
		char *text = lab_description(names[i], 64);
		assert_int_equal(network_parse(&net, text, "test", 5, &err), 0);
		struct network *read = round_trip(net, false, rng);
		assert_int_equal(network_recut((struct network_store *)net, "branches", &err), 0);
		assert_int_equal(network_recut((struct network_store *)read, "branches", &err), 0);
		assert_true(net->n_subtasks > 11);
		assert_int_equal(net->n_subtasks, read->n_subtasks);
		for (int cut = 0; cut <= net->n_subtasks; cut++)
			assert_int_equal(network_cut_values(net, cut), network_cut_values(read, cut));
		network_free(net);
		network_free(read);
		rng_free(rng);
		free(text);
	}
}

static void test_forms(void **state)
{
	(void)state;
	static const char head[] = "network n\ninput 9x7x6\nsubtask A\n";
	static const char *const layers[] = {
	    "conv 3x3 8 groups 2 dilation 2x1 pad 2,1,0,1 stride 2x1 bias relu6\nfc 5 relu\n",
	    "depthwise 3x5 stride 1x2 pad 2,1,0,3 bias hardswish\nmaxpool 2x3 stride 2x1 pad 0,1,1,2\n",
	    "conv 1x1 4 no-bias as a\nconv 3x3 4 pad 1 bias sigmoid from a as b\nadd a from b relu\nsubtask "
	    "B\n"
	    "conv 3x1 3 bias as c\nconv 3x1 2 bias from input as d\nmaxpool 3x1 from input as e\n"
	    "concat c,d,e,c\nsubtask C\nsoftmax\n",
	    "pool 3x3 stride 2 pad 1 count-padding\nactivate sigmoid\nsubtask B\npool 3x2 pad 1\n"
	    "activate hardswish\nfc 7 no-bias\nsoftmax\n",
	    "fc 12 relu\nsubtask B\nfc 3 tanh\nsubtask C\nactivate tanh\n",
	    "conv 3x3 5 silu\nconv 3x3 4 leakyrelu 0.1\nsubtask B\nconv 1x1 6 elu 0.3 as x\npool global\n"
	    "fc 3 hardsigmoid 0.2 0.5\nfc 6 clip -0.1 0.7 as g\nmultiply g relu from x\nsubtask C\nactivate "
	    "silu\n",
	    "channels 1 4 as a\nrows 2 5\nsubtask B\nchannels 0 3 as p\nchannels 3 1 from input as q\nconcat "
	    "q,p,input\n"
	    "fc 3\n",
	    "conv 3x3 5 as a\nconv 1x1 5 as b\nadd a from b\nsubtask B\nconv 3x3 4 relu\nfc 3\n",
	};
	for (size_t i = 0; i < sizeof(layers) / sizeof(layers[0]); i++) {
		char text[1024];
		snprintf(text, sizeof(text), "%s%s", head, layers[i]);
		check_text(text, false);
		check_text(text, true);
	}
}

// Runs an imported model of one sub-task on rows, columns, channels.
static void run_model(const struct maker *m, const double *in, double *out, char *description, size_t room)
{
	size_t size;
	struct network *net;
	struct onnx_network *made;
	struct err err;
	uint8_t *bytes = maker_pack(m, &size);
	if (lab_import(&net, &made, bytes, size, NULL, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(reference_run(net, 0, 1, in, out), 0);
	snprintf(description, room, "%s", made->description);
	onnx_network_free(made);
	network_free(net);
	free(bytes);
}

static void test_arithmetic(void **state)
{
	(void)state;
	struct maker m;
	static const float k[] = {1, 2, 3}, two = 2;
	double in[3] = {5, -7, 11}, out[3];
	char text[512];
	maker_open(&m, 13);
	maker_input(&m, "x", 2, (int64_t[]){-1, 3});
	maker_floats(&m, "k", 1, (int64_t[]){3}, k);
	maker_float(&m, maker_node(&m, "Constant", "", "two"), "value_float", two);
	maker_node(&m, "Mul", "k x", "a");
	maker_node(&m, "Sub", "two a", "b");
	maker_node(&m, "Div", "b k", "c");
	maker_node(&m, "Sub", "c two", "d");
	maker_node(&m, "Add", "k d", "y");
	maker_output(&m, "y");
	run_model(&m, in, out, text, sizeof(text));
	for (int i = 0; i < 3; i++) {
		double c = (double)k[i];
		assert_near(out[i], (2 - c * in[i]) / c - 2 + c, 1e-5);
	}
	assert_string_equal(text,
			    "network imported\ninput 1x1x3\nsubtask S1\ndepthwise 1x1 bias\n"); // all folded
	maker_close(&m);
}

// Rows, columns, channels in the file too, and a mean in place of a pool.
static void test_channels_last(void **state)
{
	(void)state;
	struct maker m;
	double in[2 * 2 * 3], out[3];
	char text[512];
	for (int i = 0; i < 12; i++)
		in[i] = i * i;
	for (int keep = 0; keep < 2; keep++) {
		maker_open(&m, 17);
		maker_input(&m, "x", 4, (int64_t[]){1, 2, 2, 3});
		maker_ints(&m, maker_node(&m, "Transpose", "x", "t"), "perm", 4, (int64_t[]){0, 3, 1, 2});
		Onnx__NodeProto *node = maker_node(&m, "ReduceMean", "t", "y");
		maker_ints(&m, node, "axes", 2, (int64_t[]){-1, 2});
		maker_int(&m, node, "keepdims", keep);
		maker_output(&m, "y");
		run_model(&m, in, out, text, sizeof(text));
		assert_string_equal(text, "network imported\ninput 2x2x3\nsubtask S1\npool global\n");
		for (int c = 0; c < 3; c++)
			assert_near(out[c], (in[c] + in[3 + c] + in[6 + c] + in[9 + c]) / 4, 1e-12);
		maker_close(&m);
	}
}

// A dimension of one element holds the channels where there is one channel: any of them can be joined along.
static void test_single_channels_join(void **state)
{
	(void)state;
	struct maker m;
	double in[2] = {3, -4}, out[6];
	char text[512];
	maker_open(&m, 13);
	maker_input(&m, "x", 3, (int64_t[]){1, 1, 2});
	maker_int(&m, maker_node(&m, "Concat", "x x", "two"), "axis", 1);
	maker_int(&m, maker_node(&m, "Concat", "two x", "y"), "axis", 1);
	maker_output(&m, "y");
	run_model(&m, in, out, text, sizeof(text));
	for (int i = 0; i < 6; i++)
		assert_near(out[i], in[i / 3], 0);
	maker_close(&m);
}

// A cut between a convolution and its activation keeps them apart; both are listed only then.
static void test_cut_prevents_folding(void **state)
{
	(void)state;
	struct maker m;
	struct network *net;
	struct onnx_network *made;
	struct err err;
	static const char *const cuts[] = {"between", NULL};
	static const float w[] = {-1};
	size_t size;
	maker_open(&m, 13);
	maker_input(&m, "x", 4, (int64_t[]){1, 1, 2, 2});
	maker_floats(&m, "w", 4, (int64_t[]){1, 1, 1, 1}, w);
	maker_node(&m, "Conv", "x w", "between");
	maker_node(&m, "Relu", "between", "r");
	maker_node(&m, "Sigmoid", "r", "y");
	maker_output(&m, "y");
	uint8_t *bytes = maker_pack(&m, &size);
	assert_int_equal(lab_import(&net, &made, bytes, size, cuts, &err), 0);
	assert_int_equal(net->n_subtasks, 2);
	assert_int_equal(net->subtasks[0].layers[0].activation, ACTIVATION_NONE);
	assert_int_equal(made->n_cuts, 2);
	assert_string_equal(made->cuts[0].value, "between");
	network_free(net);
	onnx_network_free(made);
	assert_int_equal(lab_import(&net, &made, bytes, size, NULL, &err), 0);
	assert_int_equal(net->subtasks[0].n_layers, 2);
	assert_int_equal(made->n_cuts, 1);
	assert_string_equal(made->cuts[0].value, "r");
	network_free(net);
	onnx_network_free(made);
	free(bytes);
	maker_close(&m);
}

static void test_documented_operators(void **state)
{
	(void)state;
	static char page[1 << 17];
	char row[512];
	const char *means;
	FILE *f = fopen(DOCS "/networks.md", "r");
	assert_non_null(f);
	page[fread(page, 1, sizeof(page) - 1, f)] = '\0';
	fclose(f);
	for (int i = 0; onnx_operator(i, &means); i++) {
		snprintf(row, sizeof(row), "\n| %s | %s |\n", onnx_operator(i, NULL), means);
		if (!strstr(page, row))
			fail_msg("docs/networks.md lacks%s", row);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(test_built_in),
						  cmocka_unit_test(test_forms),
						  cmocka_unit_test(test_cuts_of_graphs),
						  cmocka_unit_test(test_arithmetic),
						  cmocka_unit_test(test_channels_last),
						  cmocka_unit_test(test_single_channels_join),
						  cmocka_unit_test(test_cut_prevents_folding),
						  cmocka_unit_test(test_documented_operators)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
