// SPDX-License-Identifier: BSD-3-Clause
// ONNX's own conformance cases of every supported operator (Debian's libonnx-testdata): imported, run by the
// reference and by the cpu executor, and compared with the outputs that come with them. A case that has no
// exact counterpart is listed with the importer's reason. Exit 77 when the cases are not installed.
//
// Cases hand everything to their operator as inputs of the graph. Those that the importer takes from the
// file become initializers here; several tensors become one input whose channels they share, and a product
// with ones and zeros takes each out again, which is exact.
#include <dirent.h>
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

#include "dnn/executor.h"
#include "dnn/onnx/constant_private.h"
#include "dnn/onnx/operators_private.h"
#include "dnn/reference.h"
#include "tests/unit/dnn/onnx_lab.h"

#define DATA "/usr/share/libonnx-testdata/data/node"

enum { MAX_INPUTS = 12 };

struct bytes {
	uint8_t *data;
	size_t size;
};

static struct bytes read_file(const char *path)
{
	struct bytes b = {0};
	FILE *f = fopen(path, "rb");
	if (!f)
		return b;
	fseek(f, 0, SEEK_END);
	b.size = (size_t)ftell(f);
	rewind(f);
	b.data = malloc(b.size + 1);
	assert_int_equal(fread(b.data, 1, b.size, f), b.size);
	fclose(f);
	return b;
}

static Onnx__TensorProto *read_tensor(const char *folder, const char *what, int i)
{
	char path[512];
	snprintf(path, sizeof(path), "%s/test_data_set_0/%s_%d.pb", folder, what, i);
	struct bytes b = read_file(path);
	Onnx__TensorProto *t = b.data ? onnx__tensor_proto__unpack(NULL, b.size, b.data) : NULL;
	free(b.data);
	return t;
}

// From which input on an operator's inputs are constants; 0 = all are tensors.
static size_t first_constant(const char *op)
{
	static const struct {
		const char *op;
		size_t first;
	} rows[] = {{"Conv", 1},    {"Gemm", 1},      {"MatMul", 1},  {"BatchNormalization", 1},
		    {"Clip", 1},    {"Slice", 1},     {"Split", 1},   {"Pad", 1},
		    {"Mul", 1},	    {"Div", 1},	      {"Sub", 1},     {"Reshape", 1},
		    {"Squeeze", 1}, {"Unsqueeze", 1}, {"Dropout", 1}, {"ReduceMean", 1}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].op, op) == 0)
			return rows[i].first;
	return 0;
}

struct test_case {
	char folder[384];
	Onnx__ModelProto *model;
	Onnx__TensorProto *in[MAX_INPUTS], *out;
	size_t n_in, n_tensors; // the first n_tensors of them are tensors
};

static bool open_case(struct test_case *c, const char *name)
{
	char path[512];
	*c = (struct test_case){0};
	snprintf(c->folder, sizeof(c->folder), DATA "/%s", name);
	snprintf(path, sizeof(path), "%s/model.onnx", c->folder);
	struct bytes b = read_file(path);
	c->model = b.data ? onnx__model_proto__unpack(NULL, b.size, b.data) : NULL;
	free(b.data);
	return c->model && c->model->graph;
}

static void close_case(struct test_case *c)
{
	for (size_t i = 0; i < c->n_in; i++)
		if (c->in[i])
			onnx__tensor_proto__free_unpacked(c->in[i], NULL);
	if (c->out)
		onnx__tensor_proto__free_unpacked(c->out, NULL);
	if (c->model)
		onnx__model_proto__free_unpacked(c->model, NULL);
}

// Whether every operator of the case is in the table.
static bool is_ours(const struct test_case *c)
{
	for (size_t i = 0; i < c->model->graph->n_node; i++)
		if (!operators_find(c->model->graph->node[i]))
			return false;
	return c->model->graph->n_node > 0;
}

// Some cases hand bfloat16 over as whole numbers.
static bool is_of_declared_type(const Onnx__TensorProto *t, const Onnx__ValueInfoProto *info)
{
	const Onnx__TypeProto *type = info->type;
	return t && (!type || type->value_case != ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE ||
		     type->tensor_type->elem_type == t->data_type);
}

