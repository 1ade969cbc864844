// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/onnx/input_private.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dnn/onnx/node_private.h"

enum { MAX_RANK = 4, OPEN = OPEN_BATCH };

// The sides of the input in ONNX's order.
struct sides {
	const struct graph *graph;
	const Onnx__TensorShapeProto *declared; // NULL = the file does not say
	size_t rank;
	int64_t at[MAX_RANK]; // OPEN where neither the file nor the user says
};

static const Onnx__TypeProto__Tensor *input_type(const struct graph *g)
{
	for (size_t i = 0; i < g->proto->n_input; i++) {
		const Onnx__ValueInfoProto *info = g->proto->input[i];
		if (info->name && strcmp(info->name, g->input->name) == 0)
			return info->type && info->type->value_case == ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE
				   ? info->type->tensor_type
				   : NULL;
	}
	return NULL;
}

// Exporters write -1 and 0, too, for what they leave open.
static int64_t declared_side(const Onnx__TensorShapeProto__Dimension *d)
{
	bool is_number = d->value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
	return is_number && d->dim_value != 0 ? d->dim_value : OPEN;
}

// "bx3xhxw" as declared, and an example of what to give for it.
static void describe(const struct sides *s, char *declared, char *example, size_t size)
{
	static const int usual[MAX_RANK] = {1, 3, 224, 224};
	size_t n = 0, m = 0;
	*declared = *example = '\0';
	for (size_t i = 0; i < s->rank && n < size && m < size; i++) {
		const Onnx__TensorShapeProto__Dimension *d = s->declared ? s->declared->dim[i] : NULL;
		int64_t side = d ? declared_side(d) : OPEN;
		const char *between = i ? "x" : "";
		bool is_named = d && d->value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM;
		if (side != OPEN)
			n += (size_t)snprintf(declared + n, size - n, "%s%" PRId64, between, side);
		else
			n += (size_t)snprintf(declared + n, size - n, "%s%.16s", between,
					      is_named && *d->dim_param ? d->dim_param : "?");
		m += (size_t)snprintf(example + m, size - m, "%s%" PRId64, between,
				      side != OPEN ? side : usual[i]);
	}
}

static int refuse(const struct sides *s, const char *what)
{
	char declared[160], example[160];
	describe(s, declared, example, sizeof(declared));
	return err_set(s->graph->err, EINVAL,
		       "%s: its input '%.60s' is declared as %s: %s: give --input-shape, such as %s",
		       s->graph->where, s->graph->input->name, s->declared ? declared : "nothing", what,
		       example);
}

// Digits with x between them.
static int parse_given(const char *given, int64_t *sides, size_t *n, struct err *err)
{
	const char *c = given;
	for (*n = 0; *n < MAX_RANK && isdigit((unsigned char)*c); ++*n) {
		char *end;
		sides[*n] = strtoll(c, &end, 10);
		if (sides[*n] < 1 || sides[*n] > DESCRIPTION_MAX_SIDE)
			break;
		c = *end == 'x' && isdigit((unsigned char)end[1]) ? end + 1 : end;
	}
	if (*c || c == given)
		return err_set(err, EINVAL,
			       "the input's shape is '%.60s': write 1 to %d sides of 1 to %d with x between "
			       "them, such as 1x3x224x224",
			       given, MAX_RANK, DESCRIPTION_MAX_SIDE);
	return 0;
}

// What is given must be what the file says, where it says something.
static int take_given(struct sides *s, const char *given)
{
	int64_t sides[MAX_RANK];
	size_t n;
	int r = parse_given(given, sides, &n, s->graph->err);
	if (r < 0)
		return r;
	if (!s->declared)
		s->rank = n;
	if (n != s->rank)
		return refuse(s, "--input-shape has another number of sides");
	for (size_t i = 0; i < n; i++) {
		if (s->at[i] != OPEN && s->at[i] != sides[i])
			return refuse(s, "--input-shape says otherwise");
		s->at[i] = sides[i];
	}
	return 0;
}

