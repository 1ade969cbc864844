// SPDX-License-Identifier: BSD-3-Clause
// ONNX files that are refused, with the reason: cycles, names without or with two makers, sides that are
// negative, open or claim gigabytes, weights that are elsewhere or not numbers, operators nobody reads, cuts
// that are none; and no truncation or changed byte of a file does harm.
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

#include "base/rng.h"
#include "tests/unit/dnn/onnx_lab.h"

static Onnx__NodeProto *conv;
static void spoil_external(struct maker *m);
static void spoil_nan(struct maker *m);

// x -> Conv -> Relu -> y, with something to spoil.
static void make_sound(struct maker *m)
{
	static const float w[2 * 3] = {1, 2, 3, 4, 5, 6};
	maker_open(m, 13);
	maker_input(m, "x", 4, (int64_t[]){-1, 3, 4, 4});
	maker_floats(m, "w", 4, (int64_t[]){2, 3, 1, 1}, w);
	conv = maker_node(m, "Conv", "x w", "c");
	maker_node(m, "Relu", "c", "y");
	maker_output(m, "y");
}

static int import(const struct maker *m, const char *const *cuts, struct err *err)
{
	struct network *net;
	int r = lab_import_maker(&net, NULL, m, cuts, err);
	network_free(net);
	return r;
}

static Onnx__TensorShapeProto__Dimension *input_side(struct maker *m, int i)
{
	return m->graph.input[0]->type->tensor_type->shape->dim[i];
}

static void spoil_cycle(struct maker *m)
{
	conv->input[0] = maker_text(m, "y");
}

static void spoil_dangling(struct maker *m)
{
	conv->input[0] = maker_text(m, "nowhere");
}

static void spoil_two_makers(struct maker *m)
{
	maker_node(m, "Sigmoid", "x", "c");
}

static void spoil_negative_side(struct maker *m)
{
	input_side(m, 2)->dim_value = -4;
}

static void spoil_open_side(struct maker *m)
{
	input_side(m, 3)->value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE__NOT_SET;
}

static void spoil_huge_input(struct maker *m)
{
	input_side(m, 2)->dim_value = input_side(m, 3)->dim_value = 60000;
}

static void spoil_negative_weight(struct maker *m)
{
	m->graph.initializer[0]->dims[0] = -2;
}

static void spoil_huge_weight(struct maker *m)
{
	m->graph.initializer[0]->dims[0] = 1LL << 31;
}

static void spoil_endless_weight(struct maker *m)
{
	m->graph.initializer[0]->dims[0] = m->graph.initializer[0]->dims[1] = INT64_MAX / 2;
}

// Opset 13: statistics among the outputs say so; 14: the attribute; 6: what is not said to be a test.
static void normalise(struct maker *m, int opset, const char *second_output)
{
	static const float ones[] = {1, 1};
	m->model.opset_import[0]->version = opset;
	maker_floats(m, "k", 1, (int64_t[]){2}, ones);
	Onnx__NodeProto *node = maker_node(m, "BatchNormalization", "c k k k k", "n");
	node->output = maker_get(m, 2 * sizeof(char *));
	node->output[0] = maker_text(m, "n");
	node->output[1] = maker_text(m, "%s", second_output ? second_output : "");
	node->n_output = second_output ? 2 : 1;
	m->graph.node[1]->input[0] = maker_text(m, "n");
}

static void spoil_training_13(struct maker *m)
{
	normalise(m, 13, "mean");
}

static void spoil_training_9(struct maker *m)
{
	normalise(m, 9, "mean");
}

static void spoil_training_14(struct maker *m)
{
	normalise(m, 14, NULL);
	maker_int(m, m->graph.node[2], "training_mode", 1);
}

static void spoil_training_6(struct maker *m)
{
	normalise(m, 6, NULL);
}

static void spoil_dropout_6(struct maker *m)
{
	m->model.opset_import[0]->version = 6;
	m->graph.node[1]->op_type = maker_text(m, "Dropout");
}

// What else is wrong with it does not matter where an operator is nobody's.
static void spoil_many(struct maker *m)
{
	spoil_open_side(m);
	spoil_external(m);
	m->graph.input[0]->type->tensor_type->elem_type = ONNX__TENSOR_PROTO__DATA_TYPE__INT64;
	m->graph.node[1]->op_type = maker_text(m, "LSTM");
}

