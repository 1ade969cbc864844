// SPDX-License-Identifier: BSD-3-Clause
// One line of a description as a layer: its kind, its arguments, its options.
#include "dnn/description_parser.h"

#include <stdio.h>
#include <string.h>

// What may follow a layer's arguments, beside `from NAME` and `as NAME`.
enum {
	OPTION_MOVES = 1,	   // stride, pad
	OPTION_DILATION = 2,	   // dilation
	OPTION_GROUPS = 4,	   // groups
	OPTION_BIAS = 8,	   // bias, no-bias
	OPTION_ACTIVATION = 16,	   // one of the table below
	OPTION_COUNT_PADDING = 32, // count-padding
	OPTION_FROM = 64,	   // from NAME
	OPTION_FLOAT64 = 128,	   // float64
};

static const struct activation_word {
	const char *word;
	enum activation activation;
	int n_parameters; // words that follow
} activations[] = {
    {"relu", ACTIVATION_RELU, 0},
    {"relu6", ACTIVATION_RELU6, 0},
    {"sigmoid", ACTIVATION_SIGMOID, 0},
    {"hardswish", ACTIVATION_HARD_SWISH, 0},
    {"silu", ACTIVATION_SILU, 0},
    {"tanh", ACTIVATION_TANH, 0},
    {"leakyrelu", ACTIVATION_LEAKY_RELU, 1},
    {"elu", ACTIVATION_ELU, 1},
    {"clip", ACTIVATION_CLIP, 2},
    {"hardsigmoid", ACTIVATION_HARD_SIGMOID, 2},
};
enum { N_ACTIVATIONS = sizeof(activations) / sizeof(activations[0]) };

// The activation called so, or NULL.
static const struct activation_word *find_activation(const char *word)
{
	for (int i = 0; word && i < N_ACTIVATIONS; i++)
		if (strcmp(activations[i].word, word) == 0)
			return &activations[i];
	return NULL;
}

// Reads the activation at word[i] with its parameters. Returns the number of words, or a negative errno.
static int parse_activation(struct parser *p, const struct activation_word *a, int i, struct layer *l)
{
	int r = 0;
	if (a->n_parameters > 0)
		r = parse_real(p, "the activation's parameter", p->word[i + 1], &l->alpha);
	if (r == 0 && a->n_parameters > 1)
		r = parse_real(p, "the activation's second parameter", p->word[i + 2], &l->beta);
	if (r == 0 && a->activation == ACTIVATION_CLIP && !(l->alpha < l->beta))
		r = parser_refuse(p, p->line, "clip's lower limit must be below its upper one");
	l->activation = a->activation;
	return r < 0 ? r : 1 + a->n_parameters;
}

int find_layer(struct parser *p, const char *name, int *out)
{
	if (name && strcmp(name, "input") == 0) {
		*out = LAYER_INPUT_OF_SUBTASK;
		return 0;
	}
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
	if (r == 0 && strcmp(name, "input") == 0)
		r = parser_refuse(p, p->line, "'input' is the name of the sub-task's input");
	for (int i = 0; r == 0 && i < p->subtask->n_layers; i++)
		if (strcmp(p->layer_name[p->first_layer + i], name) == 0)
			r = parser_refuse(p, p->line, "a layer of sub-task %s is called '%s' already",
					  p->subtask->name, name);
	return r;
}

static int read_conv(struct parser *p, struct layer *l)
{
	l->bias_kind = BIAS_FOLDED_NORM;
	int r = parse_kernel(p, p->word[1], &l->kernel);
	return r < 0 ? r
		     : parse_count(p, "the number of output channels", p->word[2], DESCRIPTION_MAX_SIDE,
				   &l->out.channels);
}

static int read_depthwise(struct parser *p, struct layer *l)
{
	l->bias_kind = BIAS_FOLDED_NORM;
	return parse_kernel(p, p->word[1], &l->kernel);
}

// A kernel of 0x0 stands for `global` until the input's size is known.
static int read_pool(struct parser *p, struct layer *l)
{
	if (p->word[1] && strcmp(p->word[1], "global") == 0) {
		l->kernel = (struct yx){0, 0};
		return 0;
	}
	return parse_kernel(p, p->word[1], &l->kernel);
}

static int read_fully_connected(struct parser *p, struct layer *l)
{
	l->bias_kind = BIAS_PLAIN;
	return parse_count(p, "the number of outputs", p->word[1], DESCRIPTION_MAX_SIDE, &l->out.channels);
}

static int read_second(struct parser *p, struct layer *l)
{
	l->n_inputs = 2;
	return find_layer(p, p->word[1], &l->input[1]);
}

