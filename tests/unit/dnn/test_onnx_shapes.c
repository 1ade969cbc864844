// SPDX-License-Identifier: BSD-3-Clause
// Sides that exporters compute: a flattening as arithmetic on a shape is the flattening. What would need or
// move an open batch, has no counterpart, or claims too much, is refused.
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/dnn/onnx_lab.h"

enum { SIDE = 4, CHANNELS = 4, OUTPUTS = 3 };

static void put_integer(struct maker *m, const char *name, int64_t value)
{
	maker_integers(m, name, 1, &value);
}

static void open_image(struct maker *m, int opset, int64_t batch)
{
	maker_open(m, opset);
	maker_input(m, "x", 4, (int64_t[]){batch, CHANNELS, SIDE, SIDE});
}

// Ways to say Flatten of "f", CHANNELS x SIDE x SIDE, as "flat".
static void flatten_plainly(struct maker *m)
{
	maker_node(m, "Flatten", "f", "flat");
}

static void flatten_by_gather(struct maker *m) // x.view(x.size(0), -1)
{
	maker_scalar(m, "zero", 0);
	put_integer(m, "axis", 0);
	put_integer(m, "rest", -1);
	maker_node(m, "Shape", "f", "s");
	maker_int(m, maker_node(m, "Gather", "s zero", "n"), "axis", 0);
	maker_node(m, "Unsqueeze", "n axis", "n1");
	maker_int(m, maker_node(m, "Concat", "n1 rest", "to"), "axis", 0);
	maker_node(m, "Reshape", "f to", "flat");
}

static void flatten_by_slice(struct maker *m) // as the second exporter and TensorFlow's do
{
	put_integer(m, "zero", 0);
	put_integer(m, "one", 1);
	put_integer(m, "rest", -1);
	maker_node(m, "Shape", "f", "s");
	maker_int(m, maker_node(m, "Cast", "s", "s32"), "to", ONNX__TENSOR_PROTO__DATA_TYPE__INT32);
	maker_int(m, maker_node(m, "Cast", "s32", "s64"), "to", ONNX__TENSOR_PROTO__DATA_TYPE__INT64);
	maker_node(m, "Slice", "s64 zero one zero", "n");
	maker_int(m, maker_node(m, "Concat", "n rest", "to"), "axis", 0);
	maker_node(m, "Reshape", "f to", "flat");
}

static void flatten_by_product(struct maker *m) // x.reshape(n, c * h * w), with detours
{
	maker_node(m, "Shape", "f", "s");
	char *factor = "two";
	put_integer(m, "two", 2);
	for (int i = 0; i < 4; i++) {
		put_integer(m, maker_text(m, "i%d", i), i - 4);
		char *side = maker_text(m, "d%d", i), *next = maker_text(m, "p%d", i);
		maker_int(m, maker_node(m, "Gather", maker_text(m, "s i%d", i), side), "axis", 0);
		if (i == 0)
			continue;
		maker_node(m, "Mul", maker_text(m, "%s %s", factor, side), next);
		factor = next;
	}
	maker_node(m, "Div", maker_text(m, "%s two", factor), "half");
	maker_node(m, "Add", "half two", "more");
	maker_node(m, "Sub", "more two", "chw");
	maker_node(m, "Mul", "d0 two", "n2");
	maker_node(m, "Div", "n2 two", "n");
	maker_int(m, maker_node(m, "Concat", "n chw", "to"), "axis", 0);
	maker_node(m, "Reshape", "f to", "flat");
}

static void flatten_by_start(struct maker *m) // Shape's own slice, and a constant that is made
{
	put_integer(m, "count", 1);
	put_integer(m, "one", 1);
	maker_int(m, maker_node(m, "Shape", "f", "n"), "end", -3);
	maker_node(m, "ConstantOfShape", "count", "zeros");
	maker_int(m, maker_node(m, "Cast", "zeros", "zero"), "to", ONNX__TENSOR_PROTO__DATA_TYPE__INT64);
	maker_node(m, "Sub", "zero one", "rest");
	maker_int(m, maker_node(m, "Concat", "n rest", "to"), "axis", -1);
	maker_node(m, "Reshape", "f to", "flat");
}