static void spoil_nameless(struct maker *m)
{
	conv->name = NULL;
	spoil_nan(m);
}

static void spoil_external(struct maker *m)
{
	m->graph.initializer[0]->has_data_location = 1;
	m->graph.initializer[0]->data_location = ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL;
}

static void spoil_nan(struct maker *m)
{
	float nan_value = NAN;
	memcpy(m->graph.initializer[0]->raw_data.data + 8, &nan_value, sizeof(nan_value));
}

static void spoil_type(struct maker *m)
{
	m->graph.initializer[0]->data_type = ONNX__TENSOR_PROTO__DATA_TYPE__COMPLEX64;
}

static void spoil_opset(struct maker *m)
{
	m->model.opset_import[0]->version = 99;
}

static void spoil_operators(struct maker *m)
{
	m->graph.node[1]->op_type = maker_text(m, "LSTM");
	maker_node(m, "GRU", "y", "g");
	maker_node(m, "LSTM", "g", "z");
	maker_node(m, "Loop", "x", "unneeded");
	maker_node(m, "Relu", "z", "q")->domain = maker_text(m, "com.example");
	m->graph.output[0]->name = maker_text(m, "q");
}

static void spoil_attribute(struct maker *m)
{
	maker_int(m, conv, "mystery", 1);
}

static void spoil_attribute_type(struct maker *m)
{
	maker_float(m, conv, "group", 1);
}

static void spoil_stride(struct maker *m)
{
	maker_ints(m, conv, "strides", 2, (int64_t[]){1, 0});
}

static void spoil_pads(struct maker *m)
{
	maker_ints(m, conv, "pads", 4, (int64_t[]){0, -1, 0, 0});
}

static void spoil_groups(struct maker *m)
{
	maker_int(m, conv, "group", 0);
}

static void spoil_second_input(struct maker *m)
{
	maker_input(m, "x2", 4, (int64_t[]){1, 2, 4, 4});
	maker_node(m, "Add", "y x2", "s");
	m->graph.output[0]->name = maker_text(m, "s");
}

static void spoil_output(struct maker *m)
{
	m->graph.output[0]->name = maker_text(m, "w");
}

static void spoil_clip(struct maker *m)
{
	maker_float(m, m->graph.node[1], "min", 2);
	maker_float(m, m->graph.node[1], "max", 1);
	m->graph.node[1]->op_type = maker_text(m, "Clip");
}

static void begin_anew(struct maker *m, int rank, const int64_t *sides)
{
	m->graph.n_node = m->graph.n_input = 0;
	maker_input(m, "x", rank, sides);
}

static void join(struct maker *m, const char *inputs, const char *output, int axis)
{
	maker_int(m, maker_node(m, "Concat", inputs, output), "axis", axis);
}

// Rows, columns, channels: a row below a row, where there is a single one, is no channel.
static void spoil_joined_rows(struct maker *m)
{
	begin_anew(m, 4, (int64_t[]){1, 1, 5, 3});
	maker_ints(m, maker_node(m, "Transpose", "x", "t"), "perm", 4, (int64_t[]){0, 3, 1, 2});
	maker_ints(m, maker_node(m, "Transpose", "t", "u"), "perm", 4, (int64_t[]){0, 2, 3, 1});
	join(m, "u u", "y", 1);
}

// The channels along one dimension after the other.
static void spoil_joined_often(struct maker *m)
{
	begin_anew(m, 2, (int64_t[]){1, 3});
	maker_integers(m, "axes", 4, (int64_t[]){2, 3, 4, 5});
	maker_node(m, "Unsqueeze", "x axes", "t2");
	for (int i = 2; i < 6; i++)
		join(m, maker_text(m, "t%d t%d", i, i), maker_text(m, "t%d", i + 1), i);
	maker_node(m, "Flatten", "t6", "y");
}

static void spoil_rank(struct maker *m)
{
	begin_anew(m, 2, (int64_t[]){1, 1});
	maker_node(m, "Squeeze", "x", "number");
	maker_node(m, "GlobalMaxPool", "number", "y");
}

