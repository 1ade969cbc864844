// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/onnx/import.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cache.h"
#include "dnn/description.h"
#include "dnn/onnx/cuts.h"
#include "dnn/onnx/model.h"
#include "dnn/onnx/node.h"
#include "dnn/onnx/operators.h"
#include "dnn/onnx/write.h"

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

// Side i of the input; the batch may be left open.
static int read_side(const struct graph *g, const Onnx__TypeProto__Tensor *type, size_t i, int *out)
{
	const Onnx__TensorShapeProto__Dimension *d = type->shape->dim[i];
	bool is_open = d->value_case != ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
	int64_t side = is_open ? OPEN_BATCH : d->dim_value;
	if (is_open && (i > 0 || type->shape->n_dim == 1))
		return err_set(g->err, EINVAL,
			       "%s: dimension %zu of its input '%.60s' is open: it must be a number",
			       g->where, i, g->input->name);
	if (!is_open && (side < 1 || side > BUILDER_MAX_SIDE))
		return err_set(g->err, EINVAL,
			       "%s: dimension %zu of its input '%.60s' is %" PRId64 ": must be 1 to %d",
			       g->where, i, g->input->name, side, BUILDER_MAX_SIDE);
	*out = (int)side;
	return 0;
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

static int bind_input(struct builder *b)
{
	static const enum axis orders[][4] = {{AXIS_C},
					      {AXIS_N, AXIS_C},
					      {AXIS_N, AXIS_C, AXIS_W},
					      {AXIS_N, AXIS_C, AXIS_H, AXIS_W},
					      {AXIS_N, AXIS_H, AXIS_W, AXIS_C}};
	struct graph *g = &b->graph;
	const Onnx__TypeProto__Tensor *type = input_type(g);
	size_t rank = type && type->shape ? type->shape->n_dim : 0;
	if (rank < 1 || rank > 4)
		return err_set(
		    g->err, EINVAL,
		    "%s: its input '%.60s' must be a tensor of 1 to 4 dimensions (batch x channels "
		    "x rows x columns)",
		    g->where, g->input->name);
	if (type->elem_type != ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT)
		return err_set(g->err, EINVAL, "%s: its input '%.60s' has ONNX's data type %d: must be float",
			       g->where, g->input->name, type->elem_type);
	const enum axis *order = orders[is_channels_last(g, rank) ? 4 : rank - 1];
	int size[N_AXES] = {1, 1, 1, 1}, r = 0;
	for (size_t i = 0; r == 0 && i < rank; i++)
		r = read_side(g, type, i, &size[order[i]]);
	if (r < 0)
		return r;
	b->batch = size[AXIS_N];
	b->input = (struct shape){size[AXIS_H], size[AXIS_W], size[AXIS_C]};
	if (shape_values(b->input) > BUILDER_MAX_VALUES)
		return err_set(g->err, EINVAL, "%s: its input of %dx%dx%d values is too large: at most %d",
			       g->where, b->input.height, b->input.width, b->input.channels,
			       BUILDER_MAX_VALUES);
	g->input->is_tensor = true;
	g->input->layer = LAYER_INPUT_OF_SUBTASK;
	g->input->view = view_make(size, order, (int)rank);
	return 0;
}

static int build(struct builder *b, const struct onnx_options *options)
{
	b->folds = !options->keep_all;
	b->layers = calloc(BUILDER_MAX_LAYERS, sizeof(*b->layers));
	if (!b->layers)
		return err_set(b->graph.err, ENOMEM, "no memory for %s", b->graph.where);
	for (int i = 0; options->cuts && options->cuts[i]; i++) {
		struct value *v = graph_find(&b->graph, options->cuts[i]);
		if (v)
			v->is_kept = true;
	}
	int r = bind_input(b);
	r = r < 0 ? r : operators_read(b);
	if (r == 0 && !b->graph.output->is_tensor)
		r = err_set(b->graph.err, EINVAL, "%s: its output '%.80s' is a constant", b->graph.where,
			    b->graph.output->name);
	return r;
}

static int list_cuts(const struct builder *b, const bool *possible, struct onnx_network *net)
{
	net->cuts = calloc((size_t)b->n_layers, sizeof(*net->cuts));
	for (int i = 0; net->cuts && i < b->n_layers; i++) {
		if (!possible[i] || !b->layers[i].value)
			continue;
		struct onnx_cut cut = {strdup(b->layers[i].value), b->layers[i].layer.out};
		net->cuts[net->n_cuts++] = cut;
		if (!cut.value)
			return -ENOMEM;
	}
	return net->cuts ? 0 : -ENOMEM;
}

// The description must be one that network_open reads.
static int check_description(const struct onnx_network *net, const char *where, struct err *err)
{
	struct network_store *store = calloc(1, sizeof(*store));
	int r = store ? description_parse(store, net->description, "its description", err)
		      : err_set(err, ENOMEM, "no memory for %s", where);
	free(store);
	if (r < 0)
		err_prefix(err, "%s", where);
	return r;
}

static int finish(struct builder *b, const struct onnx_options *options, struct onnx_network *net)
{
	int r = cuts_mark_live(b);
	if (r < 0)
		return r;
	view_axes(&b->graph.input->view, net->input_axes, sizeof(net->input_axes));
	view_axes(&b->graph.output->view, net->result_axes, sizeof(net->result_axes));
	bool *possible = calloc(2 * (size_t)b->n_layers, sizeof(*possible)), *chosen = possible + b->n_layers;
	if (!possible)
		return err_set(b->graph.err, ENOMEM, "no memory for %s", b->graph.where);
	cuts_find(b, possible);
	r = list_cuts(b, possible, net);
	if (r < 0)
		err_set(b->graph.err, ENOMEM, "no memory for %s", b->graph.where);
	r = r < 0 ? r : cuts_choose(b, options->cuts, possible, chosen);
	r = r < 0 ? r : write_network(b, options->name, chosen, net);
	r = r < 0 || options->keep_all ? r : check_description(net, b->graph.where, b->graph.err);
	free(possible);
	return r;
}

static int check_name(const char *name, struct err *err)
{
	size_t n = strlen(name), letters = 0;
	while (isalnum((unsigned char)name[letters]) || (name[letters] && strchr("-_.", name[letters])))
		letters++;
	if (n == 0 || letters < n || n > 31)
		return err_set(err, EINVAL,
			       "the network's name is '%.80s': write 1 to 31 letters, digits, '-', '_', '.'",
			       name);
	return 0;
}

int onnx_import(struct onnx_network **out, const void *model, size_t size, const char *where,
		const struct onnx_options *options, struct err *err)
{
	*out = NULL;
	struct builder b = {0};
	Onnx__ModelProto *proto = NULL;
	int r = check_name(options->name, err);
	r = r < 0 ? r : model_unpack(&proto, model, size, where, err);
	if (r < 0)
		return r;
	struct onnx_network *net = calloc(1, sizeof(*net));
	r = graph_open(&b.graph, proto, options->output, where, err);
	if (r == 0 && !net)
		r = err_set(err, ENOMEM, "no memory for %s", where);
	r = r < 0 ? r : build(&b, options);
	r = r < 0 ? r : finish(&b, options, net);
	builder_free(&b);
	if (r < 0)
		onnx_network_free(net);
	else
		*out = net;
	return r;
}

void onnx_network_free(struct onnx_network *net)
{
	if (!net)
		return;
	for (int i = 0; i < net->n_tensors; i++)
		free(net->tensors[i].name);
	for (int i = 0; i < net->n_cuts; i++)
		free(net->cuts[i].value);
	free(net->description);
	free(net->tensors);
	free(net->values);
	free(net->cuts);
	free(net);
}

// The absolute path of a file that may be yet to be written, in a folder that is there.
static int absolute_path(const char *path, char *out, size_t size, struct err *err)
{
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX], whole[PATH_MAX];
	snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash + 1 - path) : 1, slash ? path : ".");
	if (!realpath(folder, whole))
		return err_sys(err, errno, "cannot find the folder of %s", path);
	snprintf(out, size, "%s/%s", whole, slash ? slash + 1 : path);
	return 0;
}