static int read_concat(struct parser *p, struct layer *l)
{
	char *rest = NULL;
	l->n_inputs = 0;
	for (char *name = p->word[1] ? strtok_r(p->word[1], ",", &rest) : NULL; name;
	     name = strtok_r(NULL, ",", &rest)) {
		if (l->n_inputs == LAYER_MAX_INPUTS)
			return parser_refuse(p, p->line, "more than %d inputs: join them in two lines",
					     LAYER_MAX_INPUTS);
		int r = find_layer(p, name, &l->input[l->n_inputs++]);
		if (r < 0)
			return r;
	}
	if (l->n_inputs < 2)
		return parser_refuse(p, p->line, "'%s' joins two layers or more: write '%s NAME,NAME'",
				     p->word[0], p->word[0]);
	return 0;
}

static int read_softmax(struct parser *p, struct layer *l)
{
	(void)p;
	(void)l;
	return 0;
}

static int read_activation(struct parser *p, struct layer *l)
{
	const struct activation_word *a = find_activation(p->word[1]);
	char words[160] = "";
	size_t n = 0;
	if (a)
		return parse_activation(p, a, 1, l);
	for (int i = 0; i < N_ACTIVATIONS; i++)
		n += (size_t)snprintf(words + n, sizeof(words) - n, "%s%s", i ? ", " : "",
				      activations[i].word);
	return parser_refuse(p, p->line, "'%s' is not an activation: there are %s",
			     p->word[1] ? p->word[1] : "", words);
}

static const struct layer_word {
	const char *word;
	enum layer_kind kind;
	int n_arguments;
	int (*read)(struct parser *p, struct layer *l); // how many more words it took, or a negative errno
	int options;
} layer_words[] = {
    {"conv", LAYER_CONV, 2, read_conv,
     OPTION_MOVES | OPTION_DILATION | OPTION_GROUPS | OPTION_BIAS | OPTION_ACTIVATION | OPTION_FLOAT64 |
	 OPTION_FROM},
    {"depthwise", LAYER_DEPTHWISE, 1, read_depthwise,
     OPTION_MOVES | OPTION_DILATION | OPTION_BIAS | OPTION_ACTIVATION | OPTION_FROM},
    {"pool", LAYER_POOL_AVERAGE, 1, read_pool, OPTION_MOVES | OPTION_COUNT_PADDING | OPTION_FROM},
    {"maxpool", LAYER_POOL_MAX, 1, read_pool, OPTION_MOVES | OPTION_FROM},
    {"fc", LAYER_FULLY_CONNECTED, 1, read_fully_connected, OPTION_BIAS | OPTION_ACTIVATION | OPTION_FROM},
    {"add", LAYER_ADD, 1, read_second, OPTION_ACTIVATION | OPTION_FROM},
    {"multiply", LAYER_MULTIPLY, 1, read_second, OPTION_ACTIVATION | OPTION_FROM},
    {"concat", LAYER_CONCAT, 1, read_concat, 0},
    {"softmax", LAYER_SOFTMAX, 0, read_softmax, OPTION_FROM},
    {"activate", LAYER_ACTIVATION, 0, read_activation, OPTION_FROM},
    {"rows", LAYER_SLICE, 2, read_rows, OPTION_FROM},
    {"channels", LAYER_SLICE, 2, read_channels, OPTION_FROM},
    {"stack", LAYER_STACK, 1, read_concat, 0},
    {"sample", LAYER_SAMPLE, 2, read_sample, OPTION_FROM},
    {"group", LAYER_GROUP, 3, read_group, OPTION_FROM},
    {"vote", LAYER_VOTE, 2, read_vote, OPTION_FROM},
    {"nms", LAYER_NMS, 3, read_nms, OPTION_FROM},
};
enum { N_LAYER_WORDS = sizeof(layer_words) / sizeof(layer_words[0]) };

static int refuse_option(struct parser *p, const struct layer_word *kind, const char *option)
{
	static const struct {
		int option;
		const char *words;
	} rows[] = {
	    {OPTION_MOVES, "stride N, pad N, "},    {OPTION_DILATION, "dilation N, "},
	    {OPTION_GROUPS, "groups N, "},	    {OPTION_BIAS, "bias, no-bias, "},
	    {OPTION_ACTIVATION, "an activation, "}, {OPTION_COUNT_PADDING, "count-padding, "},
	    {OPTION_FLOAT64, "float64, "},	    {OPTION_FROM, "from NAME, "},
	};
	char words[160] = "";
	size_t n = 0;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && n < sizeof(words); i++)
		if (kind->options & rows[i].option)
			n += (size_t)snprintf(words + n, sizeof(words) - n, "%s", rows[i].words);
	return parser_refuse(p, p->line, "'%s' is not an option of '%s' (there are %sas NAME)", option,
			     kind->word, words);
}

