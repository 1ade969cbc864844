// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/layers/inputs.h"

#include <string.h>

#include "dnn/description_parser_private.h"

int inputs_read_second(struct parser *p, struct layer *l)
{
	l->n_inputs = 2;
	return find_layer(p, p->word[1], &l->input[1]);
}

void inputs_write_second(FILE *text, const struct layer *l, const char *const names[])
{
	(void)l;
	fprintf(text, " %s", names[1]);
}

int inputs_read_all(struct parser *p, struct layer *l)
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

void inputs_write_all(FILE *text, const struct layer *l, const char *const names[])
{
	for (int i = 0; i < l->n_inputs; i++)
		fprintf(text, "%s%s", i ? "," : " ", names[i]);
}

int inputs_in_turn(const struct layer *l, const struct layer_tensors *t)
{
	double *out = t->out;
	for (int i = 0; i < l->n_inputs; i++) {
		int64_t values = shape_values(t->from[i]);
		memcpy(out, t->in[i], sizeof(double) * (size_t)values);
		out += values;
	}
	return 0;
}
