// SPDX-License-Identifier: BSD-3-Clause
// The description language: one directive or layer a line, `#` starts a comment. See docs/networks.md.
#include "dnn/description.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	MAX_WORDS = 16,
	MAX_LINE = 256,
	MAX_SIDE = 65535,      // height, width or channels
	MAX_VALUES = 1 << 26,  // of one tensor
	MAX_WEIGHTS = 1 << 28, // of the network
	MAX_KERNEL = 64,
};

struct parser {
	struct network_store *store;
	const char *where;
	int line;
	struct err *err;
	char text[MAX_LINE];
	char *word[MAX_WORDS + 1]; // of this line; NULL-terminated
	struct shape input;	   // of the network; all zero before the `input` line
	struct subtask *subtask;   // NULL before the first
	int first_layer;	   // the sub-task's, counted through the network
	int64_t weights;
	int layer_line[DESCRIPTION_MAX_LAYERS];
	bool layer_used[DESCRIPTION_MAX_LAYERS];
	char layer_name[DESCRIPTION_MAX_LAYERS][16]; // from `as`; "" = none
};

static int refuse(struct parser *p, int line, const char *format, ...) __attribute__((format(printf, 3, 4)));

static int refuse(struct parser *p, int line, const char *format, ...)
{
	char sentence[384];
	va_list args;
	va_start(args, format);
	vsnprintf(sentence, sizeof(sentence), format, args);
	va_end(args);
	return err_set(p->err, EINVAL, "%s:%d: %s", p->where, line, sentence);
}

// Words
// --------------------------------------------------------------------------------------------------------------

// Reads digits only, 1..limit; returns the end, or NULL.
static const char *read_count(const char *text, int limit, int *out)
{
	long value = 0;
	const char *c = text;
	for (; isdigit((unsigned char)*c); c++) {
		value = value * 10 + (*c - '0');
		if (value > limit)
			return NULL;
	}
	*out = (int)value;
	return c > text && value >= 1 ? c : NULL;
}

static int parse_count(struct parser *p, const char *what, const char *word, int limit, int *out)
{
	const char *end = word ? read_count(word, limit, out) : NULL;
	if (!end || *end)
		return refuse(p, p->line, "%s is '%s': write a whole number from 1 to %d", what,
			      word ? word : "", limit);
	return 0;
}

// Reads "AxB" or "AxBxC" into count values.
static bool read_product(const char *word, int limit, int *values, int count)
{
	const char *c = word;
	for (int i = 0; i < count && c; i++) {
		c = read_count(c, limit, &values[i]);
		if (c && i + 1 < count)
			c = *c == 'x' ? c + 1 : NULL;
	}
	return c && *c == '\0';
}

static int parse_kernel(struct parser *p, const char *word, int *kernel)
{
	int sides[2];
	if (!word || !read_product(word, MAX_KERNEL, sides, 2) || sides[0] != sides[1])
		return refuse(p, p->line, "the kernel is '%s': write a square one from 1x1 to %dx%d",
			      word ? word : "", MAX_KERNEL, MAX_KERNEL);
	*kernel = sides[0];
	return 0;
}

static int parse_name(struct parser *p, const char *what, const char *word, char *out, size_t size)
{
	size_t n = word ? strlen(word) : 0;
	bool good = n > 0 && n < size;
	for (size_t i = 0; i < n; i++)
		good &= isalnum((unsigned char)word[i]) || strchr("-_.", word[i]);
	if (!good)
		return refuse(p, p->line,
			      "the name of the %s is '%s': write 1 to %zu letters, digits, '-', '_', '.'",
			      what, word ? word : "", size - 1);
	memcpy(out, word, n + 1);
	return 0;
}

// Layers
// -------------------------------------------------------------------------------------------------------------

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
	return refuse(p, p->line, "no layer of sub-task %s is called '%s': name one with 'as %s' first",
		      p->subtask->name, name ? name : "", name ? name : "NAME");
}