static struct onnx_network *import_flattened(void (*flatten)(struct maker *m), int64_t batch)
{
	static const float bias[OUTPUTS] = {1, 2, 3};
	static float w[OUTPUTS * CHANNELS * SIDE * SIDE];
	struct maker m;
	struct network *net;
	struct onnx_network *made;
	struct err err;
	for (size_t i = 0; i < sizeof(w) / sizeof(w[0]); i++)
		w[i] = (float)i;
	open_image(&m, 15, batch);
	maker_node(&m, "Relu", "x", "f");
	flatten(&m);
	maker_floats(&m, "w", 2, (int64_t[]){OUTPUTS, CHANNELS * SIDE * SIDE}, w);
	maker_floats(&m, "b", 1, (int64_t[]){OUTPUTS}, bias);
	maker_int(&m, maker_node(&m, "Gemm", "flat w b", "y"), "transB", 1);
	maker_output(&m, "y");
	if (lab_import_maker(&net, &made, &m, NULL, &err) < 0)
		fail_msg("%s", err.text);
	network_free(net);
	maker_close(&m);
	return made;
}

static void test_flattening(void **state)
{
	(void)state;
	static void (*const ways[])(struct maker * m) = {flatten_by_gather, flatten_by_slice,
							 flatten_by_product, flatten_by_start};
	static const int64_t batches[] = {-1, 1, 7};
	for (size_t k = 0; k < 3; k++) {
		struct onnx_network *plain = import_flattened(flatten_plainly, batches[k]);
		for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
			struct onnx_network *made = import_flattened(ways[i], batches[k]);
			assert_string_equal(made->description, plain->description);
			assert_int_equal(made->n_tensors, plain->n_tensors);
			assert_memory_equal(made->values, plain->values,
					    sizeof(float) * OUTPUTS * (CHANNELS * SIDE * SIDE + 1));
			onnx_network_free(made);
		}
		onnx_network_free(plain);
	}
}

// What is done to the shape s of x, its batch n and the rest of it.
struct refusal {
	const char *nodes[6]; // "Operator inputs output"
	const char *reason;
};

static const struct refusal refusals[] = {
    {{"Concat rest,n to", "Reshape x,to y"}, "side 1 of its shape is 1 times the batch"},
    {{"Mul n,two m", "Concat m,rest to", "Reshape x,to y"}, "side 0 of its shape is 2 times the batch"},
    {{"Add n,two m", "Concat m,rest to", "Reshape x,to y"}, "depends on the batch's size"},
    {{"Mul n,n m", "Concat m,rest to", "Reshape x,to y"}, "depends on the batch's size"},
    {{"Div n,two m", "Concat m,rest to", "Reshape x,to y"}, "depends on the batch's size"},
    {{"Div two,n m", "Concat m,rest to", "Reshape x,to y"}, "depends on the batch's size"},
    {{"Cast-real n m", "Mul x,m y"}, "depends on the batch's size"},
    {{"ConstantOfShape s m", "Add x,m y"}, "depends on the batch's size"},
    {{"Transpose x t", "Concat n,rest to", "Reshape t,to y"}, "the batch must stay first"},
    {{"Squeeze x,zero y"}, "axis 0 is the batch"},
    {{"Slice x,zero,two,zero y"}, "it takes a part of the batch"},
    {{"Slice x,zero,two,three y"}, "only runs of channels or of rows"},
    {{"Slice x,zero,two,one,two y"}, "only runs of channels or of rows"},
    {{"Slice s,zeros,twos,zeros y"}, "names axis 0 twice"},
    {{"Slice s,zero,two,zero,zero y"}, "its step is 0"},
    {{"Gather s,big m", "Mul x,m y"}, "it picks element 4611686018427387904 of 4"},
    {{"Gather x,zero y"}, "it picks of a tensor that depends on the network's input"},
    {{"Mul big,two m", "Reshape x,m y"}, "more than 64 bits"},
    {{"Add big,big m", "Reshape x,m y"}, "more than 64 bits"},
    {{"Sub least,two m", "Reshape x,m y"}, "more than 64 bits"},
    {{"Div least,rest m", "Reshape x,m y"}, "more than 64 bits"},
    {{"Div two,zero m", "Reshape x,m y"}, "it divides by 0"},
    {{"ConstantOfShape big m", "Add x,m y"}, "all that are computed on import may have"},
    {{"Concat big,big b", "ConstantOfShape b m", "Add x,m y"}, "which cannot be"},
    {{"ConstantOfShape rest m", "Add x,m y"}, "whose side 0 is -1"},
    {{"ConstantOfShape million m", "Concat m,m,m,m,m,m,m,m q", "Concat q,q,q,q k", "Add x,k y"},
     "all that are computed on import may have"},
    {{"Pad x,pads y"}, "only rows and columns can be padded"},
    {{"Pad x,cut y"}, "only rows and columns can be padded"},
    {{"Pad x,none,half y"}, "it pads with edges, reflections or 0.5"},
    {{"Concat n,two,two,four,four to", "Reshape x,to y"}, "(as a channel shuffle does)"},
    {{"Split x,two y"}, "its 1 parts do not make up"},
};

