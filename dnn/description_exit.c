// SPDX-License-Identifier: BSD-3-Clause
// Early exits: a head's first line, and what all of them must be together.
#include <stdio.h>
#include <string.h>

#include "dnn/description_parser_private.h"

int parse_accuracy(struct parser *p)
{
	if (p->accuracy_line)
		return parser_refuse(p, p->line, "a second 'accuracy': line %d states the network's",
				     p->accuracy_line);
	p->accuracy_line = p->line;
	return parse_share(p, "the network's accuracy", p->word[1], &p->store->net.accuracy);
}

// Where a head may begin: behind a sub-task that has none yet.
static int check_place(struct parser *p)
{
	const struct network *net = &p->store->net;
	if (net->n_subtasks == 0)
		return parser_refuse(
		    p, p->line,
		    "'exit' stands before the first sub-task: write it behind the one where it leaves");
	if (net->n_exits > 0 && p->store->exit_subtasks[net->n_exits - 1] == net->n_subtasks)
		return parser_refuse(p, p->line, "sub-task %s has exit %d already: one exit a sub-task",
				     p->store->subtasks[net->n_subtasks - 1].name, net->n_exits);
	const struct subtask *before = &p->store->subtasks[net->n_subtasks - 1];
	if (before->n_layers > 0 && before->layers[before->n_layers - 1].kind == LAYER_PACK)
		return parser_refuse(
		    p, p->line, "an exit behind sub-task %s, which packs several tensors: a head reads one",
		    before->name);
	if (net->n_exits == DESCRIPTION_MAX_EXITS)
		return parser_refuse(p, p->line, "more than %d exits", DESCRIPTION_MAX_EXITS);
	return 0;
}

// Reads `exit N [accuracy A]`.
static int read_words(struct parser *p, int expected, double *accuracy)
{
	int number = 0, r = parse_count(p, "the exit's number", p->word[1], DESCRIPTION_MAX_EXITS, &number);
	if (r < 0)
		return r;
	if (number != expected)
		return parser_refuse(
		    p, p->line,
		    "exit %d is out of order: exits count from 1, from the input on; this one is "
		    "'exit %d'",
		    number, expected);
	if (!p->word[2])
		return 0;
	if (strcmp(p->word[2], "accuracy") != 0)
		return parser_refuse(p, p->line, "'%s' after 'exit %d': only 'accuracy A' may follow",
				     p->word[2], number);
	r = parse_share(p, "the exit's accuracy", p->word[3], accuracy);
	if (r == 0 && p->word[4])
		r = parser_refuse(p, p->line, "'%s' after the exit's accuracy: nothing may follow",
				  p->word[4]);
	return r;
}

int parse_exit(struct parser *p)
{
	struct network *net = &p->store->net;
	int e = net->n_exits, r = check_place(p);
	r = r < 0 ? r : part_end(p);
	r = r < 0 ? r : read_words(p, e + 1, &p->store->exit_accuracy[e]);
	if (r < 0)
		return r;
	struct subtask *head = &p->head[e];
	snprintf(head->name, sizeof(head->name), "exit%d", e + 1);
	r = part_begin(p, head, p->store->subtasks[net->n_subtasks - 1].out);
	if (r < 0)
		return r;
	p->exit_line[e] = p->line;
	p->store->exit_subtasks[e] = net->n_subtasks;
	net->n_exits++;
	return 0;
}

// All accuracies are told, or none.
static int check_told(struct parser *p, int exit)
{
	bool told = p->store->exit_accuracy[exit - 1] > 0;
	if (told == (p->accuracy_line > 0))
		return 0;
	if (told)
		return parser_refuse(
		    p, p->exit_line[exit - 1],
		    "exit %d tells its accuracy, the network does not: write 'accuracy A' above "
		    "the sub-tasks",
		    exit);
	return parser_refuse(p, p->exit_line[exit - 1],
			     "the network tells its accuracy, exit %d does not: write 'exit %d accuracy A'",
			     exit, exit);
}

static int check_exit(struct parser *p, int exit)
{
	const struct network *net = &p->store->net;
	const struct subtask *last = &p->store->subtasks[net->n_subtasks - 1], *head = &p->head[exit - 1];
	int line = p->exit_line[exit - 1];
	if (p->store->exit_subtasks[exit - 1] == net->n_subtasks)
		return parser_refuse(
		    p, line,
		    "exit %d stands behind the last sub-task %s, where the network ends: write it "
		    "behind an earlier one",
		    exit, last->name);
	if (memcmp(&head->out, &last->out, sizeof(head->out)) != 0)
		return parser_refuse(
		    p, line,
		    "exit %d answers %dx%dx%d, the network %dx%dx%d: a head must end in the shape "
		    "of the network's result",
		    exit, head->out.height, head->out.width, head->out.channels, last->out.height,
		    last->out.width, last->out.channels);
	return check_told(p, exit);
}

int exits_finish(struct parser *p)
{
	struct network_store *store = p->store;
	struct network *net = &store->net;
	for (int e = 1; e <= net->n_exits; e++) {
		int r = check_exit(p, e);
		if (r < 0)
			return r;
		store->subtasks[network_head(net, e)] = p->head[e - 1];
	}
	net->exit_subtasks = store->exit_subtasks;
	net->exit_accuracy = net->accuracy > 0 ? store->exit_accuracy : NULL;
	return 0;
}