static int name_layer(struct parser *p, const char *word, char *name)
{
	int r = parse_name(p, "layer", word, name, sizeof(p->layer_name[0]));
	for (int i = 0; r == 0 && i < p->subtask->n_layers; i++)
		if (strcmp(p->layer_name[p->first_layer + i], name) == 0)
			r = refuse(p, p->line, "a layer of sub-task %s is called '%s' already",
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
			r = refuse(p, p->line,
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
		return refuse(p, p->line, "'%s' is not a layer: there are conv, depthwise, pool, fc, add",
			      kind);
	}
	return r < 0 ? r : next;
}

static int size_moving_kernel(struct parser *p, struct layer *l)
{
	int height = l->in.height + 2 * l->padding - l->kernel,
	    width = l->in.width + 2 * l->padding - l->kernel;
	if (height < 0 || width < 0)
		return refuse(p, p->line, "the kernel %dx%d does not fit into the padded input %dx%d",
			      l->kernel, l->kernel, l->in.height + 2 * l->padding,
			      l->in.width + 2 * l->padding);
	if (l->padding >= l->kernel)
		return refuse(p, p->line, "the padding is %d: it must be smaller than the kernel, %d",
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
		return refuse(p, p->line, "cannot add %dx%dx%d to %dx%dx%d: the shapes must be equal",
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
		return refuse(p, p->line, "too large: a tensor holds at most %d values, a network %d weights",
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

static int parse_layer(struct parser *p)
{
	struct subtask *t = p->subtask;
	if (!t)
		return refuse(p, p->line,
			      "'%s' stands before the first sub-task: write 'subtask NAME' above it",
			      p->word[0]);
	if (p->store->n_layers == DESCRIPTION_MAX_LAYERS)
		return refuse(p, p->line, "more than %d layers", DESCRIPTION_MAX_LAYERS);
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

// Directives
// ---------------------------------------------------------------------------------------------------------

static int end_subtask(struct parser *p)
{
	if (!p->subtask)
		return 0;
	if (p->subtask->n_layers == 0)
		return refuse(p, p->line, "sub-task %s has no layer", p->subtask->name);
	for (int i = 0; i < p->subtask->n_layers - 1; i++)
		if (!p->layer_used[p->first_layer + i])
			return refuse(p, p->layer_line[p->first_layer + i],
				      "nothing in sub-task %s uses the output of this layer",
				      p->subtask->name);
	return 0;
}

static int begin_subtask(struct parser *p)
{
	struct network *net = &p->store->net;
	if (p->input.height == 0)
		return refuse(p, p->line, "'subtask' stands before the input: write 'input HxWxC' above it");
	int r = end_subtask(p);
	if (r < 0)
		return r;
	if (net->n_subtasks == DESCRIPTION_MAX_SUBTASKS)
		return refuse(p, p->line, "more than %d sub-tasks", DESCRIPTION_MAX_SUBTASKS);
	struct subtask *t = &p->store->subtasks[net->n_subtasks];
	r = parse_name(p, "sub-task", p->word[1], t->name, sizeof(t->name));
	if (r < 0)
		return r;
	for (int i = 0; i < net->n_subtasks; i++)
		if (strcmp(p->store->subtasks[i].name, t->name) == 0)
			return refuse(p, p->line, "there is a sub-task %s already", t->name);
	t->in = p->subtask ? p->subtask->out : p->input;
	p->first_layer = p->store->n_layers;
	t->layers = &p->store->layers[p->first_layer];
	p->subtask = t;
	net->n_subtasks++;
	return 0;
}

static int parse_input(struct parser *p)
{
	int sides[3];
	if (p->input.height)
		return refuse(p, p->line, "a second 'input': a network has one");
	if (!p->word[1] || !read_product(p->word[1], MAX_SIDE, sides, 3) ||
	    (int64_t)sides[0] * sides[1] * sides[2] > MAX_VALUES)
		return refuse(p, p->line, "the input is '%s': write HEIGHTxWIDTHxCHANNELS, at most %d values",
			      p->word[1] ? p->word[1] : "", MAX_VALUES);
	p->input = (struct shape){sides[0], sides[1], sides[2]};
	return 0;
}

static int parse_line(struct parser *p)
{
	struct network *net = &p->store->net;
	const char *first = p->word[0];
	bool directive = true;
	int r = 0;
	if (strcmp(first, "network") == 0 && net->name[0])
		return refuse(p, p->line, "a second 'network': a file describes one");
	if (strcmp(first, "network") != 0 && !net->name[0])
		return refuse(p, p->line, "the first line must be 'network NAME'");
	if (strcmp(first, "network") == 0)
		r = parse_name(p, "network", p->word[1], net->name, sizeof(net->name));
	else if (strcmp(first, "input") == 0)
		r = parse_input(p);
	else if (strcmp(first, "subtask") == 0)
		r = begin_subtask(p);
	else
		directive = false;
	if (r < 0 || !directive)
		return r < 0 ? r : parse_layer(p);
	if (p->word[1] && p->word[2])
		return refuse(p, p->line, "'%s' after '%s %s': nothing may follow", p->word[2], first,
			      p->word[1]);
	return 0;
}

// Splits p->text into words; a word that starts with '#' ends the line.
static int split_line(struct parser *p)
{
	int n = 0;
	char *rest = NULL;
	for (char *w = strtok_r(p->text, " \t\r", &rest); w && *w != '#';
	     w = strtok_r(NULL, " \t\r", &rest)) {
		if (n == MAX_WORDS)
			return refuse(p, p->line, "more than %d words", MAX_WORDS);
		p->word[n++] = w;
	}
	p->word[n] = NULL;
	return 0;
}

static int parse_text(struct parser *p, const char *text)
{
	while (*text) {
		size_t length = strcspn(text, "\n");
		p->line++;
		if (length >= sizeof(p->text))
			return refuse(p, p->line, "longer than %zu characters", sizeof(p->text) - 1);
		memcpy(p->text, text, length);
		p->text[length] = '\0';
		text += length + (text[length] == '\n');
		int r = split_line(p);
		if (r == 0 && p->word[0])
			r = parse_line(p);
		if (r < 0)
			return r;
	}
	p->line += p->line == 0;
	if (!p->subtask)
		return refuse(p, p->line, "the description ends without a sub-task");
	return end_subtask(p);
}

int description_parse(struct network_store *store, const char *text, const char *where, struct err *err)
{
	struct parser *p = calloc(1, sizeof(*p));
	if (!p)
		return err_set(err, ENOMEM, "%s: out of memory", where);
	p->store = store;
	p->where = where;
	p->err = err;
	int r = parse_text(p, text);
	store->net.subtasks = store->subtasks;
	free(p);
	return r;
}
