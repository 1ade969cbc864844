// SPDX-License-Identifier: BSD-3-Clause
// One line of a description as a layer: its words, then its shapes and its work.
#include "dnn/description_parser.h"

#include <string.h>

static struct layer *layer_at(struct parser *p, int in_subtask)
{
	return &p->store->layers[p->first_layer + in_subtask];
}

// Finds a layer of this sub-task by its `as` name.
static int find_layer(struct parser *p, const char *name, int *out)
{
	for (int i = 0; name && i < p->subtask->n_layers; i++) {
		if (strcmp(p->layer_name[p->first_layer + i], name) == 0) {
			*out = i;
			return 0;
		}
	}
	return parser_refuse(p, p->line,
			     "no layer of sub-task %s is called '%s': name one with 'as %s' first",
			     p->subtask->name, name ? name : "", name ? name : "NAME");
}

static int name_layer(struct parser *p, const char *word, char *name)
{
	int r = parse_name(p, "layer", word, name, sizeof(p->layer_name[0]));
	for (int i = 0; r == 0 && i < p->subtask->n_layers; i++)
		if (strcmp(p->layer_name[p->first_layer + i], name) == 0)
			r = parser_refuse(p, p->line, "a layer of sub-task %s is called '%s' already",
					  p->subtask->name, name);
	return r;
}

static bool has_stride(const struct layer *l)
{
	return l->kind == LAYER_CONV || l->kind == LAYER_DEPTHWISE || l->kind == LAYER_POOL_AVERAGE;
}

static bool has_padding(const struct layer *l)
{
	return l->kind == LAYER_CONV || l->kind == LAYER_DEPTHWISE;
}

// Reads the options from word[i] on: stride N, pad N, relu6, from NAME, as NAME.
static int parse_options(struct parser *p, int i, struct layer *l, char *name)
{
	for (; p->word[i]; i++) {
		const char *option = p->word[i];
		int r = 0;
		if (strcmp(option, "relu6") == 0 && l->kind != LAYER_POOL_AVERAGE)
			l->activation = ACTIVATION_RELU6;
		else if (strcmp(option, "stride") == 0 && has_stride(l))
			r = parse_count(p, "the stride", p->word[++i], MAX_KERNEL, &l->stride);
		else if (strcmp(option, "pad") == 0 && has_padding(l))
			r = parse_count(p, "the padding", p->word[++i], l->kernel, &l->padding);
		else if (strcmp(option, "from") == 0)
			r = find_layer(p, p->word[++i], &l->source);
		else if (strcmp(option, "as") == 0)
			r = name_layer(p, p->word[++i], name);
		else
			r = parser_refuse(p, p->line,
					  "'%s' is not an option of '%s' (there are stride N and pad N where "
					  "a kernel moves, relu6, from NAME, as NAME)",
					  option, p->word[0]);
		if (r < 0)
			return r;
	}
	return 0;
}

// Reads the arguments after the layer's kind. Returns the index of the first option.
static int parse_arguments(struct parser *p, struct layer *l)
{
	const char *kind = p->word[0];
	int r = 0, next = 2;
	if (strcmp(kind, "conv") == 0) {
		l->kind = LAYER_CONV;
		r = parse_kernel(p, p->word[1], &l->kernel);
		if (r == 0)
			r = parse_count(p, "the number of output channels", p->word[2], MAX_SIDE,
					&l->out.channels);
		next = 3;
	} else if (strcmp(kind, "depthwise") == 0) {
		l->kind = LAYER_DEPTHWISE;
		r = parse_kernel(p, p->word[1], &l->kernel);
	} else if (strcmp(kind, "pool") == 0) {
		l->kind = LAYER_POOL_AVERAGE;
		r = parse_kernel(p, p->word[1], &l->kernel);
	} else if (strcmp(kind, "fc") == 0) {
		l->kind = LAYER_FULLY_CONNECTED;
		r = parse_count(p, "the number of outputs", p->word[1], MAX_SIDE, &l->out.channels);
	} else if (strcmp(kind, "add") == 0) {
		l->kind = LAYER_ADD;
		r = find_layer(p, p->word[1], &l->addend);
	} else {
		return parser_refuse(p, p->line,
				     "'%s' is not a layer: there are conv, depthwise, pool, fc, add", kind);
	}
	return r < 0 ? r : next;
}