static void read_data(struct test_case *c)
{
	const Onnx__GraphProto *g = c->model->graph;
	c->n_in = g->n_input < MAX_INPUTS ? g->n_input : MAX_INPUTS;
	for (size_t i = 0; i < c->n_in; i++) {
		Onnx__TensorProto *t = read_tensor(c->folder, "input", (int)i);
		if (is_of_declared_type(t, g->input[i]))
			c->in[i] = t;
		else if (t)
			onnx__tensor_proto__free_unpacked(t, NULL);
	}
	c->out = read_tensor(c->folder, "output", 0);
	size_t first = g->n_node == 1 ? first_constant(g->node[0]->op_type) : 0;
	c->n_tensors = first && first < c->n_in ? first : c->n_in;
	// A product or a difference of two tensors, but of vectors, which no one input could hold.
	bool joins = strcmp(g->node[0]->op_type, "Mul") == 0 || strcmp(g->node[0]->op_type, "Sub") == 0;
	if (c->n_in == 2 && joins && c->in[0] && c->in[1] && c->in[0]->n_dims == c->in[1]->n_dims &&
	    c->in[0]->n_dims > 1)
		c->n_tensors = 2;
	// The second operand of a broadcast addition is a constant here.
	if (c->n_in == 2 && strcmp(g->node[0]->op_type, "Add") == 0 && c->in[0] && c->in[1] &&
	    c->in[0]->n_dims != c->in[1]->n_dims)
		c->n_tensors = 1;
}

// Puts the case's constants into the model, as initializers.
static void add_constants(struct test_case *c, struct maker *m)
{
	Onnx__GraphProto *g = &m->graph;
	size_t n = g->n_initializer, more = c->n_in - c->n_tensors;
	Onnx__TensorProto **all = maker_get(m, sizeof(*all) * (n + more));
	for (size_t i = 0; i < n; i++)
		all[i] = g->initializer[i];
	for (size_t i = 0; i < more; i++) {
		all[n + i] = c->in[c->n_tensors + i];
		free(all[n + i]->name);
		all[n + i]->name = maker_text(m, "%s", g->input[c->n_tensors + i]->name);
	}
	g->initializer = all;
	g->n_initializer = n + more;
	g->n_input = c->n_tensors;
}

// Replaces tensors of the same sides but channels (dimension 1) by one input that holds all of them.
static bool share_input(const struct test_case *c, struct maker *m)
{
	size_t rank = c->in[0]->n_dims;
	int64_t dims[4] = {0}, total = 0, before = 0;
	if (rank < 2 || rank > 4)
		return false;
	for (size_t i = 0; i < c->n_tensors; i++) {
		if (c->in[i]->n_dims != rank)
			return false;
		for (size_t d = 0; d < rank; d++)
			if (d != 1 && c->in[i]->dims[d] != c->in[0]->dims[d])
				return false;
		total += c->in[i]->dims[1];
	}
	for (size_t i = 0; i < c->n_tensors; i++) {
		int64_t channels = c->in[i]->dims[1], shape[4] = {channels, total, 1, 1};
		float *pick = maker_get(m, sizeof(float) * (size_t)(channels * total));
		for (int64_t k = 0; k < channels; k++)
			pick[rank == 2 ? (before + k) * channels + k : k * total + before + k] = 1;
		if (rank == 2)
			memcpy(shape, (int64_t[]){total, channels}, sizeof(int64_t) * 2);
		before += channels;
		char *weight = maker_text(m, "pick-%zu", i), *both = maker_text(m, "shared %s", weight);
		maker_floats(m, weight, (int)rank, shape, pick);
		maker_node(m, rank == 2 ? "MatMul" : "Conv", both, m->graph.input[i]->name);
		maker_put_first(m);
	}
	for (size_t d = 0; d < rank; d++)
		dims[d] = d == 1 ? total : c->in[0]->dims[d];
	m->graph.n_input = 0;
	maker_input(m, "shared", (int)rank, dims);
	return true;
}

// How ONNX's dimensions run over batch, rows, columns and channels, parsed from "N,CHW".
struct order {
	int rank, n[ONNX_MAX_RANK];
	char axis[ONNX_MAX_RANK][4];
};

static struct order parse_order(const char *text)
{
	struct order o = {.rank = *text != 0};
	for (const char *c = text; *c; c++) {
		if (*c == ',')
			o.rank++;
		else if (*c != '-')
			o.axis[o.rank - 1][o.n[o.rank - 1]++] = *c;
	}
	return o;
}

