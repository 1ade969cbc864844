// SPDX-License-Identifier: BSD-3-Clause
// Network descriptions. Weights are drawn only for small networks: drawing is slow and reads nothing.
#include "dnn/dag/recut.h"

#include <stdlib.h>
#include <string.h>

#include "dnn/layers/layers.h"
#include "fuzz.h"

enum { MOST_CUT_LAYERS = 64 }; // a search among cuts takes its time

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct network_store *store = calloc(1, sizeof(*store));
	char *text = malloc(size + 1);
	struct err err;
	if (!store || !text)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	if (description_parse(store, text, "fuzz", &err) == 0) {
		int64_t values = 0;
		for (int i = 0; i < store->n_layers; i++)
			values +=
			    layer_weight_values(&store->layers[i]) + layer_bias_values(&store->layers[i]);
		if (values < 10000 && weights_draw(store) < 0)
			abort();
		if (store->n_layers <= MOST_CUT_LAYERS)
			network_recut(store, "branches", &err);
	}
	free(store->recut);
	free(store->weights);
	free(store);
	free(text);
	return 0;
}
