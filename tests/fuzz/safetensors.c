// SPDX-License-Identifier: BSD-3-Clause
// Weights: the file alone, and as those of a network.
#include "dnn/safetensors.h"

#include <stdlib.h>

#include "dnn/network.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char text[] =
	    "network n\ninput 2x2x4\nsubtask A\nconv 1x1 2 groups 2\nsubtask B\nfc 1 no-bias\n";
	struct safetensors *file;
	struct network *net;
	struct err err;
	if (safetensors_parse(&file, data, size, "fuzz", &err) == 0) {
		for (int i = 0; i < safetensors_count(file); i++) {
			const struct safetensor *t = safetensors_at(file, i);
			float *values = malloc(sizeof(float) * (size_t)(t->values + 1));
			if (values)
				safetensors_read(file, t, values, &err);
			free(values);
		}
		safetensors_close(file);
	}
	if (network_parse_with_weights(&net, text, data, size, "fuzz", &err) == 0)
		network_free(net);
	return 0;
}