// Where element i of ONNX's tensor lies: which of the batch, and where in rows, columns, channels.
static int64_t place(const struct order *o, const int64_t size[128], int64_t i, int64_t *batch)
{
	int64_t at[128] = {0};
	for (int d = o->rank - 1; d >= 0; d--)
		for (int k = o->n[d] - 1; k >= 0; k--) {
			int axis = o->axis[d][k];
			at[axis] = i % size[axis];
			i /= size[axis];
		}
	*batch = at['N'];
	return (at['H'] * size['W'] + at['W']) * size['C'] + at['C'];
}

// All inputs of the batch as rows, columns, channels; of several tensors channels behind channels.
static void arrange_input(const struct test_case *c, const struct network *net, const char *axes, float *in)
{
	struct order o = parse_order(axes);
	struct shape s = net->subtasks[0].in;
	int64_t values = shape_values(s);
	int before = 0;
	for (size_t k = 0; k < c->n_tensors; k++) {
		struct constant t;
		struct err err;
		assert_int_equal(constant_from_tensor(&t, c->in[k], "input", &err), 0);
		int64_t channels = c->n_tensors == 1 ? s.channels : t.dims[1], batch;
		int64_t size[128] = {['H'] = s.height, ['W'] = s.width, ['C'] = channels};
		size['N'] = t.values / (s.height * s.width * channels);
		for (int64_t i = 0; i < t.values; i++) {
			int64_t at = place(&o, size, i, &batch);
			in[batch * values + at / channels * s.channels + before + at % channels] =
			    (float)constant_real(&t, i);
		}
		before += (int)channels;
	}
}

// The largest difference from the case's output, relative to its largest value.
static double compare(const struct constant *wanted, const struct network *net, const char *axes, int batch,
		      const float *out)
{
	struct order o = parse_order(axes);
	struct shape s = net->subtasks[net->n_subtasks - 1].out;
	int64_t size[128] = {['H'] = s.height, ['W'] = s.width, ['C'] = s.channels, ['N'] = batch}, who;
	double difference = 0, scale = 0;
	assert_int_equal(wanted->values, shape_values(s) * batch);
	assert_int_equal(wanted->rank, o.rank);
	for (int64_t i = 0; i < wanted->values; i++) {
		int64_t at = place(&o, size, i, &who);
		double expected = constant_real(wanted, i);
		difference = fmax(difference, fabs(expected - (double)out[who * shape_values(s) + at]));
		scale = fmax(scale, fabs(expected));
	}
	return difference == 0 ? 0 : difference / scale;
}

static void run_case(const struct test_case *c, const struct network *net, const struct onnx_network *made)
{
	struct constant wanted;
	struct err err = {""};
	assert_int_equal(constant_from_tensor(&wanted, c->out, "output", &err), 0);
	int64_t n_in = network_cut_values(net, 0), n_out = network_cut_values(net, net->n_subtasks);
	int batch = (int)(wanted.values / n_out);
	float *in = calloc((size_t)(n_in * batch), sizeof(float));
	float *out = calloc((size_t)(n_out * batch), sizeof(float));
	double *exact_in = calloc((size_t)n_in, sizeof(double)),
	       *exact = calloc((size_t)n_out, sizeof(double));
	arrange_input(c, net, made->input_axes, in);
	for (int b = 0; b < batch; b++) {
		for (int64_t i = 0; i < n_in; i++)
			exact_in[i] = (double)in[b * n_in + i];
		assert_int_equal(reference_run(net, 0, net->n_subtasks, exact_in, exact), 0);
		for (int64_t i = 0; i < n_out; i++)
			out[b * n_out + i] = (float)exact[i];
	}
	double error = compare(&wanted, net, made->result_axes, batch, out);
	if (!(error <= 1e-6))
		fail_msg("%s: the reference is off by %g\n%s", c->folder, error, made->description);
	struct executor *e;
	assert_int_equal(executor_open(&e, "cpu", net, NULL, NULL), 0);
	for (int b = 0; b < batch; b++) {
		const float *from = in + b * n_in;
		float *to = out + b * n_out;
		memset(to, 0xff, sizeof(float) * (size_t)n_out);
		if (executor_run(e, 0, 1, &from, &to, NULL, &err) < 0)
			fail_msg("%s: %s", c->folder, err.text);
	}
	error = compare(&wanted, net, made->result_axes, batch, out);
	if (!(error <= 1e-5))
		fail_msg("%s: the cpu executor is off by %g\n%s", c->folder, error, made->description);
	executor_close(e);
	free(in);
	free(out);
	free(exact_in);
	free(exact);
}

