// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include <inttypes.h>
#include <math.h>

#include "dnn/onnx/compute_private.h"
#include "dnn/onnx/node_private.h"

static const struct constant *data(const struct builder *b, const Onnx__NodeProto *node)
{
	return &node_input(&b->graph, node, 0)->constant;
}

int compute_transpose(struct builder *b, const Onnx__NodeProto *node)
{
	const struct constant *c = data(b, node);
	int64_t order[ONNX_MAX_RANK], dims[ONNX_MAX_RANK], pitch[ONNX_MAX_RANK];
	int r = node_permutation(&b->graph, node, c->rank, order);
	if (r < 0)
		return r;
	for (int i = 0; i < c->rank; i++) {
		dims[i] = c->dims[order[i]];
		pitch[i] = sides_product(c->dims, (int)order[i] + 1, c->rank);
	}
	struct fold f;
	r = fold_begin(&f, b, node, c->is_integer, c->rank, dims);
	for (int64_t i = 0; r == 0 && i < f.made.values; i++) {
		int64_t rest = i, place = 0;
		for (int k = c->rank - 1; k >= 0; k--) {
			place += rest % dims[k] * pitch[k];
			rest /= dims[k];
		}
		fold_copy(&f, i, c, place);
	}
	if (r == 0)
		fold_bind(&f, node_output(&b->graph, node));
	return r;
}

int compute_expand(struct builder *b, const Onnx__NodeProto *node)
{
	const struct constant *c = data(b, node);
	struct constant shape = {0};
	int rank = 0;
	int64_t dims[ONNX_MAX_RANK];
	shape.rank = node_integers(&b->graph, node, "shape", 1, shape.dims, ONNX_MAX_RANK);
	int r = shape.rank < 0 ? -EINVAL : fold_join_sides(b, node, c, &rank, dims);
	r = r < 0 ? r : fold_join_sides(b, node, &shape, &rank, dims);
	struct fold f;
	r = r < 0 ? r : fold_begin(&f, b, node, c->is_integer, rank, dims);
	for (int64_t i = 0; r == 0 && i < f.made.values; i++)
		fold_copy(&f, i, c, fold_broadcast_place(c, rank, dims, i));
	if (r == 0)
		fold_bind(&f, node_output(&b->graph, node));
	return r;
}

// Fills dims[k] = before[k] + side k + after[k], or side k times repeats[k], and the values: place k in the
// result is place (k - before) modulo the side; outside of it where nothing repeats is `fill`.
struct spread {
	int64_t before[ONNX_MAX_RANK], dims[ONNX_MAX_RANK];
	bool repeats;
	struct constant fill;
};

static int spread(struct builder *b, const Onnx__NodeProto *node, const struct constant *c,
		  const struct spread *s)
{
	struct fold f;
	int r = fold_begin(&f, b, node, c->is_integer, c->rank, s->dims);
	for (int64_t i = 0; r == 0 && i < f.made.values; i++) {
		int64_t rest = i, place = 0, pitch = 1;
		bool inside = true;
		for (int k = c->rank - 1; k >= 0; k--) {
			int64_t at = rest % s->dims[k] - s->before[k];
			at = s->repeats ? at % c->dims[k] : at;
			inside &= at >= 0 && at < c->dims[k];
			place += at * pitch;
			pitch *= c->dims[k];
			rest /= s->dims[k];
		}
		fold_copy(&f, i, inside ? c : &s->fill, inside ? place : 0);
	}
	if (r == 0)
		fold_bind(&f, node_output(&b->graph, node));
	return r;
}

int compute_tile(struct builder *b, const Onnx__NodeProto *node)
{
	const struct constant *c = data(b, node);
	struct spread s = {.repeats = true};
	int64_t repeats[ONNX_MAX_RANK];
	int n = node_integers(&b->graph, node, "repeats", 1, repeats, ONNX_MAX_RANK);
	if (n != c->rank)
		return n < -1 ? n : node_refuse(&b->graph, node, "it has %d repeats: must be %d", n, c->rank);
	for (int k = 0; k < n; k++)
		if (repeats[k] < 0 || __builtin_mul_overflow(repeats[k], c->dims[k], &s.dims[k]))
			return node_refuse(&b->graph, node, "it repeats dimension %d %" PRId64 " times", k,
					   repeats[k]);
	return spread(b, node, c, &s);
}

int compute_pad(struct builder *b, const Onnx__NodeProto *node)
{
	const struct constant *c = data(b, node);
	const struct value *value = node_input(&b->graph, node, 2);
	static const int64_t whole_zero = 0;
	float fill = node_float(node, "value", 0);
	struct spread s = {.repeats = false};
	int64_t pads[2 * ONNX_MAX_RANK] = {0};
	int r = node_pads(&b->graph, node, c->rank, pads);
	if (r < 0)
		return r;
	if (!node_string_is(node, "mode", "constant", "constant"))
		return node_refuse(&b->graph, node, "of constants only mode constant is computed");
	if (value)
		s.fill = value->constant;
	else if (c->is_integer)
		constant_from_integers(&s.fill, &whole_zero, 1, true);
	else
		constant_from_floats(&s.fill, &fill, 1, true);
	if (s.fill.values != 1 || s.fill.is_integer != c->is_integer)
		return node_refuse(&b->graph, node, "its constant_value must be one number of its type");
	for (int k = 0; k < c->rank; k++) {
		int64_t sum;
		s.before[k] = pads[k];
		if (__builtin_add_overflow(pads[k], pads[c->rank + k], &sum) ||
		    __builtin_add_overflow(sum, c->dims[k], &s.dims[k]))
			return node_refuse(&b->graph, node, "it pads dimension %d beyond 64 bits", k);
	}
	return spread(b, node, c, &s);
}

int compute_range(struct builder *b, const Onnx__NodeProto *node)
{
	double at[3]; // start, limit, step
	bool is_integer = data(b, node)->is_integer;
	for (size_t i = 0; i < 3; i++) {
		const struct constant *c = &node_input(&b->graph, node, i)->constant;
		if (constant_has_batch(c) || !constant_scalar(c, &at[i]) || !(fabs(at[i]) < 1e15))
			return node_refuse(&b->graph, node,
					   "its start, limit and step must be one known number each");
	}
	double count = at[2] != 0 ? ceil((at[1] - at[0]) / at[2]) : NAN;
	if (!(count < 1e15))
		return node_refuse(&b->graph, node, "its step is %g", at[2]);
	struct fold f;
	int64_t n = count > 0 ? (int64_t)count : 0;
	int r = fold_begin(&f, b, node, is_integer, 1, &n);
	for (int64_t i = 0; r == 0 && i < n; i++) {
		if (is_integer)
			f.integers[i] = (int64_t)at[0] + i * (int64_t)at[2];
		else
			f.floats[i] = (float)(at[0] + (double)i * at[2]);
	}
	if (r == 0)
		fold_bind(&f, node_output(&b->graph, node));
	return r;
}

int compute_size(struct builder *b, const Onnx__NodeProto *node)
{
	struct fold f;
	int r = fold_begin(&f, b, node, true, 0, NULL);
	if (r < 0)
		return r;
	f.integers[0] = data(b, node)->values;
	fold_bind(&f, node_output(&b->graph, node));
	return 0;
}
