// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include <math.h>
#include <string.h>

#include "dnn/onnx/compute_private.h"
#include "dnn/onnx/node_private.h"

#define MOST_EXACT 9007199254740992.0 // 2^53: below, a double holds every whole number

#define OF_ONE(name, result)                                                                                 \
	static double name(double x)                                                                         \
	{                                                                                                    \
		return result;                                                                               \
	}
#define OF_TWO(name, result)                                                                                 \
	static double name(double x, double y)                                                               \
	{                                                                                                    \
		return result;                                                                               \
	}

OF_TWO(add, x + y)
OF_TWO(subtract, x - y)
OF_TWO(multiply, y *x)
OF_TWO(divide, x / y)
OF_ONE(negative, -x)
OF_ONE(inverse, 1 / x)
OF_ONE(sign, (x > 0) - (x < 0))
OF_ONE(softplus, x > 0 ? x + log1p(exp(-x)) : log1p(exp(x)))
OF_ONE(softsign, x / (1 + fabs(x)))
OF_ONE(is_zero, x == 0)
OF_ONE(is_nan, isnan(x) != 0)
OF_TWO(most, isnan(x) || isnan(y) ? NAN : fmax(x, y))
OF_TWO(least, isnan(x) || isnan(y) ? NAN : fmin(x, y))
OF_TWO(equal, x == y)
OF_TWO(less, x < y)
OF_TWO(greater, x > y)
OF_TWO(at_most, x <= y)
OF_TWO(at_least, x >= y)
OF_TWO(both, x != 0 && y != 0)
OF_TWO(either, x != 0 || y != 0)
OF_TWO(one_of, (x != 0) != (y != 0))

static const struct elementwise {
	const char *name;
	double (*one)(double); // of the only input, or of what the inputs together come to
	double (*two)(double, double);
	bool is_truth;	 // the result is true or false
	char arithmetic; // of whole numbers: fold_arithmetic's
} operators[] = {
    {"Abs", fabs, NULL, false, 0},
    {"Acos", acos, NULL, false, 0},
    {"Add", NULL, add, false, '+'},
    {"And", NULL, both, true, 0},
    {"Asin", asin, NULL, false, 0},
    {"Atan", atan, NULL, false, 0},
    {"Ceil", ceil, NULL, false, 0},
    {"Cos", cos, NULL, false, 0},
    {"Cosh", cosh, NULL, false, 0},
    {"Div", NULL, divide, false, '/'},
    {"Equal", NULL, equal, true, 0},
    {"Erf", erf, NULL, false, 0},
    {"Exp", exp, NULL, false, 0},
    {"Floor", floor, NULL, false, 0},
    {"Greater", NULL, greater, true, 0},
    {"GreaterOrEqual", NULL, at_least, true, 0},
    {"IsNaN", is_nan, NULL, true, 0},
    {"Less", NULL, less, true, 0},
    {"LessOrEqual", NULL, at_most, true, 0},
    {"Log", log, NULL, false, 0},
    {"Max", NULL, most, false, 0},
    {"Mean", NULL, add, false, 0}, // and divided by their number
    {"Min", NULL, least, false, 0},
    {"Mul", NULL, multiply, false, '*'},
    {"Neg", negative, NULL, false, 0},
    {"Not", is_zero, NULL, true, 0},
    {"Or", NULL, either, true, 0},
    {"Pow", NULL, pow, false, 0},
    {"Reciprocal", inverse, NULL, false, 0},
    {"Round", rint, NULL, false, 0},
    {"Sign", sign, NULL, false, 0},
    {"Sin", sin, NULL, false, 0},
    {"Sinh", sinh, NULL, false, 0},
    {"Softplus", softplus, NULL, false, 0},
    {"Softsign", softsign, NULL, false, 0},
    {"Sqrt", sqrt, NULL, false, 0},
    {"Sub", NULL, subtract, false, '-'},
    {"Sum", NULL, add, false, '+'},
    {"Tan", tan, NULL, false, 0},
    {"Tanh", tanh, NULL, false, 0},
    {"Xor", NULL, one_of, true, 0},
};
enum { N_OPERATORS = sizeof(operators) / sizeof(operators[0]) };

static const struct elementwise *find(const char *name)
{
	for (int i = 0; i < N_OPERATORS; i++)
		if (strcmp(operators[i].name, name) == 0)
			return &operators[i];
	return NULL;
}

static const struct constant *input(const struct builder *b, const Onnx__NodeProto *node, size_t i)
{
	return &node_input(&b->graph, node, i)->constant;
}

// Sides of all inputs together; refuses multiples of an open batch.
static int join_inputs(const struct builder *b, const Onnx__NodeProto *node, int *rank, int64_t *dims)
{
	*rank = 0;
	for (size_t i = 0; i < node->n_input; i++) {
		const struct constant *c = input(b, node, i);
		if (constant_has_batch(c))
			return node_refuse(
			    &b->graph, node,
			    "its result depends on the batch's size, which the file leaves open");
		int r = fold_join_sides(b, node, c, rank, dims);
		if (r < 0)
			return r;
	}
	return 0;
}

// Whole numbers are cut towards zero, as C does; one that a double cannot tell from its neighbour is refused.
static int put(struct fold *f, int64_t i, double x)
{
	if (f->floats) {
		f->floats[i] = (float)x;
		return 0;
	}
	if (!(fabs(x) <= MOST_EXACT))
		return node_refuse(&f->b->graph, f->node,
				   "it comes to %g, which is no whole number of 53 bits", x);
	f->integers[i] = (int64_t)x;
	return 0;
}