// True when the case ran; else err says why it cannot.
static bool try_case(struct test_case *c, struct err *err)
{
	struct maker m;
	struct network *net = NULL;
	struct onnx_network *made = NULL;
	maker_open(&m, 1);
	m.model = *c->model;
	m.graph = *c->model->graph;
	m.graph.n_output = m.graph.n_output > 0; // masks and indices are nobody's business here
	bool sound = c->out != NULL && c->n_tensors > 0;
	for (size_t i = 0; i < c->n_in; i++)
		sound &= c->in[i] != NULL;
	int r = sound ? 0 : err_set(err, ENODATA, "its input is no tensor");
	struct constant readable;
	for (size_t i = 0; r == 0 && i < c->n_tensors; i++)
		r = constant_from_tensor(&readable, c->in[i], "its input", err);
	bool has_constants = r == 0;
	if (r == 0) {
		add_constants(c, &m);
		if (c->n_tensors > 1 && !share_input(c, &m))
			r = err_set(err, EINVAL,
				    "its tensors differ in more than channels: no one input holds them");
	}
	if (r == 0) {
		size_t size;
		uint8_t *bytes = maker_pack(&m, &size);
		r = lab_import(&net, &made, bytes, size, NULL, err);
		free(bytes);
	}
	if (r == 0)
		run_case(c, net, made);
	onnx_network_free(made);
	network_free(net);
	for (size_t i = c->n_tensors; has_constants && i < c->n_in; i++)
		c->in[i]->name = NULL; // the maker's
	maker_close(&m);
	return r == 0;
}

// Everything the case hands over as a constant: what is computed of it, and its sides, become factors of a
// tensor of ones, whose product a network is. Every output in turn.
static bool try_constant(struct test_case *c, size_t output, Onnx__TensorProto *wanted, struct err *err)
{
	struct maker m;
	struct network *net = NULL;
	struct onnx_network *made = NULL;
	struct constant expected;
	maker_open(&m, 1);
	m.model = *c->model;
	m.graph = *c->model->graph;
	char *name = maker_text(&m, "%s", m.graph.output[output]->name);
	if (m.model.n_opset_import == 1 && m.model.opset_import[0]->version < 7) // for what is put behind it
		m.model.opset_import[0]->version = 7;
	c->n_tensors = 0;
	add_constants(c, &m);
	int r = constant_from_tensor(&expected, wanted, "output", err);
	int64_t n = r < 0 ? 0 : expected.values + expected.rank;
	m.graph.output = NULL;
	m.graph.n_output = 0;
	maker_integers(&m, "lab_all", 1, (int64_t[]){-1});
	maker_input(&m, "lab_x", 2, (int64_t[]){1, n});
	maker_node(&m, "Reshape", maker_text(&m, "%s lab_all", name), "lab_flat");
	maker_int(&m, maker_node(&m, "Cast", "lab_flat", "lab_reals"), "to",
		  ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT);
	maker_node(&m, "Shape", name, "lab_shape");
	maker_int(&m, maker_node(&m, "Cast", "lab_shape", "lab_sides"), "to",
		  ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT);
	maker_int(&m, maker_node(&m, "Concat", "lab_reals lab_sides", "lab_k"), "axis", 0);
	maker_node(&m, "Mul", "lab_x lab_k", "lab_y");
	maker_output(&m, "lab_y");
	if (r == 0) {
		size_t size;
		uint8_t *bytes = maker_pack(&m, &size);
		r = lab_import(&net, &made, bytes, size, NULL, err);
		free(bytes);
	}
	if (r == 0) {
		double *ones = malloc(sizeof(double) * (size_t)n), *out = malloc(sizeof(double) * (size_t)n);
		for (int64_t i = 0; i < n; i++)
			ones[i] = 1;
		assert_int_equal(network_cut_values(net, net->n_subtasks), n);
		assert_int_equal(reference_run(net, 0, net->n_subtasks, ones, out), 0);
		double scale = 0;
		for (int64_t i = 0; i < expected.values; i++)
			if (isfinite(constant_real(&expected, i)))
				scale = fmax(scale, fabs(constant_real(&expected, i)));
		for (int64_t i = 0; i < n; i++) {
			double value = i < expected.values ? constant_real(&expected, i)
							   : (double)expected.dims[i - expected.values];
			double off = fabs(out[i] - (double)(float)value);
			if (!(off <= (expected.is_integer ? 0 : 1e-4) * scale) &&
			    !(isnan(out[i]) && isnan(value)) && out[i] != value)
				fail_msg("%s, output %zu: value %lld is %g, not %g", c->folder, output,
					 (long long)i, out[i], value);
		}
		free(ones);
		free(out);
	}
	onnx_network_free(made);
	network_free(net);
	for (size_t i = 0; i < c->n_in; i++)
		c->in[i]->name = NULL; // the maker's
	maker_close(&m);
	return r == 0;
}

