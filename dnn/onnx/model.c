// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/onnx/model_private.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "dnn/onnx/scan_private.h"

int64_t model_opset(const Onnx__ModelProto *model)
{
	for (size_t i = 0; i < model->n_opset_import; i++) {
		const Onnx__OperatorSetIdProto *set = model->opset_import[i];
		if (!set->domain || !*set->domain || strcmp(set->domain, "ai.onnx") == 0)
			return set->has_version ? set->version : 0;
	}
	return 0;
}

static int check(const Onnx__ModelProto *model, const char *where, struct err *err)
{
	int64_t opset = model_opset(model);
	if (!model->graph || model->graph->n_output == 0)
		return err_set(err, EINVAL, "%s: not an ONNX model: it has no graph with an output", where);
	if (opset < ONNX_MIN_OPSET || opset > ONNX_MAX_OPSET)
		return err_set(err, EINVAL,
			       "%s: its operators are those of opset %" PRId64
			       ": opsets %d to %d are read (export it anew, or use ONNX's version converter)",
			       where, opset, ONNX_MIN_OPSET, ONNX_MAX_OPSET);
	if (model->graph->n_sparse_initializer > 0)
		return err_set(err, EINVAL, "%s: it has sparse weights: only dense ones are read", where);
	return 0;
}

int model_unpack(Onnx__ModelProto **out, const void *data, size_t size, const char *where, struct err *err)
{
	*out = NULL;
	int r = scan_message(&onnx__model_proto__descriptor, data, size, where, err);
	if (r < 0)
		return r;
	Onnx__ModelProto *model = onnx__model_proto__unpack(NULL, size, data);
	if (!model)
		return err_set(err, EINVAL, "%s: not an ONNX model: a field has another type than ONNX's",
			       where);
	r = check(model, where, err);
	if (r < 0)
		onnx__model_proto__free_unpacked(model, NULL);
	else
		*out = model;
	return r;
}
