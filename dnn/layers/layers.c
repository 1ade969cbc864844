// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/layers/layers.h"

#include <string.h>

#define LAYER_OF_KIND(NAME, name) [LAYER_##NAME] = &layer_##name,
static const struct layer_row *const rows[N_LAYER_KINDS] = {LAYER_KINDS(LAYER_OF_KIND)};

const struct layer_row *layer_row(enum layer_kind kind)
{
	return kind >= 0 && kind < N_LAYER_KINDS ? rows[kind] : NULL;
}

const struct layer_row *layer_row_of_word(const char *word, const struct layer_word **found)
{
	for (int i = 0; i < N_LAYER_KINDS; i++)
		for (int k = 0; k < LAYER_MAX_WORDS && rows[i]->words[k].word; k++)
			if (strcmp(rows[i]->words[k].word, word) == 0) {
				*found = &rows[i]->words[k];
				return rows[i];
			}
	return NULL;
}

const struct layer_row *layer_row_of_onnx(const char *operator_name)
{
	for (int i = 0; i < N_LAYER_KINDS; i++)
		for (const char *const *name = rows[i]->onnx; *name; name++)
			if (strcmp(*name, operator_name) == 0)
				return rows[i];
	return NULL;
}

bool layer_takes(const struct layer_row *row, const struct layer_option *option)
{
	for (const struct layer_option *const *o = row->options; *o; o++)
		if (*o == option)
			return true;
	return false;
}