static bool try_as_constants(struct test_case *c, struct err *err)
{
	size_t n = c->model->graph->n_output;
	bool passed = n > 0;
	for (size_t i = 0; i < c->n_in; i++)
		passed &= c->in[i] != NULL;
	for (size_t k = 0; passed && k < n; k++) {
		Onnx__TensorProto *wanted = read_tensor(c->folder, "output", (int)k);
		passed = wanted && try_constant(c, k, wanted, err);
		if (wanted)
			onnx__tensor_proto__free_unpacked(wanted, NULL);
	}
	return passed;
}

struct tally {
	int passed[128], refused, others;
};

static void count_operators(const struct test_case *c, struct tally *t)
{
	for (int k = 0; onnx_operator(k, NULL); k++)
		for (size_t i = 0; i < c->model->graph->n_node; i++)
			if (strcmp(onnx_operator(k, NULL), c->model->graph->node[i]->op_type) == 0) {
				t->passed[k]++;
				break;
			}
}

static int is_case(const struct dirent *d)
{
	return strncmp(d->d_name, "test_", 5) == 0;
}

static void test_cases(void **state)
{
	(void)state;
	// Their cases take other means, pad with 1.2 or have a slope a column: test_onnx_models,
	// test_onnx_idioms and test_onnx_cases run these.
	static const char *const without[] = {"ReduceMean", "Pad", "PRelu"};
	struct dirent **list;
	struct tally tally = {.refused = 0};
	int n = scandir(DATA, &list, is_case, alphasort), passed = 0, as_constants = 0;
	assert_true(n > 0);
	for (int i = 0; i < n; i++) {
		struct test_case c;
		struct err err = {""};
		if (open_case(&c, list[i]->d_name) && is_ours(&c)) {
			read_data(&c);
			struct err other = {""};
			bool tensor = try_case(&c, &err), constant = try_as_constants(&c, &other);
			if (tensor || constant) {
				passed++;
				as_constants += constant;
				count_operators(&c, &tally);
			} else {
				tally.refused++;
				print_message("no counterpart: %s: %s; %s\n", list[i]->d_name, err.text,
					      other.text);
			}
		} else {
			tally.others++;
		}
		close_case(&c);
		free(list[i]);
	}
	free(list);
	print_message("%d cases: %d passed (%d of them as constants), %d have no counterpart, %d are of "
		      "other operators\n",
		      n, passed, as_constants, tally.refused, tally.others);
	for (int k = 0; onnx_operator(k, NULL); k++) {
		bool excused = false;
		for (size_t i = 0; i < sizeof(without) / sizeof(without[0]); i++)
			excused |= strcmp(without[i], onnx_operator(k, NULL)) == 0;
		print_message("%s %d %s", k ? "," : "passed:", tally.passed[k], onnx_operator(k, NULL));
		if (!excused && tally.passed[k] == 0)
			fail_msg("no case of %s passed", onnx_operator(k, NULL));
	}
	print_message("\n");
	assert_true(passed >= 100);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(test_cases)};
	DIR *data = opendir(DATA);
	if (!data) {
		printf("skipped: libonnx-testdata is not installed (scripts/setup tests)\n");
		return 77;
	}
	closedir(data);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
