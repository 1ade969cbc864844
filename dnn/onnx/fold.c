// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/onnx/fold_private.h"

#include <errno.h>
#include <inttypes.h>

#include "dnn/onnx/node_private.h"

static int count_values(struct builder *b, const Onnx__NodeProto *node, int rank, const int64_t *dims,
			int64_t *values)
{
	if (rank > ONNX_MAX_RANK)
		return node_refuse(&b->graph, node, "more than %d dimensions", ONNX_MAX_RANK);
	*values = 1;
	for (int i = 0; i < rank; i++)
		if (dims[i] < 0 || __builtin_mul_overflow(*values, dims[i], values))
			return node_refuse(
			    &b->graph, node,
			    "it makes a constant whose side %d is %" PRId64 ", which cannot be", i, dims[i]);
	return 0;
}

int fold_begin(struct fold *f, struct builder *b, const Onnx__NodeProto *node, bool is_integer, int rank,
	       const int64_t *dims)
{
	*f = (struct fold){.b = b, .node = node, .made = {.rank = rank, .is_integer = is_integer}};
	int64_t n = 0;
	int r = count_values(b, node, rank, dims, &n);
	if (r < 0)
		return r;
	for (int i = 0; i < rank; i++)
		f->made.dims[i] = dims[i];
	f->made.values = n;
	void *memory =
	    builder_compute(b, node, n, is_integer ? sizeof(int64_t) + sizeof(bool) : sizeof(float));
	if (!memory)
		return -EINVAL;
	if (is_integer) {
		f->made.integers = f->integers = memory;
		f->made.of_batch = f->of_batch = (bool *)(f->integers + n);
	} else {
		f->made.floats = f->floats = memory;
	}
	return 0;
}

void fold_copy(struct fold *f, int64_t to, const struct constant *from, int64_t i)
{
	if (!f->integers) {
		f->floats[to] = (float)constant_real(from, i);
		return;
	}
	f->integers[to] = constant_integer(from, i);
	f->of_batch[to] = constant_is_of_batch(from, i);
}

void fold_bind(const struct fold *f, struct value *out)
{
	out->is_constant = true;
	out->constant = f->made;
}

int fold_reshape(struct builder *b, const Onnx__NodeProto *node, const struct constant *from, int rank,
		 const int64_t *dims)
{
	int64_t n = 0;
	int r = count_values(b, node, rank, dims, &n);
	if (r < 0)
		return r;
	if (n != from->values)
		return node_refuse(&b->graph, node,
				   "it gives %" PRId64 " numbers sides for %" PRId64 " of them", from->values,
				   n);
	struct value *out = node_output(&b->graph, node);
	out->is_constant = true;
	out->constant = *from;
	out->constant.rank = rank;
	for (int i = 0; i < rank; i++)
		out->constant.dims[i] = dims[i];
	return 0;
}

bool fold_inputs(const struct builder *b, const Onnx__NodeProto *node, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct value *v = node_input(&b->graph, node, i);
		if (!v || !v->is_constant)
			return false;
	}
	return n > 0;
}

// A whole number, or a multiple of the batch.
struct number {
	int64_t k;
	bool of_batch;
};

// Returns what is wrong, or NULL.
static const char *compute(char operation, struct number x, struct number y, struct number *out)
{
	static const char overflow[] = "its result has more than 64 bits",
			  batch[] = "its result depends on the batch's size, which the file leaves open";
	bool overflows = false;
	*out = (struct number){0, x.of_batch};
	switch (operation) {
	case '+':
	case '-':
		if (x.of_batch != y.of_batch)
			return batch;
		overflows = operation == '+' ? __builtin_add_overflow(x.k, y.k, &out->k)
					     : __builtin_sub_overflow(x.k, y.k, &out->k);
		break;
	case '*':
		if (x.of_batch && y.of_batch)
			return batch;
		out->of_batch = x.of_batch || y.of_batch;
		overflows = __builtin_mul_overflow(x.k, y.k, &out->k);
		break;
	default:
		if (y.k == 0)
			return "it divides by 0";
		if (x.k == INT64_MIN && y.k == -1)
			return overflow;
		if ((y.of_batch && !x.of_batch) || ((x.of_batch || y.of_batch) && x.k % y.k))
			return batch;
		*out = (struct number){x.k / y.k, x.of_batch && !y.of_batch};
	}
	return overflows ? overflow : NULL;
}

// Side i, counted from the last one: dimensions in front of the first have one element.
static int64_t side_from_end(const struct constant *c, int i)
{
	return i < c->rank ? c->dims[c->rank - 1 - i] : 1;
}

int64_t fold_broadcast_place(const struct constant *c, int rank, const int64_t *dims, int64_t i)
{
	int64_t place = 0, pitch = 1;
	for (int k = 0; k < rank; k++) {
		int64_t side = side_from_end(c, k), at = i % dims[rank - 1 - k];
		place += side == 1 ? 0 : at * pitch;
		pitch *= side;
		i /= dims[rank - 1 - k];
	}
	return place;
}