static bool all_whole(const struct builder *b, const Onnx__NodeProto *node)
{
	bool whole = true;
	for (size_t i = 0; i < node->n_input; i++)
		whole &= input(b, node, i)->is_integer;
	return whole;
}

static double value_at(const struct builder *b, const Onnx__NodeProto *node, const struct elementwise *e,
		       const struct fold *f, int64_t i)
{
	double x = 0;
	for (size_t k = 0; k < node->n_input; k++) {
		const struct constant *c = input(b, node, k);
		double y = constant_real(c, fold_broadcast_place(c, f->made.rank, f->made.dims, i));
		x = k == 0 ? y : e->two(x, y);
	}
	return e->one ? e->one(x) : strcmp(e->name, "Mean") == 0 ? x / (double)node->n_input : x;
}

int compute_elementwise(struct builder *b, const Onnx__NodeProto *node)
{
	const struct elementwise *e = find(node->op_type);
	int rank;
	int64_t dims[ONNX_MAX_RANK];
	if (e->arithmetic && node->n_input == 2 && all_whole(b, node))
		return fold_arithmetic(b, node, e->arithmetic);
	if (node->n_input > 1 && !e->two)
		return node_refuse(&b->graph, node, "it has %zu inputs: must be 1", node->n_input);
	int r = join_inputs(b, node, &rank, dims);
	struct fold f;
	bool is_pow = e->two == pow; // of the base's type
	bool is_integer = e->is_truth || (is_pow ? input(b, node, 0)->is_integer : all_whole(b, node));
	r = r < 0 ? r : fold_begin(&f, b, node, is_integer, rank, dims);
	for (int64_t i = 0; r == 0 && i < f.made.values; i++)
		r = put(&f, i, value_at(b, node, e, &f, i));
	if (r == 0)
		fold_bind(&f, node_output(&b->graph, node));
	return r;
}

int compute_where(struct builder *b, const Onnx__NodeProto *node)
{
	const struct constant *condition = input(b, node, 0);
	int rank = 0;
	int64_t dims[ONNX_MAX_RANK];
	struct fold f;
	int r = 0;
	for (size_t i = 0; r == 0 && i < 3; i++)
		r = fold_join_sides(b, node, input(b, node, i), &rank, dims);
	if (r == 0 && (input(b, node, 1)->is_integer != input(b, node, 2)->is_integer))
		r = node_refuse(&b->graph, node, "it chooses between numbers of two types");
	r = r < 0 ? r : fold_begin(&f, b, node, input(b, node, 1)->is_integer, rank, dims);
	for (int64_t i = 0; r == 0 && i < f.made.values; i++) {
		bool first = constant_real(condition, fold_broadcast_place(condition, rank, dims, i)) != 0;
		const struct constant *from = input(b, node, first ? 1 : 2);
		fold_copy(&f, i, from, fold_broadcast_place(from, rank, dims, i));
	}
	if (r == 0)
		fold_bind(&f, node_output(&b->graph, node));
	return r;
}

// A limit is an attribute until opset 10, an input since.
static double limit(const struct builder *b, const Onnx__NodeProto *node, size_t i, const char *name,
		    double otherwise)
{
	const struct value *v = node_input(&b->graph, node, i);
	if (v && v->constant.values == 1)
		return constant_real(&v->constant, 0);
	return node_attribute(node, name) ? (double)node_float(node, name, 0) : otherwise;
}

int compute_clip(struct builder *b, const Onnx__NodeProto *node)
{
	const struct constant *c = input(b, node, 0);
	double low = limit(b, node, 1, "min", -INFINITY), high = limit(b, node, 2, "max", INFINITY);
	struct fold f;
	int r = constant_has_batch(c) ? node_refuse(&b->graph, node, "it clips the batch's size") : 0;
	r = r < 0 ? r : fold_begin(&f, b, node, c->is_integer, c->rank, c->dims);
	for (int64_t i = 0; r == 0 && i < c->values; i++)
		r = put(&f, i, fmin(fmax(constant_real(c, i), low), high));
	if (r == 0)
		fold_bind(&f, node_output(&b->graph, node));
	return r;
}

// (x - zero point) scale, with one pair for all or one an element of `axis`.
int compute_dequantize(struct builder *b, const Onnx__NodeProto *node)
{
	const struct constant *x = input(b, node, 0), *scale = input(b, node, 1);
	const struct value *v = node_input(&b->graph, node, 2);
	const struct constant *zero = v ? &v->constant : NULL;
	int axis = 0;
	if (scale->values != 1)
		axis = node_axis(&b->graph, node, node_int(node, "axis", 1), x->rank);
	if (axis < 0)
		return axis;
	bool fits = (scale->values == 1 || (scale->rank == 1 && scale->values == x->dims[axis])) &&
		    (!zero || zero->values == scale->values);
	if (!fits)
		return node_refuse(&b->graph, node,
				   "its scale must be one number, or one an element of its axis");
	int64_t inner = scale->values == 1 ? 1 : sides_product(x->dims, axis + 1, x->rank);
	struct fold f;
	int r = fold_begin(&f, b, node, false, x->rank, x->dims);
	for (int64_t i = 0; r == 0 && i < x->values; i++) {
		int64_t k = i / inner % scale->values;
		double shift = zero ? constant_real(zero, k) : 0;
		f.floats[i] = (float)((constant_real(x, i) - shift) * constant_real(scale, k));
	}
	if (r == 0)
		fold_bind(&f, node_output(&b->graph, node));
	return r;
}