static void put_named(struct maker *m)
{
	static const float half = 0.5f;
	put_integer(m, "zero", 0);
	put_integer(m, "one", 1);
	put_integer(m, "two", 2);
	put_integer(m, "three", 3);
	put_integer(m, "four", 4);
	put_integer(m, "rest", -1);
	put_integer(m, "big", 1LL << 62);
	put_integer(m, "least", INT64_MIN);
	put_integer(m, "million", 1 << 20);
	maker_integers(m, "zeros", 2, (int64_t[]){0, 0});
	maker_integers(m, "twos", 2, (int64_t[]){2, 2});
	maker_integers(m, "pads", 8, (int64_t[]){0, 1, 0, 0, 0, 0, 0, 0});
	maker_integers(m, "cut", 8, (int64_t[]){0, 0, -1, 0, 0, 0, 0, 0});
	maker_integers(m, "none", 8, (int64_t[]){0, 0, 0, 0, 0, 0, 0, 0});
	maker_floats(m, "half", 0, NULL, &half);
	maker_node(m, "Shape", "x", "s");
	maker_node(m, "Slice", "s zero one", "n");
}

static void put_node(struct maker *m, const char *text)
{
	char op[32], inputs[64], output[16];
	assert_int_equal(sscanf(text, "%31s %63s %15s", op, inputs, output), 3);
	for (char *c = inputs; *c; c++)
		*c = *c == ',' ? ' ' : *c;
	bool casts = strcmp(op, "Cast-real") == 0;
	Onnx__NodeProto *node = maker_node(m, casts ? "Cast" : op, inputs, output);
	if (casts)
		maker_int(m, node, "to", ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT);
	else if (strcmp(op, "Concat") == 0)
		maker_int(m, node, "axis", 0);
	else if (strcmp(op, "Transpose") == 0)
		maker_ints(m, node, "perm", 4, (int64_t[]){1, 0, 2, 3});
}

static void test_refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		struct maker m;
		struct network *net;
		struct err err = {""};
		open_image(&m, 13, -1);
		put_named(&m);
		for (int k = 0; refusals[i].nodes[k]; k++)
			put_node(&m, refusals[i].nodes[k]);
		maker_output(&m, "y");
		int r = lab_import_maker(&net, NULL, &m, NULL, &err);
		if (r != -EINVAL || strncmp(err.text, "x.onnx: ", 8) != 0 ||
		    !strstr(err.text, " node 'node-") || !strstr(err.text, refusals[i].reason))
			fail_msg("%s: refused with %d '%s', not with '%s'", refusals[i].nodes[0], r, err.text,
				 refusals[i].reason);
		maker_close(&m);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(test_flattening),
						  cmocka_unit_test(test_refusals)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
