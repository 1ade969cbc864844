// SPDX-License-Identifier: BSD-3-Clause
// The description language: one directive or layer a line, `#` starts a comment. See docs/networks.md.
#include "dnn/description.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dnn/description_parser_private.h"
#include "dnn/pentominoes.h"

const char *part_kind(const struct parser *p)
{
	return p->subtask >= p->head && p->subtask < p->head + DESCRIPTION_MAX_EXITS ? "head" : "sub-task";
}

static bool packs(const struct subtask *t)
{
	return t->n_layers > 0 && t->layers[t->n_layers - 1].kind == LAYER_PACK;
}

const struct subtask *part_packed(const struct parser *p)
{
	int n = p->store->net.n_subtasks;
	const struct subtask *above = n > 1 ? &p->store->subtasks[n - 2] : NULL;
	return p->subtask == &p->store->subtasks[n - 1] && above && packs(above) ? above : NULL;
}

static bool unpacks(const struct subtask *t, int number)
{
	for (int i = 0; i < t->n_layers; i++)
		if (t->layers[i].kind == LAYER_UNPACK && t->layers[i].unpack.number == number)
			return true;
	return false;
}

// The result needs every tensor of a cut.
static int check_unpacked(struct parser *p)
{
	const struct subtask *above = part_packed(p);
	const struct layer *packed = above ? &above->layers[above->n_layers - 1] : NULL;
	for (int i = 0; packed && i < packed->n_inputs; i++)
		if (!unpacks(p->subtask, i))
			return parser_refuse(
			    p, p->line, "nothing in %s %s takes tensor %d of %d that sub-task %s packs",
			    part_kind(p), p->subtask->name, i + 1, packed->n_inputs, above->name);
	return 0;
}

int part_end(struct parser *p)
{
	if (!p->subtask)
		return 0;
	if (p->subtask->n_layers == 0)
		return parser_refuse(p, p->line, "%s %s has no layer", part_kind(p), p->subtask->name);
	for (int i = 0; i < p->subtask->n_layers - 1; i++)
		if (!p->layer_used[p->first_layer + i])
			return parser_refuse(p, p->layer_line[p->first_layer + i],
					     "nothing in %s %s uses the output of this layer", part_kind(p),
					     p->subtask->name);
	return check_unpacked(p);
}

int part_begin(struct parser *p, struct subtask *part, struct shape in)
{
	const struct network *net = &p->store->net;
	for (int i = 0; i < net->n_subtasks; i++)
		if (strcmp(p->store->subtasks[i].name, part->name) == 0)
			return parser_refuse(p, p->line, "there is a sub-task %s already", part->name);
	for (int i = 0; i < net->n_exits; i++)
		if (strcmp(p->head[i].name, part->name) == 0)
			return parser_refuse(p, p->line, "there is a head %s already", part->name);
	part->in = in;
	p->first_layer = p->store->n_layers;
	part->layers = &p->store->layers[p->first_layer];
	p->subtask = part;
	return 0;
}

static int begin_subtask(struct parser *p)
{
	struct network *net = &p->store->net;
	if (p->input.height == 0)
		return parser_refuse(p, p->line,
				     "'subtask' stands before the input: write 'input HxWxC' above it");
	int r = part_end(p);
	if (r < 0)
		return r;
	if (net->n_subtasks == DESCRIPTION_MAX_SUBTASKS)
		return parser_refuse(p, p->line, "more than %d sub-tasks", DESCRIPTION_MAX_SUBTASKS);
	struct subtask *t = &p->store->subtasks[net->n_subtasks];
	r = parse_name(p, "sub-task", p->word[1], t->name, sizeof(t->name));
	r = r < 0 ? r : part_begin(p, t, net->n_subtasks ? t[-1].out : p->input);
	if (r == 0)
		net->n_subtasks++;
	return r;
}

enum { POINT_CHANNELS = 4 }; // of a network's input