static const struct {
	const char *reason;
	void (*spoil)(struct maker *m);
} refusals[] = {
    {"the graph has a cycle through it", spoil_cycle},
    {"reads 'nowhere', which nothing makes", spoil_dangling},
    {"two nodes make the value 'c'", spoil_two_makers},
    {"dimension 2 of its input 'x' is -4", spoil_negative_side},
    {"declared as batchx3x4x?: dimension 3 is open: give --input-shape, such as 1x3x4x224", spoil_open_side},
    {"its input of 60000x60000x3 values is too large", spoil_huge_input},
    {"tensor 'w': dimension 0 is -2", spoil_negative_weight},
    {"claims 6442450944 values, the file holds 6", spoil_huge_weight},
    {"tensor 'w' is larger than any file", spoil_endless_weight},
    {"tensor 'w' lies in another file", spoil_external},
    {"BatchNormalization node 'node-n': it takes mean and variance of the batch", spoil_training_13},
    {"BatchNormalization node 'node-n': it takes mean and variance of the batch", spoil_training_9},
    {"BatchNormalization node 'node-n': it takes mean and variance of the batch", spoil_training_14},
    {"BatchNormalization node 'node-n': it takes mean and variance of the batch", spoil_training_6},
    {"Dropout node 'node-y': training mode", spoil_dropout_6},
    {"x.onnx: operator not supported: LSTM", spoil_many},
    {"x.onnx: Conv node 'c': its weight holds NaN", spoil_nameless},
    {"Conv node 'node-c': its weight holds NaN", spoil_nan},
    {"tensor 'w' has ONNX's data type 14", spoil_type},
    {"opset 99: opsets 1 to 26 are read", spoil_opset},
    {"operators not supported: LSTM, GRU, com.example.Relu", spoil_operators},
    {"its attribute 'mystery' is not supported", spoil_attribute},
    {"its attribute 'group' has another type", spoil_attribute_type},
    {"'strides' has 0: must be 1 to 64", spoil_stride},
    {"'pads' has -1: must be 0 to 64", spoil_pads},
    {"0 groups do not divide", spoil_groups},
    {"it has the inputs 'x' and 'x2'", spoil_second_input},
    {"depends on no input", spoil_output},
    {"it clips to 2 to 1", spoil_clip},
    {"Concat node 'node-y': it must join channels", spoil_joined_rows},
    {"Concat node 'node-t3': it must join channels", spoil_joined_often},
    {"must be batch x channels x rows x columns", spoil_rank},
};

static void test_refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		struct maker m;
		struct err err = {""};
		make_sound(&m);
		assert_int_equal(import(&m, NULL, &err), 0);
		refusals[i].spoil(&m);
		int r = import(&m, NULL, &err);
		if (r == 0 || strncmp(err.text, "x.onnx: ", 8) != 0 || !strstr(err.text, refusals[i].reason))
			fail_msg("refused with %d '%s', not with '%s'", r, err.text, refusals[i].reason);
		assert_int_equal(r == -ENOTSUP, strstr(err.text, "not supported: ") != NULL);
		maker_close(&m);
	}
}

// Inference says so in every version; a second output without a name is none.
static void test_inference(void **state)
{
	(void)state;
	static const int opsets[] = {6, 7, 9, 13, 14, 15, 21, 26};
	for (size_t i = 0; i < sizeof(opsets) / sizeof(opsets[0]); i++) {
		struct maker m;
		struct err err = {""};
		make_sound(&m);
		normalise(&m, opsets[i], "");
		if (opsets[i] == 6)
			maker_int(&m, m.graph.node[2], "is_test", 1);
		if (opsets[i] >= 14)
			maker_int(&m, m.graph.node[2], "training_mode", 0);
		if (import(&m, NULL, &err) < 0)
			fail_msg("opset %d: %s", opsets[i], err.text);
		maker_close(&m);
	}
}

// -1 and 0 are what some exporters write for an open side: the batch may stay so, others are to be given.
static void test_open_sides(void **state)
{
	(void)state;
	static const int64_t open[] = {-1, 0};
	for (size_t i = 0; i < sizeof(open) / sizeof(open[0]); i++) {
		struct maker m;
		struct err err = {""};
		make_sound(&m);
		input_side(&m, 0)->value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
		input_side(&m, 0)->dim_value = open[i];
		assert_int_equal(import(&m, NULL, &err), 0);
		input_side(&m, 2)->dim_value = open[i];
		assert_int_equal(import(&m, NULL, &err), -EINVAL);
		assert_non_null(
		    strstr(err.text, "declared as ?x3x?x4: dimension 2 is open: give --input-shape, such as "
				     "1x3x224x4"));
		maker_close(&m);
	}
}

