// SPDX-License-Identifier: BSD-3-Clause
// Small models (tests/data/onnx), most of them from public reports: what is refused, with the reason, and
// what is imported and computes what ONNX Runtime 1.32 computes (NAME.out) of x_i = (37 i mod 101) / 50 - 1,
// i running in ONNX's order.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dnn/executor.h"
#include "dnn/reference.h"
#include "tests/unit/dnn/onnx_lab.h"

static void *read_file(const char *name, size_t *size)
{
	char path[256];
	snprintf(path, sizeof(path), CASES "/%s", name);
	FILE *f = fopen(path, "rb");
	assert_non_null(f);
	fseek(f, 0, SEEK_END);
	*size = (size_t)ftell(f);
	rewind(f);
	void *bytes = malloc(*size + 1);
	assert_int_equal(fread(bytes, 1, *size, f), *size);
	fclose(f);
	return bytes;
}

static int import(struct network **net, const char *name, const struct onnx_options *options, struct err *err)
{
	size_t size;
	void *bytes = read_file(name, &size);
	int r = lab_import_with(net, NULL, bytes, size, options, err);
	free(bytes);
	return r;
}

// ONNX's channels, rows, columns as our rows, columns, channels.
static void permute(struct shape s, const float *from, double *to)
{
	int64_t pixels = (int64_t)s.height * s.width;
	for (int64_t c = 0; c < s.channels; c++)
		for (int64_t p = 0; p < pixels; p++)
			to[p * s.channels + c] = (double)from[c * pixels + p];
}

static void compare(const char *name, const struct network *net)
{
	char file[64];
	size_t size;
	struct shape in = net->subtasks[0].in, out = net->subtasks[net->n_subtasks - 1].out;
	int64_t n = shape_values(in), n_out = shape_values(out);
	snprintf(file, sizeof(file), "%.*s.out", (int)(strlen(name) - strlen(".onnx")), name);
	float *wanted = read_file(file, &size);
	assert_int_equal(size, sizeof(float) * (size_t)n_out);
	float *x = malloc(sizeof(float) * (size_t)n), *y = malloc(sizeof(float) * (size_t)n_out);
	double *x_ours = malloc(sizeof(double) * (size_t)n), *exact = malloc(sizeof(double) * (size_t)n_out);
	double *wanted_ours = malloc(sizeof(double) * (size_t)n_out);
	for (int64_t i = 0; i < n; i++)
		x[i] = (float)(37 * i % 101) / 50 - 1;
	permute(in, x, x_ours);
	permute(out, wanted, wanted_ours);
	assert_int_equal(reference_run(net, 0, net->n_subtasks, x_ours, exact), 0);
	for (int64_t i = 0; i < n; i++)
		x[i] = (float)x_ours[i];
	for (int64_t i = 0; i < n_out; i++)
		wanted[i] = (float)wanted_ours[i];
	struct executor *e;
	struct err err = {""};
	assert_int_equal(executor_open(&e, "cpu", net, NULL, &err), 0);
	size_t most = sizeof(float) * (size_t)network_largest_cut(net, 0, net->n_subtasks);
	float *tensor = malloc(most), *next = malloc(most);
	memcpy(tensor, x, sizeof(float) * (size_t)n);
	for (int s = 0; s < net->n_subtasks; s++) {
		const float *from = tensor;
		assert_int_equal(executor_run(e, s, 1, &from, &next, NULL, &err), 0);
		float *swap = tensor;
		tensor = next;
		next = swap;
	}
	free(next);
	executor_close(e);
	for (int64_t i = 0; i < n_out; i++)
		y[i] = (float)exact[i];
	double reference = relative_error(y, wanted, n_out), cpu = relative_error(tensor, wanted, n_out);
	if (!(reference <= 1e-5) || !(cpu <= 1e-5))
		fail_msg("%s: the reference is off by %g, the cpu executor by %g", name, reference, cpu);
	free(wanted);
	free(wanted_ours);
	free(x);
	free(y);
	free(x_ours);
	free(exact);
	free(tensor);
}

