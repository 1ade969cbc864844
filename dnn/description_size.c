// SPDX-License-Identifier: BSD-3-Clause
// Shapes and work of a layer, from its inputs and its row.
#include "dnn/description_parser_private.h"

#include <string.h>

struct shape input_shape(const struct parser *p, int input)
{
	return input < 0 ? p->subtask->in : p->store->layers[p->first_layer + input].out;
}

int layer_size_as_input(struct parser *p, struct layer *l)
{
	(void)p;
	l->out = l->in;
	return 0;
}

// Several tensors come in one by one, and leave a sub-task only.
static int check_packing(struct parser *p, const struct layer *l)
{
	const struct subtask *above = part_packed(p);
	bool is_head = strcmp(part_kind(p), "head") == 0;
	if (is_head && l->kind == LAYER_PACK)
		return parser_refuse(p, p->line, "'pack' in head %s: it answers with one tensor",
				     p->subtask->name);
	for (int i = 0; above && l->kind != LAYER_UNPACK && i < l->n_inputs; i++)
		if (l->input[i] < 0)
			return parser_refuse(p, p->line,
					     "sub-task %s packs %d tensors: take one with 'unpack NUMBER as "
					     "NAME' and read that",
					     above->name, above->layers[above->n_layers - 1].n_inputs);
	return 0;
}

int layer_size(struct parser *p, struct layer *l)
{
	l->in = input_shape(p, l->input[0]);
	int r = check_packing(p, l);
	r = r < 0 ? r : l->row->size(p, l);
	if (r < 0)
		return r;
	int64_t weights = layer_weight_values(l);
	p->weights += weights;
	if (shape_values(l->out) > DESCRIPTION_MAX_VALUES || p->weights > DESCRIPTION_MAX_WEIGHTS)
		return parser_refuse(p, p->line,
				     "too large: a tensor holds at most %d values, a network %d weights",
				     DESCRIPTION_MAX_VALUES, DESCRIPTION_MAX_WEIGHTS);
	l->macs = weights * l->out.height * l->out.width;
	l->distance_flop = l->row->distance_flop ? l->row->distance_flop(l) : 0;
	return 0;
}
