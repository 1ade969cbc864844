// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/onnx/write_private.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "dnn/onnx/name_private.h"
#include "dnn/onnx/node_private.h"
#include "dnn/weights_file_private.h"

enum { NAME_SIZE = 48 };

struct writer {
	const struct builder *b;
	FILE *text;
	struct onnx_network *net;
	float *next;	   // where the next tensor's values go
	int subtask;	   // number of the present one, from 1
	int exits;	   // written so far
	int head;	   // of whose layers are written, 0 = the chain's (struct built_layer)
	int begins_behind; // the layer whose output it reads, LAYER_INPUT_OF_SUBTASK = the network's input
	int before;	   // the live layer before this one
	int line;	   // of the sub-task, from 0
};

// The word by which a layer is called in a sub-task.
static const char *layer_word(const struct writer *w, int layer, char *buf, size_t size)
{
	if (layer == w->begins_behind)
		snprintf(buf, size, "input");
	else
		snprintf(buf, size, "L%d", layer);
	return buf;
}

// Whether the layer belongs to what is being written.
static bool is_written(const struct writer *w, int layer)
{
	const struct built_layer *l = &w->b->layers[layer];
	return w->head ? l->head == w->head : l->is_live;
}

// Whether a layer is called by name: by any but the line below, and by what names all it reads.
static bool needs_name(const struct writer *w, int layer)
{
	bool is_next = true;
	for (int i = layer + 1; i < w->b->n_layers; i++) {
		const struct layer *l = &w->b->layers[i].layer;
		if (!is_written(w, i))
			continue;
		for (int k = 0; k < l->n_inputs; k++)
			if (l->input[k] == layer && (!is_next || k > 0 || l->row->joins))
				return true;
		is_next = false;
	}
	return false;
}

static void write_line(struct writer *w, int layer)
{
	const struct layer *l = &w->b->layers[layer].layer;
	char words[LAYER_MAX_INPUTS][NAME_SIZE], word[NAME_SIZE];
	const char *names[LAYER_MAX_INPUTS];
	for (int i = 0; i < l->n_inputs; i++)
		names[i] = layer_word(w, l->input[i], words[i], sizeof(words[i]));
	layer_write(w->text, l, names);
	if (!l->row->joins && l->input[0] != w->before)
		fprintf(w->text, " from %s", layer_word(w, l->input[0], word, sizeof(word)));
	if (needs_name(w, layer))
		fprintf(w->text, " as L%d", layer);
	fputc('\n', w->text);
}

static int copy_values(struct writer *w, const struct built_layer *l, const char *what, const float *values,
		       int64_t n)
{
	for (int64_t i = 0; i < n; i++) {
		if (!isfinite(values[i]))
			return node_refuse(&w->b->graph, l->node,
					   "its %s holds NaN or infinity, or comes to it", what);
		w->next[i] = values[i];
	}
	w->next += n;
	return 0;
}

static int add_tensor(struct writer *w, const struct built_layer *l, bool bias)
{
	const char *what = bias ? "bias" : "weight";
	struct safetensor *t = &w->net->tensors[w->net->n_tensors], made = weights_tensor(&l->layer, bias);
	if (made.n_dims == 0)
		return 0;
	made.data = (const unsigned char *)w->next;
	made.name = malloc(NAME_SIZE);
	if (!made.name)
		return err_set(w->b->graph.err, ENOMEM, "no memory for %s", w->b->graph.where);
	snprintf(made.name, NAME_SIZE, "%s%d.%d.%s", w->head ? "exit" : "S", w->head ? w->exits : w->subtask,
		 w->line, what);
	*t = made;
	w->net->n_tensors++;
	return copy_values(w, l, what, bias ? l->bias : l->weight, made.values);
}

static int write_weights(struct writer *w, const struct built_layer *l)
{
	int r = add_tensor(w, l, false);
	return r < 0 ? r : add_tensor(w, l, true);
}

static int write_layer(struct writer *w, int layer)
{
	write_line(w, layer);
	int r = write_weights(w, &w->b->layers[layer]);
	w->line++;
	w->before = layer;
	return r;
}

// The head behind the layer, where there is one.
static int write_head(struct writer *w, int behind)
{
	const struct built_exit *exit = w->b->exits;
	while (exit < w->b->exits + w->b->graph.n_exits && exit->behind != behind)
		exit++;
	if (exit == w->b->exits + w->b->graph.n_exits)
		return 0;
	char name[200];
	struct writer head = *w;
	head.exits = ++w->exits;
	head.head = w->b->layers[exit->last].head;
	head.begins_behind = behind;
	head.line = 0;
	fprintf(w->text, "# %s\nexit %d\n", name_text(w->b->layers[exit->last].value, name, sizeof(name)),
		head.exits);
	int r = 0;
	for (int i = 0; r == 0 && i < w->b->n_layers; i++)
		if (is_written(&head, i))
			r = write_layer(&head, i);
	w->next = head.next;
	return r;
}

static int write_layers(struct writer *w, const bool *chosen)
{
	bool begins = true;
	char cut[200]; // within a line
	for (int i = 0; i < w->b->n_layers; i++) {
		const struct built_layer *l = &w->b->layers[i];
		if (!l->is_live)
			continue;
		if (begins) {
			fprintf(w->text, "subtask S%d\n", ++w->subtask);
			w->begins_behind = w->before;
			w->line = 0;
		}
		int r = write_layer(w, i);
		if (r < 0)
			return r;
		begins = chosen[i];
		if (!begins)
			continue;
		fprintf(w->text, "# cut at %s\n", name_text(l->value, cut, sizeof(cut)));
		r = write_head(w, i);
		if (r < 0)
			return r;
	}
	return 0;
}

static int64_t total_values(const struct builder *b)
{
	int64_t total = 1;
	for (int i = 0; i < b->n_layers; i++)
		if (b->layers[i].is_live || b->layers[i].head)
			total +=
			    layer_weight_values(&b->layers[i].layer) + layer_bias_values(&b->layers[i].layer);
	return total;
}

int write_network(const struct builder *b, const char *name, const bool *chosen, struct onnx_network *net)
{
	size_t size = 0;
	struct writer w = {.b = b,
			   .net = net,
			   .before = LAYER_INPUT_OF_SUBTASK,
			   .begins_behind = LAYER_INPUT_OF_SUBTASK,
			   .text = open_memstream(&net->description, &size)};
	net->values = w.next = malloc(sizeof(float) * (size_t)total_values(b));
	net->tensors = calloc(2 * (size_t)b->n_layers, sizeof(*net->tensors));
	int r = w.text && net->values && net->tensors
		    ? 0
		    : err_set(b->graph.err, ENOMEM, "no memory for %s", b->graph.where);
	if (r == 0) {
		fprintf(w.text, "network %s\ninput %dx%dx%d\n", name, b->input.height, b->input.width,
			b->input.channels);
		r = write_layers(&w, chosen);
	}
	if (w.text && fclose(w.text) != 0 && r == 0)
		r = err_set(b->graph.err, ENOMEM, "no memory for %s", b->graph.where);
	return r;
}