// a -> b -> add(a, b) -> y: nothing between a and the sum is a cut.
static void test_cuts(void **state)
{
	(void)state;
	static const struct {
		const char *cuts[3], *reason;
	} rows[] = {
	    {{"a", "s"}, NULL},
	    {{"s", "a"}, NULL},
	    {{"b"}, "'b': a branch goes around it"},
	    {{"nope"}, "'nope': there is no value of this name"},
	    {{"x"}, "'x': it is the input"},
	    {{"y"}, "'y': it is the result"},
	    {{"w"}, "'w': it is a constant"},
	    {{"aside"}, "'aside': the output does not need it"},
	    {{"a", "same"}, "'same': it is named twice"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		static const float w[] = {2};
		struct maker m;
		struct err err = {""};
		maker_open(&m, 13);
		maker_input(&m, "x", 4, (int64_t[]){1, 1, 2, 2});
		maker_floats(&m, "w", 4, (int64_t[]){1, 1, 1, 1}, w);
		maker_node(&m, "Conv", "x w", "a");
		maker_node(&m, "Identity", "a", "same");
		maker_node(&m, "Sigmoid", "same", "b");
		maker_node(&m, "Add", "a b", "s");
		maker_node(&m, "HardSwish", "s", "y");
		maker_node(&m, "Relu", "a", "aside");
		maker_output(&m, "y");
		int r = import(&m, rows[i].cuts, &err);
		assert_int_equal(r, rows[i].reason ? -ENOENT : 0);
		if (rows[i].reason && !strstr(err.text, rows[i].reason))
			fail_msg("'%s' is not '%s'", err.text, rows[i].reason);
		maker_close(&m);
	}
}

// Every prefix of a file is refused or, where nothing that counts is cut off, read; as is any changed byte.
static void test_damage(void **state)
{
	(void)state;
	struct maker m;
	size_t size;
	struct onnx_network *net;
	struct onnx_options options = {.name = "n"};
	make_sound(&m);
	uint8_t *bytes = maker_pack(&m, &size);
	maker_close(&m);
	for (size_t n = 0; n < size; n++) {
		uint8_t *exact = malloc(n + (n == 0)); // sanitizers see a read beyond it
		memcpy(exact, bytes, n);
		onnx_import(&net, exact, n, "x.onnx", &options, NULL);
		onnx_network_free(net);
		free(exact);
	}
	for (size_t n = 0; n < size; n++) {
		for (int bit = 0; bit < 8; bit++) {
			bytes[n] ^= (uint8_t)(1 << bit);
			onnx_import(&net, bytes, size, "x.onnx", &options, NULL);
			onnx_network_free(net);
			bytes[n] ^= (uint8_t)(1 << bit);
		}
	}
	free(bytes);
}

// A type of sequences of sequences of ...: 2 bytes a level and a stack frame each when it is unpacked.
static void test_nesting(void **state)
{
	(void)state;
	enum { LEVELS = 20000, ROOM = 12 * LEVELS };
	uint8_t *bytes = malloc(ROOM), *at = bytes + ROOM;
	struct err err = {""};
	struct onnx_network *net;
	struct onnx_options options = {.name = "n"};
	// model.graph (7) . input (11) . type (2), then type.sequence_type (4) . elem_type (1) over and over
	for (int level = 0; level < 2 * LEVELS + 3; level++) {
		size_t length = (size_t)(bytes + ROOM - at);
		static const int outermost[] = {2, 11, 7};
		int field = level >= 2 * LEVELS ? outermost[level - 2 * LEVELS] : level % 2 ? 4 : 1;
		uint8_t head[6];
		int n = 0;
		head[n++] = (uint8_t)(field << 3 | 2);
		for (; length >= 128; length >>= 7)
			head[n++] = (uint8_t)(length | 128);
		head[n++] = (uint8_t)length;
		at -= n;
		memcpy(at, head, (size_t)n);
	}
	assert_int_equal(onnx_import(&net, at, (size_t)(bytes + ROOM - at), "x.onnx", &options, &err),
			 -EINVAL);
	assert_non_null(strstr(err.text, "nested too deeply"));
	free(bytes);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_refusals),   cmocka_unit_test(test_inference),
	    cmocka_unit_test(test_open_sides), cmocka_unit_test(test_cuts),
	    cmocka_unit_test(test_damage),     cmocka_unit_test(test_nesting)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
