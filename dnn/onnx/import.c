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
#include "dnn/onnx/cuts_private.h"
#include "dnn/onnx/input_private.h"
#include "dnn/onnx/model_private.h"
#include "dnn/onnx/name_private.h"
#include "dnn/onnx/node_private.h"
#include "dnn/onnx/operators_private.h"
#include "dnn/onnx/write_private.h"

static int check_tensor(const struct builder *b, const struct value *output)
{
	return output->is_tensor ? 0
				 : err_set(b->graph.err, EINVAL, "%s: its output '%.80s' is a constant",
					   b->graph.where, output->name);
}

static int build(struct builder *b, const struct onnx_options *options)
{
	b->folds = !options->keep_all;
	b->layers = calloc(DESCRIPTION_MAX_LAYERS, sizeof(*b->layers));
	if (!b->layers)
		return err_set(b->graph.err, ENOMEM, "no memory for %s", b->graph.where);
	int r = operators_check_known(&b->graph);
	r = r < 0 ? r : graph_bind(&b->graph);
	r = r < 0 ? r : cut_names_read(b, options->cuts);
	r = r < 0 ? r : input_bind(b, options->input_shape);
	r = r < 0 ? r : operators_read(b);
	r = r < 0 ? r : check_tensor(b, b->graph.output);
	for (int i = 0; r == 0 && i < b->graph.n_exits; i++)
		r = check_tensor(b, b->graph.exits[i]);
	return r;
}

static int list_cuts(const struct builder *b, const bool *possible, struct onnx_network *net)
{
	net->cuts = calloc((size_t)b->n_layers, sizeof(*net->cuts));
	for (int i = 0; net->cuts && i < b->n_layers; i++) {
		if (!possible[i] || !b->layers[i].value)
			continue;
		const char *name = b->layers[i].value;
		size_t size = NAME_TEXT_SIZE(strlen(name));
		struct onnx_cut cut = {malloc(size), b->layers[i].layer.out};
		net->cuts[net->n_cuts++] = cut;
		if (!cut.value)
			return -ENOMEM;
		name_text(name, cut.value, size);
	}
	return net->cuts ? 0 : -ENOMEM;
}

// The description must be one that network_open reads.
static int check_description(const struct onnx_network *net, const char *where, struct err *err)
{
	size_t bytes = strlen(net->description) + NETWORK_REFERENCE_MAX; // with its line of weights
	if (bytes > DESCRIPTION_MAX_BYTES)
		return err_set(err, EINVAL, "%s: its description has %zu bytes: at most %d", where, bytes,
			       DESCRIPTION_MAX_BYTES);
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
	r = r < 0 ? r : cuts_choose(b, possible, chosen);
	r = r < 0 ? r : exits_find(b, possible, chosen);
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
	int64_t computed = BUILDER_COMPUTED_A_BYTE * (int64_t)size;
	b.most_computed = computed > BUILDER_LEAST_COMPUTED ? computed : BUILDER_LEAST_COMPUTED;
	r = graph_open(&b.graph, proto, options->output, options->exits, where, err);
	if (r == 0 && !net)
		r = err_set(err, ENOMEM, "no memory for %s", where);
	r = r < 0 ? r : build(&b, options);
	r = r < 0 ? r : finish(&b, options, net);
	builder_free(&b);
	size_t prefix = strlen(where);
	if (r < 0 && err && strncmp(err->text, where, prefix) == 0)
		name_clean(err->text + prefix, sizeof(err->text) - prefix);
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