static struct number number_at(const struct constant *c, int64_t i)
{
	return (struct number){constant_integer(c, i), constant_is_of_batch(c, i)};
}

int fold_join_sides(const struct builder *b, const Onnx__NodeProto *node, const struct constant *c, int *rank,
		    int64_t *dims)
{
	struct constant joined = {.rank = *rank};
	for (int i = 0; i < *rank; i++)
		joined.dims[i] = dims[i];
	*rank = c->rank > joined.rank ? c->rank : joined.rank;
	for (int i = 0; i < *rank; i++) {
		int64_t p = side_from_end(&joined, i), q = side_from_end(c, i);
		if (p != q && p != 1 && q != 1)
			return node_refuse(&b->graph, node,
					   "its inputs have sides of %" PRId64 " and %" PRId64, p, q);
		dims[*rank - 1 - i] = p == 1 ? q : p;
	}
	return 0;
}

int fold_arithmetic(struct builder *b, const Onnx__NodeProto *node, char operation)
{
	const struct constant *x = &node_input(&b->graph, node, 0)->constant;
	const struct constant *y = &node_input(&b->graph, node, 1)->constant;
	int64_t dims[ONNX_MAX_RANK];
	int rank = 0;
	struct fold f;
	int r = fold_join_sides(b, node, x, &rank, dims);
	r = r < 0 ? r : fold_join_sides(b, node, y, &rank, dims);
	r = r < 0 ? r : fold_begin(&f, b, node, true, rank, dims);
	for (int64_t i = 0; r == 0 && i < f.made.values; i++) {
		struct number made;
		const char *wrong = compute(operation, number_at(x, fold_broadcast_place(x, rank, dims, i)),
					    number_at(y, fold_broadcast_place(y, rank, dims, i)), &made);
		if (wrong)
			return node_refuse(&b->graph, node, "%s", wrong);
		f.integers[i] = made.k;
		f.of_batch[i] = made.of_batch;
	}
	if (r == 0)
		fold_bind(&f, node_output(&b->graph, node));
	return r;
}

// All sides but the axis, and the kind, are those of the first.
static bool joins(const struct constant *c, const struct constant *first, int axis)
{
	bool equal = c->rank == first->rank && c->is_integer == first->is_integer;
	for (int i = 0; equal && i < c->rank; i++)
		equal = i == axis || c->dims[i] == first->dims[i];
	return equal;
}

int fold_concat(struct builder *b, const Onnx__NodeProto *node)
{
	const struct constant *first = &node_input(&b->graph, node, 0)->constant;
	int64_t dims[ONNX_MAX_RANK] = {0};
	int axis = node_axis(&b->graph, node, node_int(node, "axis", 0), first->rank);
	if (axis < 0)
		return axis;
	for (int i = 0; i < first->rank; i++)
		dims[i] = i == axis ? 0 : first->dims[i];
	for (size_t i = 0; i < node->n_input; i++) {
		const struct constant *c = &node_input(&b->graph, node, i)->constant;
		if (!joins(c, first, axis) || __builtin_add_overflow(dims[axis], c->dims[axis], &dims[axis]))
			return node_refuse(&b->graph, node, "its constants do not fit together");
	}
	struct fold f;
	int r = fold_begin(&f, b, node, first->is_integer, first->rank, dims);
	if (r < 0)
		return r;
	int64_t outer = sides_product(dims, 0, axis), to = 0;
	for (int64_t o = 0; o < outer; o++)
		for (size_t i = 0; i < node->n_input; i++) {
			const struct constant *c = &node_input(&b->graph, node, i)->constant;
			int64_t run = outer > 0 ? c->values / outer : 0;
			for (int64_t k = 0; k < run; k++)
				fold_copy(&f, to++, c, o * run + k);
		}
	fold_bind(&f, node_output(&b->graph, node));
	return 0;
}

int fold_ranges(struct builder *b, const Onnx__NodeProto *node, const struct constant *from,
		const struct range *ranges, struct value *out)
{
	struct fold f;
	int64_t dims[ONNX_MAX_RANK] = {0};
	for (int i = 0; i < from->rank; i++)
		dims[i] = ranges[i].count;
	int r = fold_begin(&f, b, node, from->is_integer, from->rank, dims);
	for (int64_t i = 0; r == 0 && i < f.made.values; i++) {
		int64_t rest = i, pitch = 1, place = 0;
		for (int k = from->rank - 1; k >= 0; k--) {
			place += (ranges[k].first + rest % dims[k] * ranges[k].step) * pitch;
			rest /= dims[k];
			pitch *= from->dims[k];
		}
		fold_copy(&f, i, from, place);
	}
	if (r == 0)
		fold_bind(&f, out);
	return r;
}
