// SPDX-License-Identifier: BSD-3-Clause
// A layer as a line of a description.
#include "dnn/layers/activations.h"
#include "dnn/layers/layers.h"

// Nine digits name every float.
static void write_activation(FILE *text, const struct layer *l)
{
	const struct activation_row *a = activation_row(l->activation);
	if (a->word)
		fprintf(text, " %s", a->word);
	if (a->n_parameters > 0)
		fprintf(text, " %.9g", (double)l->alpha);
	if (a->n_parameters > 1)
		fprintf(text, " %.9g", (double)l->beta);
}

void layer_write(FILE *text, const struct layer *l, const char *const names[])
{
	static const char *const bias_words[] = {
	    [BIAS_NONE] = " no-bias", [BIAS_PLAIN] = " bias", [BIAS_FOLDED_NORM] = ""};
	const struct layer_row *row = l->row;
	fputs(row->words[row->word_of ? row->word_of(l) : 0].word, text);
	if (row->write)
		row->write(text, l, names);
	if (l->bias_kind != row->bias)
		fputs(bias_words[l->bias_kind], text);
	write_activation(text, l);
}