// How the description at `path` names the weights: seen from its folder when they lie there.
static int name_weights(const char *path, const char *weights, char *out, size_t size, struct err *err)
{
	const char *slash = strrchr(path, '/'), *other = strrchr(weights, '/');
	size_t folder = slash ? (size_t)(slash + 1 - path) : 0, n = other ? (size_t)(other + 1 - weights) : 0;
	char whole[2 * PATH_MAX];
	int r = 0;
	if (folder == n && memcmp(path, weights, n) == 0)
		snprintf(whole, sizeof(whole), "%s", weights + n);
	else
		r = absolute_path(weights, whole, sizeof(whole), err);
	if (r < 0)
		return r;
	if (strpbrk(whole, " \t\r\n") || *whole == '#')
		return err_set(err, EINVAL,
			       "the weights' name '%.200s' has blanks, which a description cannot hold: name "
			       "others",
			       whole);
	if (snprintf(out, size, "%s", whole) >= (int)size)
		return err_set(err, ENAMETOOLONG, "the weights' name %.200s... has more than %zu characters",
			       whole, size - 1);
	return 0;
}

int onnx_network_save(const struct onnx_network *net, const char *path, const char *weights, struct err *err)
{
	static const char net_extension[] = ".net", weights_extension[] = ".safetensors";
	char beside[PATH_MAX], name[NETWORK_REFERENCE_MAX - 32], line[NETWORK_REFERENCE_MAX];
	size_t n = strlen(path), m = strlen(net_extension);
	if (n <= m || strcmp(path + n - m, net_extension) != 0 || n > sizeof(beside) - 32)
		return err_set(err, EINVAL, "the description's name '%s' must end in .net", path);
	snprintf(beside, sizeof(beside), "%.*s%s", (int)(n - m), path, weights_extension);
	if (!weights)
		weights = beside;
	n = strlen(weights);
	m = strlen(weights_extension);
	if (n <= m || strcmp(weights + n - m, weights_extension) != 0)
		return err_set(err, EINVAL, "the weights' name '%s' must end in .safetensors", weights);
	int r = name_weights(path, weights, name, sizeof(name), err);
	r = r < 0 ? r : safetensors_write(net->tensors, net->n_tensors, weights, err);
	if (r < 0)
		return r;
	const char *rest = strchr(net->description, '\n') + 1;
	snprintf(line, sizeof(line), "weights %s\n", name);
	const struct iovec parts[] = {{net->description, (size_t)(rest - net->description)},
				      {line, strlen(line)},
				      {(char *)rest, strlen(rest)}};
	return write_parts_atomically(path, parts, 3, err);
}
