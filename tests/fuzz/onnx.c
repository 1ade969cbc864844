// SPDX-License-Identifier: BSD-3-Clause
// ONNX models; whatever is imported must be a description with weights that fit it.
#include <stdlib.h>

#include "dnn/network.h"
#include "dnn/onnx/import.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (int way = 0; way < 4; way++) {
		bool keep = way % 2;
		struct onnx_options options = {.name = "fuzz", .keep_all = keep, .exits = way / 2};
		struct onnx_network *made;
		struct network *net = NULL;
		struct err err;
		if (onnx_import(&made, data, size, "fuzz.onnx", &options, &err) < 0)
			continue;
		int64_t values = 0;
		for (int i = 0; i < made->n_tensors; i++)
			values += made->tensors[i].values;
		if (!keep && values < 100000 && network_parse(&net, made->description, "fuzz", 1, &err) < 0)
			abort();
		network_free(net);
		onnx_network_free(made);
	}
	return 0;
}