// Reads the option at word[i]. Returns the number of words it has, or a negative errno.
static int parse_option(struct parser *p, const struct layer_word *kind, int i, struct layer *l, char *name)
{
	const char *option = p->word[i], *value = p->word[i + 1];
	const struct activation_word *activation = find_activation(option);
	int r = 0;
	if (strcmp(option, "as") == 0) {
		r = name_layer(p, value, name);
	} else if (strcmp(option, "from") == 0 && kind->options & OPTION_FROM) {
		r = find_layer(p, value, &l->input[0]);
	} else if (strcmp(option, "stride") == 0 && kind->options & OPTION_MOVES) {
		r = parse_pair(p, "the stride", value, &l->stride);
	} else if (strcmp(option, "pad") == 0 && kind->options & OPTION_MOVES) {
		r = parse_padding(p, value, l);
	} else if (strcmp(option, "dilation") == 0 && kind->options & OPTION_DILATION) {
		r = parse_pair(p, "the dilation", value, &l->dilation);
	} else if (strcmp(option, "groups") == 0 && kind->options & OPTION_GROUPS) {
		r = parse_count(p, "the number of groups", value, DESCRIPTION_MAX_SIDE, &l->groups);
	} else if (activation && kind->options & OPTION_ACTIVATION) {
		return parse_activation(p, activation, i, l);
	} else if (strcmp(option, "bias") == 0 && kind->options & OPTION_BIAS) {
		l->bias_kind = BIAS_PLAIN;
		return 1;
	} else if (strcmp(option, "no-bias") == 0 && kind->options & OPTION_BIAS) {
		l->bias_kind = BIAS_NONE;
		return 1;
	} else if (strcmp(option, "count-padding") == 0 && kind->options & OPTION_COUNT_PADDING) {
		l->count_padding = true;
		return 1;
	} else if (strcmp(option, "float64") == 0 && kind->options & OPTION_FLOAT64) {
		l->is_float64 = true;
		return 1;
	} else {
		return refuse_option(p, kind, option);
	}
	return r < 0 ? r : 2;
}

static const struct layer_word *find_layer_word(const char *word)
{
	for (int i = 0; i < N_LAYER_WORDS; i++)
		if (strcmp(layer_words[i].word, word) == 0)
			return &layer_words[i];
	return NULL;
}

static int refuse_kind(struct parser *p)
{
	char words[200] = "";
	for (int i = 0; i < N_LAYER_WORDS; i++) {
		size_t n = strlen(words);
		snprintf(words + n, sizeof(words) - n, "%s%s", i ? ", " : "", layer_words[i].word);
	}
	return parser_refuse(p, p->line, "'%s' is not a layer: there are %s", p->word[0], words);
}

// Reads the whole line into l.
static int read_layer(struct parser *p, struct layer *l, char *name)
{
	const struct layer_word *kind = find_layer_word(p->word[0]);
	if (!kind)
		return refuse_kind(p);
	*l = (struct layer){.kind = kind->kind,
			    .kernel = {1, 1},
			    .stride = {1, 1},
			    .dilation = {1, 1},
			    .groups = 1,
			    .n_inputs = 1,
			    .input = {p->subtask->n_layers - 1}};
	int r = kind->read(p, l);
	for (int i = 1 + kind->n_arguments + r; r >= 0 && p->word[i]; i += r)
		r = parse_option(p, kind, i, l, name);
	return r < 0 ? r : 0;
}

static void add_to_subtask(struct parser *p, const struct layer *l)
{
	static const int published_per_channel[] = {
	    [BIAS_NONE] = 0, [BIAS_PLAIN] = 1, [BIAS_FOLDED_NORM] = 2};
	struct subtask *t = p->subtask;
	for (int i = 0; i < l->n_inputs; i++)
		if (l->input[i] >= 0)
			p->layer_used[p->first_layer + l->input[i]] = true;
	p->layer_line[p->store->n_layers++] = p->line;
	t->n_layers++;
	t->out = l->out;
	t->macs += l->macs;
	t->distance_flop += l->distance_flop;
	t->parameters +=
	    layer_weight_values(l) + (int64_t)published_per_channel[l->bias_kind] * l->out.channels;
}

int parse_layer(struct parser *p)
{
	if (!p->subtask)
		return parser_refuse(p, p->line,
				     "'%s' stands before the first sub-task: write 'subtask NAME' above it",
				     p->word[0]);
	if (p->store->n_layers == DESCRIPTION_MAX_LAYERS)
		return parser_refuse(p, p->line, "more than %d layers", DESCRIPTION_MAX_LAYERS);
	int index = p->store->n_layers;
	struct layer *l = &p->store->layers[index];
	int r = read_layer(p, l, p->layer_name[index]);
	if (r == 0)
		r = layer_size(p, l);
	if (r == 0)
		add_to_subtask(p, l);
	return r;
}