static int read_sides(struct sides *s, const Onnx__TypeProto__Tensor *type, const char *given)
{
	s->declared = type->shape;
	s->rank = s->declared ? s->declared->n_dim : 0;
	for (size_t i = 0; i < MAX_RANK; i++)
		s->at[i] = i < s->rank ? declared_side(s->declared->dim[i]) : OPEN;
	if (s->rank > MAX_RANK || (s->declared && s->rank == 0))
		return err_set(
		    s->graph->err, EINVAL,
		    "%s: its input '%.60s' has %zu dimensions: must have 1 to %d (batch x channels x "
		    "rows x columns)",
		    s->graph->where, s->graph->input->name, s->rank, MAX_RANK);
	int r = given ? take_given(s, given) : 0;
	if (r == 0 && s->rank == 0) {
		s->rank = MAX_RANK;
		return refuse(s, "no side is known");
	}
	for (size_t i = 0; r == 0 && i < s->rank; i++) {
		char what[64];
		snprintf(what, sizeof(what), "dimension %zu is open", i);
		if (s->at[i] == OPEN && (i > 0 || s->rank == 1))
			r = refuse(s, what);
		else if (s->at[i] != OPEN && (s->at[i] < 1 || s->at[i] > DESCRIPTION_MAX_SIDE))
			r = err_set(s->graph->err, EINVAL,
				    "%s: dimension %zu of its input '%.60s' is %" PRId64 ": must be 1 to %d",
				    s->graph->where, i, s->graph->input->name, s->at[i],
				    DESCRIPTION_MAX_SIDE);
	}
	return r;
}

// An input in the order batch, rows, columns, channels is known by the transposition that all begin with.
static bool is_channels_last(const struct graph *g, size_t rank)
{
	static const int64_t to_usual[] = {0, 3, 1, 2};
	int found = 0;
	for (int i = 0; rank == 4 && i < g->n_order; i++) {
		const Onnx__NodeProto *node = graph_node(g, g->order[i]);
		int64_t order[4];
		if (g->needed[g->order[i]] && node->n_input == 1 &&
		    strcmp(node->input[0], g->input->name) == 0 && node->op_type &&
		    strcmp(node->op_type, "Transpose") == 0 &&
		    node_integers(g, node, "perm", -1, order, 4) == 4 &&
		    memcmp(order, to_usual, sizeof(order)) == 0)
			found++;
	}
	return found > 0 && found == g->input->uses;
}

int input_bind(struct builder *b, const char *given)
{
	static const enum axis orders[][4] = {{AXIS_C},
					      {AXIS_N, AXIS_C},
					      {AXIS_N, AXIS_C, AXIS_W},
					      {AXIS_N, AXIS_C, AXIS_H, AXIS_W},
					      {AXIS_N, AXIS_H, AXIS_W, AXIS_C}};
	struct graph *g = &b->graph;
	struct sides sides = {.graph = g};
	const Onnx__TypeProto__Tensor *type = input_type(g);
	if (!type || type->elem_type != ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT)
		return err_set(g->err, EINVAL,
			       "%s: its input '%.60s' has ONNX's data type %d: must be a tensor of float",
			       g->where, g->input->name, type ? type->elem_type : 0);
	int r = read_sides(&sides, type, given);
	if (r < 0)
		return r;
	const enum axis *order = orders[is_channels_last(g, sides.rank) ? 4 : sides.rank - 1];
	int size[N_AXES] = {1, 1, 1, 1};
	for (size_t i = 0; i < sides.rank; i++)
		size[order[i]] = (int)sides.at[i];
	b->batch = size[AXIS_N];
	b->input = (struct shape){size[AXIS_H], size[AXIS_W], size[AXIS_C]};
	if (shape_values(b->input) > DESCRIPTION_MAX_VALUES)
		return err_set(g->err, EINVAL, "%s: its input of %dx%dx%d values is too large: at most %d",
			       g->where, b->input.height, b->input.width, b->input.channels,
			       DESCRIPTION_MAX_VALUES);
	g->input->is_tensor = true;
	g->input->layer = LAYER_INPUT_OF_SUBTASK;
	g->input->view = view_make(size, order, (int)sides.rank);
	return 0;
}
