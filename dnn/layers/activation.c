// SPDX-License-Identifier: BSD-3-Clause
// An activation as a layer of its own. Which there are: activations.c.
#include <stdio.h>
#include <string.h>

#include "dnn/cuda/steps.h"
#include "dnn/description_parser_private.h"
#include "dnn/layers/activations.h"
#include "dnn/onednn_recipe_private.h"

static int activation_read(struct parser *p, struct layer *l)
{
	char words[160] = "";
	if (activation_of_word(p->word[1]))
		return option_activation.read(p, l, 1);
	for (enum activation a = ACTIVATION_NONE + 1; a < N_ACTIVATIONS; a++) {
		size_t n = strlen(words);
		snprintf(words + n, sizeof(words) - n, "%s%s", n ? ", " : "", activation_row(a)->word);
	}
	return parser_refuse(p, p->line, "'%s' is not an activation: there are %s",
			     p->word[1] ? p->word[1] : "", words);
}

static int activation_reference(const struct layer *l, const struct layer_tensors *t)
{
	memcpy(t->out, t->in[0], sizeof(double) * (size_t)shape_values(l->out));
	return 0;
}

const struct layer_row layer_activation = {
    .kind = LAYER_ACTIVATION,
    .words = {{"activate", 0, activation_read}},
    .options = {&option_from},
    .size = layer_size_as_input,
    .reference = activation_reference,
    .onednn = &(const struct layer_onednn){.describe = recipe_eltwise, .is_activation = true},
    .cuda = &(const struct layer_cuda){STEP_KERNEL, KERNEL_ACTIVATE, NULL, NULL},
};