static int parse_pentominoes(struct parser *p)
{
	if (p->input.height != PENTOMINO_SIDE || p->input.width != PENTOMINO_SIDE || p->input.channels != 3)
		return parser_refuse(p, p->line, "pictures of pentominoes: write 'input %dx%dx3 pentominoes'",
				     PENTOMINO_SIDE, PENTOMINO_SIDE);
	p->store->net.pentominoes = true;
	p->word[2] = NULL;
	return 0;
}

static int parse_input(struct parser *p)
{
	if (p->input.height)
		return parser_refuse(p, p->line, "a second 'input': a network has one");
	int r = parse_sides(p, p->word[1], &p->input);
	if (r == 0 && p->word[2] && strcmp(p->word[2], "pentominoes") == 0)
		return parse_pentominoes(p);
	if (r < 0 || !p->word[2] || strcmp(p->word[2], "points") != 0)
		return r;
	if (p->input.width != 1 || p->input.channels != POINT_CHANNELS)
		return parser_refuse(p, p->line,
				     "points have x, y, z and intensity: write 'input POINTSx1x%d points'",
				     POINT_CHANNELS);
	p->store->net.input_kind = INPUT_POINTS;
	p->word[2] = NULL;
	return 0;
}

static int parse_weights(struct parser *p)
{
	const char *file = p->word[1];
	if (p->store->weights_file[0])
		return parser_refuse(p, p->line, "a second 'weights': a network has one file");
	if (!file)
		return parser_refuse(p, p->line,
				     "'weights' without a file: write 'weights FILE.safetensors'");
	if (snprintf(p->store->weights_file, sizeof(p->store->weights_file), "%s", file) >=
	    (int)sizeof(p->store->weights_file))
		return parser_refuse(p, p->line, "the weights' name has more than %zu characters",
				     sizeof(p->store->weights_file) - 1);
	return 0;
}

static int parse_work_share(struct parser *p)
{
	if (p->store->net.work_share > 0)
		return parser_refuse(p, p->line, "a second 'work-share': a network has one");
	return parse_share(p, "the network's share of work", p->word[1], &p->store->net.work_share);
}

static int parse_line(struct parser *p)
{
	struct network *net = &p->store->net;
	const char *first = p->word[0];
	bool directive = true;
	int r = 0;
	if (strcmp(first, "network") == 0 && net->name[0])
		return parser_refuse(p, p->line, "a second 'network': a file describes one");
	if (strcmp(first, "network") != 0 && !net->name[0])
		return parser_refuse(p, p->line, "the first line must be 'network NAME'");
	if (strcmp(first, "network") == 0)
		r = parse_name(p, "network", p->word[1], net->name, sizeof(net->name));
	else if (strcmp(first, "input") == 0)
		r = parse_input(p);
	else if (strcmp(first, "weights") == 0)
		r = parse_weights(p);
	else if (strcmp(first, "subtask") == 0)
		r = begin_subtask(p);
	else if (strcmp(first, "accuracy") == 0)
		r = parse_accuracy(p);
	else if (strcmp(first, "work-share") == 0)
		r = parse_work_share(p);
	else if (strcmp(first, "exit") == 0)
		return parse_exit(p);
	else
		directive = false;
	if (r < 0 || !directive)
		return r < 0 ? r : parse_layer(p);
	if (p->word[1] && p->word[2])
		return parser_refuse(p, p->line, "'%s' after '%s %s': nothing may follow", p->word[2], first,
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
			return parser_refuse(p, p->line, "more than %d words", MAX_WORDS);
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
			return parser_refuse(p, p->line, "longer than %zu characters", sizeof(p->text) - 1);
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
		return parser_refuse(p, p->line, "the description ends without a sub-task");
	int r = part_end(p);
	const struct subtask *last = &p->store->subtasks[p->store->net.n_subtasks - 1];
	if (r == 0 && packs(last))
		return parser_refuse(p, p->line,
				     "sub-task %s is the last one: it ends in one tensor, not in 'pack'",
				     last->name);
	return r < 0 ? r : exits_finish(p);
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
