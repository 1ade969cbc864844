// SPDX-License-Identifier: BSD-3-Clause
// One line of a description as a layer: its kind, its arguments, its options.
#include "dnn/description_parser_private.h"

#include <stdio.h>
#include <string.h>

#include "dnn/layers/activations.h"

// Reads the activation at word[i] with its parameters.
static int read_activation(struct parser *p, struct layer *l, int i)
{
	const struct activation_row *a = activation_of_word(p->word[i]);
	int r = 0;
	l->activation = activation_value(a);
	if (a->n_parameters > 0)
		r = parse_real(p, "the activation's parameter", p->word[i + 1], &l->alpha);
	if (r == 0 && a->n_parameters > 1)
		r = parse_real(p, "the activation's second parameter", p->word[i + 2], &l->beta);
	if (r == 0 && l->activation == ACTIVATION_CLIP && !(l->alpha < l->beta))
		r = parser_refuse(p, p->line, "clip's lower limit must be below its upper one");
	return r < 0 ? r : 1 + a->n_parameters;
}

static int read_bias(struct parser *p, struct layer *l, int i)
{
	(void)p;
	(void)i;
	l->bias_kind = BIAS_PLAIN;
	return 1;
}

static int read_no_bias(struct parser *p, struct layer *l, int i)
{
	(void)p;
	(void)i;
	l->bias_kind = BIAS_NONE;
	return 1;
}

static int read_from(struct parser *p, struct layer *l, int i)
{
	int r = find_layer(p, p->word[i + 1], &l->input[0]);
	return r < 0 ? r : 2;
}

const struct layer_option option_bias = {"bias", "bias", read_bias},
			  option_no_bias = {"no-bias", "no-bias", read_no_bias},
			  option_activation = {NULL, "an activation", read_activation},
			  option_from = {"from", "from NAME", read_from};

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
	return parser_refuse(p, p->line, "no layer of %s %s is called '%s': name one with 'as %s' first",
			     part_kind(p), p->subtask->name, name ? name : "", name ? name : "NAME");
}

static int name_layer(struct parser *p, const char *word, char *name)
{
	int r = parse_name(p, "layer", word, name, sizeof(p->layer_name[0]));
	if (r == 0 && strcmp(name, "input") == 0)
		r = parser_refuse(p, p->line, "'input' is the name of the sub-task's input");
	for (int i = 0; r == 0 && i < p->subtask->n_layers; i++)
		if (strcmp(p->layer_name[p->first_layer + i], name) == 0)
			r = parser_refuse(p, p->line, "a layer of %s %s is called '%s' already", part_kind(p),
					  p->subtask->name, name);
	return r;
}

static int refuse_option(struct parser *p, const struct layer_row *row, const char *option)
{
	char words[160] = "";
	size_t n = 0;
	for (const struct layer_option *const *o = row->options; *o && n < sizeof(words); o++)
		n += (size_t)snprintf(words + n, sizeof(words) - n, "%s, ", (*o)->usage);
	return parser_refuse(p, p->line, "'%s' is not an option of '%s' (there are %sas NAME)", option,
			     p->word[0], words);
}

static bool is_option(const struct layer_option *o, const char *word)
{
	return o->word ? strcmp(o->word, word) == 0 : activation_of_word(word) != NULL;
}

// Reads the option at word[i]. Returns the number of words it has, or a negative errno.
static int parse_option(struct parser *p, int i, struct layer *l, char *name)
{
	if (strcmp(p->word[i], "as") == 0) {
		int r = name_layer(p, p->word[i + 1], name);
		return r < 0 ? r : 2;
	}
	for (const struct layer_option *const *o = l->row->options; *o; o++)
		if (is_option(*o, p->word[i]))
			return (*o)->read(p, l, i);
	return refuse_option(p, l->row, p->word[i]);
}

static int refuse_kind(struct parser *p)
{
	char words[200] = "";
	for (enum layer_kind kind = 0; kind < N_LAYER_KINDS; kind++)
		for (int i = 0; i < LAYER_MAX_WORDS && layer_row(kind)->words[i].word; i++) {
			size_t n = strlen(words);
			snprintf(words + n, sizeof(words) - n, "%s%s", n ? ", " : "",
				 layer_row(kind)->words[i].word);
		}
	return parser_refuse(p, p->line, "'%s' is not a layer: there are %s", p->word[0], words);
}

// Reads the whole line into l.
static int read_layer(struct parser *p, struct layer *l, char *name)
{
	const struct layer_word *word = NULL;
	const struct layer_row *row = layer_row_of_word(p->word[0], &word);
	if (!row)
		return refuse_kind(p);
	*l = (struct layer){.kind = row->kind,
			    .row = row,
			    .bias_kind = row->bias,
			    .n_inputs = 1,
			    .input = {p->subtask->n_layers - 1}};
	int r = word->read ? word->read(p, l) : 0;
	for (int i = 1 + word->n_arguments + r; r >= 0 && p->word[i]; i += r)
		r = parse_option(p, i, l, name);
	return r < 0 ? r : 0;
}

void subtask_add(struct subtask *t, const struct layer *l)
{
	static const int published_per_channel[] = {
	    [BIAS_NONE] = 0, [BIAS_PLAIN] = 1, [BIAS_FOLDED_NORM] = 2};
	t->n_layers++;
	t->out = l->out;
	t->macs += l->macs;
	t->distance_flop += l->distance_flop;
	t->parameters +=
	    layer_weight_values(l) + (int64_t)published_per_channel[l->bias_kind] * l->out.channels;
}

static void add_to_subtask(struct parser *p, const struct layer *l)
{
	for (int i = 0; i < l->n_inputs; i++)
		if (l->input[i] >= 0)
			p->layer_used[p->first_layer + l->input[i]] = true;
	p->layer_line[p->store->n_layers++] = p->line;
	subtask_add(p->subtask, l);
}

int parse_layer(struct parser *p)
{
	if (!p->subtask)
		return parser_refuse(p, p->line,
				     "'%s' stands before the first sub-task: write 'subtask NAME' above it",
				     p->word[0]);
	if (p->store->n_layers == DESCRIPTION_MAX_LAYERS)
		return parser_refuse(p, p->line, "more than %d layers", DESCRIPTION_MAX_LAYERS);
	int n = p->subtask->n_layers;
	if (n > 0 && p->subtask->layers[n - 1].kind == LAYER_PACK)
		return parser_refuse(p, p->line, "'%s' behind 'pack', which ends a sub-task", p->word[0]);
	int index = p->store->n_layers;
	struct layer *l = &p->store->layers[index];
	int r = read_layer(p, l, p->layer_name[index]);
	if (r == 0)
		r = layer_size(p, l);
	if (r == 0)
		add_to_subtask(p, l);
	return r;
}
