// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/onnx/write.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "dnn/onnx/name.h"
#include "dnn/onnx/node.h"
#include "dnn/weights_file.h"

enum { NAME_SIZE = 48 };

struct writer {
	const struct builder *b;
	FILE *text;
	struct onnx_network *net;
	float *next;	   // where the next tensor's values go
	int subtask;	   // number of the present one, from 1
	int begins_behind; // the layer whose output it reads, LAYER_INPUT_OF_SUBTASK = the network's input
	int before;	   // the live layer before this one
	int line;	   // of the sub-task, from 0
};

static const char *const activation_words[] = {
    [ACTIVATION_NONE] = "",
    [ACTIVATION_RELU] = " relu",
    [ACTIVATION_RELU6] = " relu6",
    [ACTIVATION_SIGMOID] = " sigmoid",
    [ACTIVATION_HARD_SWISH] = " hardswish",
    [ACTIVATION_SILU] = " silu",
    [ACTIVATION_TANH] = " tanh",
    [ACTIVATION_LEAKY_RELU] = " leakyrelu",
    [ACTIVATION_ELU] = " elu",
    [ACTIVATION_CLIP] = " clip",
    [ACTIVATION_HARD_SIGMOID] = " hardsigmoid",
};

// Nine digits name every float.
static void write_activation(const struct writer *w, const struct layer *l)
{
	enum activation a = l->activation;
	bool has_two = a == ACTIVATION_CLIP || a == ACTIVATION_HARD_SIGMOID;
	fputs(activation_words[a], w->text);
	if (has_two || a == ACTIVATION_LEAKY_RELU || a == ACTIVATION_ELU)
		fprintf(w->text, " %.9g", (double)l->alpha);
	if (has_two)
		fprintf(w->text, " %.9g", (double)l->beta);
}

// The word by which a layer is called in a sub-task.
static const char *layer_word(const struct writer *w, int layer, char *buf, size_t size)
{
	if (layer == w->begins_behind)
		snprintf(buf, size, "input");
	else
		snprintf(buf, size, "L%d", layer);
	return buf;
}

static bool is_same(struct yx p, int y, int x)
{
	return p.y == y && p.x == x;
}

static void write_window(const struct writer *w, const struct layer *l)
{
	struct yx p = l->pad_before, q = l->pad_after;
	if (!is_same(l->stride, 1, 1))
		fprintf(w->text, " stride %dx%d", l->stride.y, l->stride.x);
	if (!is_same(p, 0, 0) || !is_same(q, 0, 0))
		fprintf(w->text, " pad %d,%d,%d,%d", p.y, p.x, q.y, q.x);
	if (!is_same(l->dilation, 1, 1))
		fprintf(w->text, " dilation %dx%d", l->dilation.y, l->dilation.x);
}

static void write_conv(const struct writer *w, const struct layer *l)
{
	static const char *const bias_words[] = {
	    [BIAS_NONE] = " no-bias", [BIAS_PLAIN] = " bias", [BIAS_FOLDED_NORM] = ""};
	fprintf(w->text, "%s %dx%d", l->kind == LAYER_CONV ? "conv" : "depthwise", l->kernel.y, l->kernel.x);
	if (l->kind == LAYER_CONV)
		fprintf(w->text, " %d", l->out.channels);
	write_window(w, l);
	if (l->kind == LAYER_CONV && l->groups > 1)
		fprintf(w->text, " groups %d", l->groups);
	fputs(bias_words[l->bias_kind], w->text);
}

static void write_pool(const struct writer *w, const struct layer *l)
{
	bool padded = !is_same(l->pad_before, 0, 0) || !is_same(l->pad_after, 0, 0);
	fputs(l->kind == LAYER_POOL_MAX ? "maxpool " : "pool ", w->text);
	if (!padded && l->kernel.y == l->in.height && l->kernel.x == l->in.width) {
		fputs("global", w->text);
		return;
	}
	fprintf(w->text, "%dx%d", l->kernel.y, l->kernel.x);
	write_window(w, l);
	if (l->count_padding)
		fputs(" count-padding", w->text);
}

static void write_concat(const struct writer *w, const struct layer *l)
{
	char word[24];
	for (int i = 0; i < l->n_inputs; i++)
		fprintf(w->text, "%s%s", i ? "," : "concat ", layer_word(w, l->input[i], word, sizeof(word)));
}

static void write_kind(const struct writer *w, const struct layer *l)
{
	char word[24];
	switch (l->kind) {
	case LAYER_CONV:
	case LAYER_DEPTHWISE:
		write_conv(w, l);
		break;
	case LAYER_POOL_AVERAGE:
	case LAYER_POOL_MAX:
		write_pool(w, l);
		break;
	case LAYER_FULLY_CONNECTED:
		fprintf(w->text, "fc %d%s", l->out.channels, l->bias_kind == BIAS_NONE ? " no-bias" : "");
		break;
	case LAYER_ADD:
	case LAYER_MULTIPLY:
		fprintf(w->text, "%s %s", l->kind == LAYER_ADD ? "add" : "multiply",
			layer_word(w, l->input[1], word, sizeof(word)));
		break;
	case LAYER_CONCAT:
		write_concat(w, l);
		break;
	case LAYER_SOFTMAX:
		fputs("softmax", w->text);
		break;
	case LAYER_ACTIVATION:
		fputs("activate", w->text);
		break;
	case LAYER_SLICE: // of rows or of channels
		if (l->out.height < l->in.height)
			fprintf(w->text, "rows %d %d", l->first_row, l->out.height);
		else
			fprintf(w->text, "channels %d %d", l->first_channel, l->out.channels);
		break;
	default: // kinds that no operator makes
		break;
	}
	write_activation(w, l);
}

// Whether a layer is called by name: by any but the line below, and by what names all it reads.
static bool needs_name(const struct writer *w, int layer)
{
	bool is_next = true;
	for (int i = layer + 1; i < w->b->n_layers; i++) {
		const struct layer *l = &w->b->layers[i].layer;
		if (!w->b->layers[i].is_live)
			continue;
		for (int k = 0; k < l->n_inputs; k++)
			if (l->input[k] == layer && (!is_next || k > 0 || l->kind == LAYER_CONCAT))
				return true;
		is_next = false;
	}
	return false;
}

static void write_line(struct writer *w, int layer)
{
	const struct layer *l = &w->b->layers[layer].layer;
	char word[24];
	write_kind(w, l);
	if (l->kind != LAYER_CONCAT && l->input[0] != w->before)
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
	snprintf(made.name, NAME_SIZE, "S%d.%d.%s", w->subtask, w->line, what);
	*t = made;
	w->net->n_tensors++;
	return copy_values(w, l, what, bias ? l->bias : l->weight, made.values);
}

static int write_weights(struct writer *w, const struct built_layer *l)
{
	int r = add_tensor(w, l, false);
	return r < 0 ? r : add_tensor(w, l, true);
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
		write_line(w, i);
		int r = write_weights(w, l);
		if (r < 0)
			return r;
		w->line++;
		w->before = i;
		begins = chosen[i];
		if (begins)
			fprintf(w->text, "# cut at %s\n", name_text(l->value, cut, sizeof(cut)));
	}
	return 0;
}

static int64_t total_values(const struct builder *b)
{
	int64_t total = 1;
	for (int i = 0; i < b->n_layers; i++)
		if (b->layers[i].is_live)
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
