// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/onnx/graph_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dnn/onnx/model_private.h"
#include "dnn/onnx/name_private.h"
#include "dnn/onnx/node_private.h"

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct value *)a)->name, ((const struct value *)b)->name);
}

struct value *graph_find(const struct graph *g, const char *name)
{
	struct value key = {.name = name};
	return name && *name && g->n_values > 0
		   ? bsearch(&key, g->values, (size_t)g->n_values, sizeof(key), by_name)
		   : NULL;
}

static bool is_printed_so(const char *name, const char *text)
{
	char *buf = malloc(NAME_TEXT_SIZE(strlen(name)));
	bool equal = buf && strcmp(name_text(name, buf, NAME_TEXT_SIZE(strlen(name))), text) == 0;
	free(buf);
	return equal;
}

struct value *graph_find_text(const struct graph *g, const char *text)
{
	struct value *v = graph_find(g, text);
	for (int i = 0; !v && strchr(text, '\\') && i < g->n_values; i++)
		if (is_printed_so(g->values[i].name, text))
			v = &g->values[i];
	return v;
}

const Onnx__NodeProto *graph_node(const struct graph *g, int node)
{
	return g->proto->node[node];
}

static void add_value(struct graph *g, const char *name, int producer)
{
	if (name && *name)
		g->values[g->n_values++] = (struct value){.name = name, .producer = producer};
}

static size_t count_values(const Onnx__GraphProto *proto)
{
	size_t n = proto->n_input + proto->n_initializer;
	for (size_t i = 0; i < proto->n_node; i++)
		n += proto->node[i]->n_output;
	return n;
}

// What makes a value is unique, except that an initializer may stand for an input's default.
static int check_unique(struct graph *g)
{
	int n = 0;
	for (int i = 0; i < g->n_values; i++) {
		struct value *v = &g->values[i], *last = n > 0 ? &g->values[n - 1] : NULL;
		if (!last || strcmp(last->name, v->name) != 0) {
			g->values[n++] = *v;
			continue;
		}
		if (last->producer + v->producer != PRODUCER_INPUT + PRODUCER_INITIALIZER)
			return err_set(g->err, EINVAL,
				       "%s: two nodes make the value '%.80s': names must differ", g->where,
				       v->name);
		last->producer = PRODUCER_INITIALIZER;
	}
	g->n_values = n;
	return 0;
}

static int list_values(struct graph *g)
{
	const Onnx__GraphProto *proto = g->proto;
	g->values = calloc(count_values(proto) + 1, sizeof(*g->values));
	if (!g->values)
		return err_set(g->err, ENOMEM, "no memory for %s", g->where);
	for (size_t i = 0; i < proto->n_input; i++)
		add_value(g, proto->input[i]->name, PRODUCER_INPUT);
	for (size_t i = 0; i < proto->n_initializer; i++)
		add_value(g, proto->initializer[i]->name, PRODUCER_INITIALIZER);
	for (size_t i = 0; i < proto->n_node; i++)
		for (size_t k = 0; k < proto->node[i]->n_output; k++)
			add_value(g, proto->node[i]->output[k], (int)i);
	if (g->n_values > 0)
		qsort(g->values, (size_t)g->n_values, sizeof(*g->values), by_name);
	return check_unique(g);
}

static int check_names(const struct graph *g)
{
	for (size_t i = 0; i < g->proto->n_node; i++) {
		const Onnx__NodeProto *node = g->proto->node[i];
		for (size_t k = 0; k < node->n_input; k++)
			if (*node->input[k] && !graph_find(g, node->input[k]))
				return node_refuse(g, node, "it reads '%.80s', which nothing makes",
						   node->input[k]);
	}
	return 0;
}

static int read_initializers(struct graph *g)
{
	for (size_t i = 0; i < g->proto->n_initializer; i++) {
		const Onnx__TensorProto *tensor = g->proto->initializer[i];
		struct value *v = graph_find(g, tensor->name);
		if (!v || !v->is_needed)
			continue;
		int r = constant_from_tensor(&v->constant, tensor, g->where, g->err);
		if (r < 0)
			return r;
		v->is_constant = true;
	}
	return 0;
}

static void list_outputs(const struct graph *g, char *buf, size_t size)
{
	size_t n = 0;
	for (size_t i = 0; i < g->proto->n_output && n < size; i++)
		n += (size_t)snprintf(buf + n, size - n, "%s%.60s", i ? ", " : "",
				      g->proto->output[i]->name ? g->proto->output[i]->name : "");
}

static int find_output(struct graph *g, const char *name)
{
	char names[256];
	list_outputs(g, names, sizeof(names));
	if (!name && g->proto->n_output > 1)
		return err_set(
		    g->err, EINVAL,
		    "%s: it has %zu outputs: choose one of them, or take the others as early exits: %s",
		    g->where, g->proto->n_output, names);
	g->output = name ? graph_find_text(g, name) : graph_find(g, g->proto->output[0]->name);
	if (!g->output)
		return err_set(g->err, EINVAL, "%s: nothing makes an output '%.80s': there are %s", g->where,
			       name ? name : "", names);
	return 0;
}

// The one input that a needed node reads, or the output itself.
static int find_input(struct graph *g)
{
	for (int i = 0; i < g->n_values; i++) {
		struct value *v = &g->values[i];
		if (v->producer != PRODUCER_INPUT || !v->is_needed)
			continue;
		if (g->input)
			return err_set(g->err, EINVAL,
				       "%s: it has the inputs '%.60s' and '%.60s': a network here has one",
				       g->where, g->input->name, v->name);
		g->input = v;
	}
	return g->input ? 0
			: err_set(g->err, EINVAL, "%s: its output '%.80s' depends on no input", g->where,
				  g->output->name);
}

// Every output but the result.
static int find_exits(struct graph *g)
{
	const Onnx__GraphProto *proto = g->proto;
	g->exits = calloc(proto->n_output + 1, sizeof(*g->exits));
	if (!g->exits)
		return err_set(g->err, ENOMEM, "no memory for %s", g->where);
	for (size_t i = 0; i < proto->n_output; i++) {
		struct value *v = graph_find(g, proto->output[i]->name);
		if (v == g->output)
			continue;
		if (!v)
			return err_set(g->err, EINVAL, "%s: nothing makes its output '%.80s'", g->where,
				       proto->output[i]->name ? proto->output[i]->name : "");
		g->exits[g->n_exits++] = v;
	}
	return 0;
}

int graph_open(struct graph *g, Onnx__ModelProto *model, const char *output, bool exits, const char *where,
	       struct err *err)
{
	*g = (struct graph){
	    .where = where, .err = err, .model = model, .proto = model->graph, .opset = model_opset(model)};
	int r = list_values(g);
	r = r < 0 ? r : check_names(g);
	r = r < 0 ? r : graph_sort(g);
	if (r == 0 && exits && !output && g->proto->n_output > 0)
		output = g->proto->output[g->proto->n_output - 1]->name;
	r = r < 0 ? r : find_output(g, output);
	r = r < 0 || !exits ? r : find_exits(g);
	if (r < 0)
		return r;
	graph_mark_needed(g);
	return 0;
}

int graph_bind(struct graph *g)
{
	int r = read_initializers(g);
	return r < 0 ? r : find_input(g);
}

void graph_free(struct graph *g)
{
	free(g->values);
	free(g->exits);
	free(g->order);
	free(g->needed);
	if (g->model)
		onnx__model_proto__free_unpacked(g->model, NULL);
	*g = (struct graph){0};
}
