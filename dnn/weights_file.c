// SPDX-License-Identifier: BSD-3-Clause
// Weights from and to safetensors: tensors are called SUBTASK.LAYER.weight and SUBTASK.LAYER.bias, where
// LAYER counts the sub-task's lines from 0, and have the shapes of struct layer. A head counts as a sub-task
// called exitN.
#include "dnn/weights_file_private.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dnn/layers/layers.h"

enum { NAME_SIZE = 48 };

struct safetensor weights_tensor(const struct layer *l, bool bias)
{
	struct safetensor t = {.type = SAFETENSOR_F32};
	if (bias) {
		t.values = layer_bias_values(l);
		t.n_dims = t.values > 0;
		t.shape[0] = t.values;
		return t;
	}
	if (!l->row->weight)
		return t;
	struct layer_sides sides = l->row->weight(l);
	t.values = layer_weight_values(l);
	t.n_dims = sides.n;
	memcpy(t.shape, sides.side, sizeof(sides.side));
	return t;
}

static void format_shape(const struct safetensor *t, char *buf, size_t size)
{
	size_t n = 0;
	*buf = '\0';
	for (int i = 0; i < t->n_dims && n < size; i++)
		n += (size_t)snprintf(buf + n, size - n, "%s%lld", i ? "x" : "", (long long)t->shape[i]);
}

static int check_shape(const struct safetensors *file, const struct safetensor *found,
		       const struct safetensor *wanted, struct err *err)
{
	char has[160], needs[160];
	if (found->n_dims == wanted->n_dims &&
	    memcmp(found->shape, wanted->shape, sizeof(int64_t) * (size_t)wanted->n_dims) == 0)
		return 0;
	format_shape(found, has, sizeof(has));
	format_shape(wanted, needs, sizeof(needs));
	return err_set(err, EINVAL, "%s: tensor %.80s: its shape is %s: the network needs %s",
		       safetensors_where(file), found->name, has, needs);
}

static int load_tensor(const struct safetensors *file, const char *name, const struct safetensor *wanted,
		       bool *used, float *out, struct err *err)
{
	int i = safetensors_find(file, name);
	if (i < 0)
		return err_set(err, EINVAL, "%s: tensor %s is missing", safetensors_where(file), name);
	used[i] = true;
	int r = check_shape(file, safetensors_at(file, i), wanted, err);
	return r < 0 ? r : safetensors_read(file, safetensors_at(file, i), out, err);
}

static void name_tensor(char *name, const struct subtask *t, int layer, bool bias)
{
	snprintf(name, NAME_SIZE, "%s.%d.%s", t->name, layer, bias ? "bias" : "weight");
}

static int load_layer(const struct safetensors *file, const struct subtask *t, int layer, bool *used,
		      struct err *err)
{
	const struct layer *l = &t->layers[layer];
	for (int bias = 0; bias <= 1; bias++) {
		char name[NAME_SIZE];
		struct safetensor wanted = weights_tensor(l, bias);
		name_tensor(name, t, layer, bias);
		if (wanted.n_dims == 0)
			continue;
		int r = load_tensor(file, name, &wanted, used, (float *)(bias ? l->bias : l->weight), err);
		if (r < 0)
			return r;
	}
	return 0;
}

int weights_load(struct network_store *store, const struct safetensors *file, struct err *err)
{
	const struct network *net = &store->net;
	bool *used = calloc((size_t)safetensors_count(file) + 1, sizeof(*used));
	if (!used || weights_allocate(store) < 0) {
		free(used);
		return err_set(err, ENOMEM, "no memory for the weights of %s", net->name);
	}
	int r = 0;
	for (int n = 0; r == 0 && n < network_parts(net); n++)
		for (int i = 0; r == 0 && i < net->subtasks[n].n_layers; i++)
			r = load_layer(file, &net->subtasks[n], i, used, err);
	for (int i = 0; r == 0 && i < safetensors_count(file); i++)
		if (!used[i])
			r = err_set(err, EINVAL, "%s: tensor %.80s: the network %s has none of that name",
				    safetensors_where(file), safetensors_at(file, i)->name, net->name);
	free(used);
	return r;
}

// Lists what the network has of tensors, in the order in which they lie in memory.
static int list_tensors(const struct network *net, struct safetensor *tensors, char (*names)[NAME_SIZE])
{
	int count = 0;
	for (int n = 0; n < network_parts(net); n++) {
		const struct subtask *t = &net->subtasks[n];
		for (int i = 0; i < 2 * t->n_layers; i++) {
			const struct layer *l = &t->layers[i / 2];
			struct safetensor tensor = weights_tensor(l, i % 2);
			if (tensor.n_dims == 0)
				continue;
			name_tensor(names[count], t, i / 2, i % 2);
			tensor.name = names[count];
			tensor.data = (const unsigned char *)(i % 2 ? l->bias : l->weight);
			tensors[count++] = tensor;
		}
	}
	return count;
}

int network_save_weights(const struct network *net, const char *path, struct err *err)
{
	const struct network_store *store = (const struct network_store *)net;
	const struct network *described = store->recut ? &store->described : net;
	size_t most = 2 * (size_t)store->n_layers;
	struct safetensor *tensors = calloc(most, sizeof(*tensors));
	char(*names)[NAME_SIZE] = calloc(most, sizeof(*names));
	int r = 0;
	if (!store->weights)
		r = err_set(err, EINVAL, "%s is an outline, without weights to save", net->name);
	else if (!tensors || !names)
		r = err_set(err, ENOMEM, "no memory to write %s", path);
	else
		r = safetensors_write(tensors, list_tensors(described, tensors, names), path, err);
	free(tensors);
	free(names);
	return r;
}