static const struct {
	const char *file, *input_shape, *cuts; // cuts: as one list
	int n_subtasks;			       // or
	const char *reason;		       // why it is refused
} cases[] = {
    {"newline_name.onnx", NULL, "r\nactivate sigmoid", 2, NULL},
    {"newline_name.onnx", NULL, "c,r\\x0aactivate sigmoid", 3, NULL},
    {"newline_name.onnx", NULL, "r", 0, "cannot cut at 'r': there is no value of this name"},
    {"comma_names.onnx", NULL, "a,b", 2, NULL},
    {"comma_names.onnx", NULL, "p, q,r,a,b", 4, NULL},
    {"comma_names.onnx", NULL, ",r,", 2, NULL},
    {"comma_names.onnx", NULL, "b,r", 0, "cannot cut at 'b': there is no value of this name"},
    {"zero_channels.onnx", NULL, NULL, 0, ": Conv node 'y': dimension 0 of its weight has 0 elements"},
    {"nan_weight.onnx", NULL, NULL, 0, ": Conv node 'y': its weight holds NaN"},
    {"open_hw.onnx", NULL, NULL, 0, "bx3xhxw: dimension 2 is open: give --input-shape, such as 1x3x224x224"},
    {"open_hw.onnx", "1x3x11x7", NULL, 1, NULL},
    {"open_hw.onnx", "5x3x11x7", NULL, 1, NULL},
    {"open_hw.onnx", "1x4x11x7", NULL, 0,
     "--input-shape says otherwise: give --input-shape, such as 1x3x224x224"},
    {"open_hw.onnx", "3x11x7", NULL, 0, "--input-shape has another number of sides"},
    {"open_hw.onnx", "1x3x11x0", NULL, 0, "the input's shape is '1x3x11x0': write 1 to 4 sides"},
    {"open_hw.onnx", "1x3x11x", NULL, 0, "the input's shape is '1x3x11x'"},
    {"open_hw.onnx", "1x3x11x7x1", NULL, 0, "the input's shape is '1x3x11x7x1'"},
    {"open_hw.onnx", "1x3x11x99999999999999999999", NULL, 0, "the input's shape is"},
    {"open_hw.onnx", "", NULL, 0, "the input's shape is ''"},
    {"open_hw.onnx", "1x3x-11x7", NULL, 0, "the input's shape is"},
    {"weight_transposed.onnx", NULL, NULL, 1, NULL},
    {"dense_block75.onnx", NULL, NULL, 1, NULL},
    {"dense_block75.onnx", NULL, "k74", 2, NULL},
    {"composed.onnx", NULL, NULL, 1, NULL},
    {"composed.onnx", NULL, "p,n,s,m,l", 6, NULL},
    {"constants.onnx", NULL, NULL, 1, NULL},
    {"deep600.onnx", NULL, NULL, 1, NULL},
    {"deep600.onnx", NULL, "v1,v300,c450", 4, NULL},
};

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct network *net;
		struct err err = {""};
		const char *lists[] = {cases[i].cuts, NULL};
		struct onnx_options options = {
		    .name = "n", .cuts = lists, .input_shape = cases[i].input_shape};
		int r = import(&net, cases[i].file, &options, &err);
		if (cases[i].reason ? r == 0 || !strstr(err.text, cases[i].reason) : r < 0)
			fail_msg("%s: %d '%s', not '%s'", cases[i].file, r, err.text,
				 cases[i].reason ? cases[i].reason : "read");
		if (r == 0) {
			assert_int_equal(net->n_subtasks, cases[i].n_subtasks);
			if (strcmp(cases[i].file, "deep600.onnx") != 0) // its values fade away
				compare(cases[i].file, net);
		}
		network_free(net);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(test_cases)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