static int size_moving_kernel(struct parser *p, struct layer *l)
{
	int height = l->in.height + 2 * l->padding - l->kernel,
	    width = l->in.width + 2 * l->padding - l->kernel;
	if (height < 0 || width < 0)
		return parser_refuse(p, p->line, "the kernel %dx%d does not fit into the padded input %dx%d",
				     l->kernel, l->kernel, l->in.height + 2 * l->padding,
				     l->in.width + 2 * l->padding);
	if (l->padding >= l->kernel)
		return parser_refuse(p, p->line, "the padding is %d: it must be smaller than the kernel, %d",
				     l->padding, l->kernel);
	l->out.height = height / l->stride + 1;
	l->out.width = width / l->stride + 1;
	if (l->kind != LAYER_CONV)
		l->out.channels = l->in.channels;
	return 0;
}

static int size_add(struct parser *p, struct layer *l)
{
	struct shape other = layer_at(p, l->addend)->out;
	if (memcmp(&other, &l->in, sizeof(other)) != 0)
		return parser_refuse(p, p->line, "cannot add %dx%dx%d to %dx%dx%d: the shapes must be equal",
				     other.height, other.width, other.channels, l->in.height, l->in.width,
				     l->in.channels);
	l->out = l->in;
	return 0;
}

// Derives shapes and work; refuses what does not fit.
static int size_layer(struct parser *p, struct layer *l)
{
	int r = 0;
	l->in = l->source < 0 ? p->subtask->in : layer_at(p, l->source)->out;
	switch (l->kind) {
	case LAYER_CONV:
	case LAYER_DEPTHWISE:
	case LAYER_POOL_AVERAGE:
		r = size_moving_kernel(p, l);
		break;
	case LAYER_FULLY_CONNECTED:
		l->out.height = l->out.width = 1;
		break;
	case LAYER_ADD:
		r = size_add(p, l);
		break;
	}
	if (r < 0)
		return r;
	p->weights += layer_weight_values(l);
	if (shape_values(l->out) > MAX_VALUES || p->weights > MAX_WEIGHTS)
		return parser_refuse(p, p->line,
				     "too large: a tensor holds at most %d values, a network %d weights",
				     MAX_VALUES, MAX_WEIGHTS);
	l->macs = layer_weight_values(l); // a fully connected weight is used once, a kernel's once a position
	if (l->kind != LAYER_FULLY_CONNECTED)
		l->macs *= (int64_t)l->out.height * l->out.width;
	return 0;
}

static int64_t published_parameters(const struct layer *l)
{
	int64_t per_channel =
	    l->kind == LAYER_FULLY_CONNECTED ? 1 : 2; // a bias; or a batch norm's scale and shift
	return layer_weight_values(l) + per_channel * layer_bias_values(l);
}

int parse_layer(struct parser *p)
{
	struct subtask *t = p->subtask;
	if (!t)
		return parser_refuse(p, p->line,
				     "'%s' stands before the first sub-task: write 'subtask NAME' above it",
				     p->word[0]);
	if (p->store->n_layers == DESCRIPTION_MAX_LAYERS)
		return parser_refuse(p, p->line, "more than %d layers", DESCRIPTION_MAX_LAYERS);
	int index = p->store->n_layers;
	struct layer *l = &p->store->layers[index];
	*l = (struct layer){.kernel = 1, .stride = 1, .source = t->n_layers - 1, .addend = -1};
	int options = parse_arguments(p, l);
	int r = options < 0 ? options : parse_options(p, options, l, p->layer_name[index]);
	if (r == 0)
		r = size_layer(p, l);
	if (r < 0)
		return r;
	if (l->source >= 0)
		p->layer_used[p->first_layer + l->source] = true;
	if (l->addend >= 0)
		p->layer_used[p->first_layer + l->addend] = true;
	p->layer_line[index] = p->line;
	p->store->n_layers++;
	t->n_layers++;
	t->out = l->out;
	t->macs += l->macs;
	t->parameters += published_parameters(l);
	return 0;
}
