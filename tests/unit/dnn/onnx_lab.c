// SPDX-License-Identifier: BSD-3-Clause
#include "tests/unit/dnn/onnx_lab.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

void *maker_get(struct maker *m, size_t size)
{
	m->owned = realloc(m->owned, sizeof(*m->owned) * (size_t)(m->n_owned + 1));
	assert_non_null(m->owned);
	void *p = calloc(1, size + 1);
	assert_non_null(p);
	m->owned[m->n_owned++] = p;
	return p;
}

char *maker_text(struct maker *m, const char *format, ...)
{
	char text[256];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return strcpy(maker_get(m, strlen(text)), text);
}

// A pointer array with one more element; the old one stays until the end.
static void *append(struct maker *m, void *array, size_t *n, void *element)
{
	void **grown = maker_get(m, sizeof(void *) * (*n + 1));
	if (array)
		memcpy(grown, array, sizeof(void *) * *n);
	grown[(*n)++] = element;
	return grown;
}

void maker_open(struct maker *m, int opset)
{
	*m = (struct maker){.model = ONNX__MODEL_PROTO__INIT, .graph = ONNX__GRAPH_PROTO__INIT};
	Onnx__OperatorSetIdProto *set = maker_get(m, sizeof(*set));
	onnx__operator_set_id_proto__init(set);
	set->domain = "";
	set->has_version = 1;
	set->version = opset;
	m->model.opset_import = append(m, NULL, &m->model.n_opset_import, set);
	m->model.has_ir_version = 1;
	m->model.ir_version = 8;
}

void maker_close(struct maker *m)
{
	for (int i = 0; i < m->n_owned; i++)
		free(m->owned[i]);
	free(m->owned);
}

static Onnx__ValueInfoProto *new_info(struct maker *m, const char *name)
{
	Onnx__ValueInfoProto *info = maker_get(m, sizeof(*info));
	onnx__value_info_proto__init(info);
	info->name = maker_text(m, "%s", name);
	return info;
}

void maker_input(struct maker *m, const char *name, int rank, const int64_t *dims)
{
	Onnx__ValueInfoProto *info = new_info(m, name);
	Onnx__TypeProto *type = maker_get(m, sizeof(*type));
	Onnx__TypeProto__Tensor *tensor = maker_get(m, sizeof(*tensor));
	Onnx__TensorShapeProto *shape = maker_get(m, sizeof(*shape));
	onnx__type_proto__init(type);
	onnx__type_proto__tensor__init(tensor);
	onnx__tensor_shape_proto__init(shape);
	info->type = type;
	type->value_case = ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE;
	type->tensor_type = tensor;
	tensor->has_elem_type = 1;
	tensor->elem_type = ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT;
	tensor->shape = shape;
	for (int i = 0; i < rank; i++) {
		Onnx__TensorShapeProto__Dimension *d = maker_get(m, sizeof(*d));
		onnx__tensor_shape_proto__dimension__init(d);
		d->value_case = dims[i] == -1 ? ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM
					      : ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
		if (dims[i] == -1)
			d->dim_param = "batch";
		else
			d->dim_value = dims[i];
		shape->dim = append(m, shape->dim, &shape->n_dim, d);
	}
	m->graph.input = append(m, m->graph.input, &m->graph.n_input, info);
}

void maker_output(struct maker *m, const char *name)
{
	m->graph.output = append(m, m->graph.output, &m->graph.n_output, new_info(m, name));
}

static Onnx__TensorProto *new_tensor(struct maker *m, const char *name, int rank, const int64_t *dims,
				     int type)
{
	Onnx__TensorProto *t = maker_get(m, sizeof(*t));
	onnx__tensor_proto__init(t);
	t->name = maker_text(m, "%s", name);
	t->has_data_type = 1;
	t->data_type = type;
	t->n_dims = (size_t)rank;
	t->dims = maker_get(m, sizeof(*dims) * (size_t)rank);
	for (int i = 0; i < rank; i++)
		t->dims[i] = dims[i];
	m->graph.initializer = append(m, m->graph.initializer, &m->graph.n_initializer, t);
	return t;
}

static void set_raw(struct maker *m, Onnx__TensorProto *t, const void *values, size_t size)
{
	t->has_raw_data = 1;
	t->raw_data = (ProtobufCBinaryData){size, maker_get(m, size)};
	memcpy(t->raw_data.data, values, size);
}

Onnx__TensorProto *maker_floats(struct maker *m, const char *name, int rank, const int64_t *dims,
				const float *values)
{
	size_t n = 1;
	for (int i = 0; i < rank; i++)
		n *= (size_t)dims[i];
	Onnx__TensorProto *t = new_tensor(m, name, rank, dims, ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT);
	set_raw(m, t, values, sizeof(float) * n);
	return t;
}

Onnx__TensorProto *maker_integers(struct maker *m, const char *name, int n, const int64_t *values)
{
	Onnx__TensorProto *t = new_tensor(m, name, 1, &(int64_t){n}, ONNX__TENSOR_PROTO__DATA_TYPE__INT64);
	set_raw(m, t, values, sizeof(*values) * (size_t)n);
	return t;
}

Onnx__NodeProto *maker_node(struct maker *m, const char *op, const char *inputs, const char *output)
{
	Onnx__NodeProto *node = maker_get(m, sizeof(*node));
	onnx__node_proto__init(node);
	node->op_type = maker_text(m, "%s", op);
	node->name = maker_text(m, "node-%s", output);
	char *rest = NULL, *text = maker_text(m, "%s", inputs);
	for (char *name = strtok_r(text, " ", &rest); name; name = strtok_r(NULL, " ", &rest))
		node->input = append(m, node->input, &node->n_input, name);
	node->output = append(m, NULL, &node->n_output, maker_text(m, "%s", output));
	m->graph.node = append(m, m->graph.node, &m->graph.n_node, node);
	return node;
}

void maker_put_first(struct maker *m)
{
	size_t last = m->graph.n_node - 1;
	Onnx__NodeProto *node = m->graph.node[last];
	memmove(m->graph.node + 1, m->graph.node, sizeof(void *) * last);
	m->graph.node[0] = node;
}

static Onnx__AttributeProto *add_attribute(struct maker *m, Onnx__NodeProto *node, const char *name, int type)
{
	Onnx__AttributeProto *a = maker_get(m, sizeof(*a));
	onnx__attribute_proto__init(a);
	a->name = maker_text(m, "%s", name);
	a->has_type = 1;
	a->type = (Onnx__AttributeProto__AttributeType)type;
	node->attribute = append(m, node->attribute, &node->n_attribute, a);
	return a;
}

void maker_int(struct maker *m, Onnx__NodeProto *node, const char *name, int64_t value)
{
	Onnx__AttributeProto *a = add_attribute(m, node, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT);
	a->has_i = 1;
	a->i = value;
}

void maker_ints(struct maker *m, Onnx__NodeProto *node, const char *name, int n, const int64_t *values)
{
	Onnx__AttributeProto *a = add_attribute(m, node, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS);
	a->n_ints = (size_t)n;
	a->ints = maker_get(m, sizeof(*values) * (size_t)n);
	memcpy(a->ints, values, sizeof(*values) * (size_t)n);
}

void maker_float(struct maker *m, Onnx__NodeProto *node, const char *name, float value)
{
	Onnx__AttributeProto *a = add_attribute(m, node, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT);
	a->has_f = 1;
	a->f = value;
}

void maker_string(struct maker *m, Onnx__NodeProto *node, const char *name, const char *value)
{
	Onnx__AttributeProto *a = add_attribute(m, node, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__STRING);
	char *text = maker_text(m, "%s", value);
	a->has_s = 1;
	a->s = (ProtobufCBinaryData){strlen(text), (uint8_t *)text};
}

uint8_t *maker_pack(const struct maker *m, size_t *size)
{
	Onnx__ModelProto model = m->model;
	model.graph = (Onnx__GraphProto *)&m->graph;
	*size = onnx__model_proto__get_packed_size(&model);
	uint8_t *bytes = malloc(*size);
	assert_non_null(bytes);
	onnx__model_proto__pack(&model, bytes);
	return bytes;
}

static int save_and_open(struct network **net, const struct onnx_network *made, struct err *err)
{
	char folder[] = "/tmp/test-onnx-XXXXXX", path[64], weights[64];
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/n.net", folder);
	snprintf(weights, sizeof(weights), "%s/n.safetensors", folder);
	int r = onnx_network_save(made, path, NULL, err);
	r = r < 0 ? r : network_open(net, path, 1, err);
	unlink(path);
	unlink(weights);
	assert_int_equal(rmdir(folder), 0);
	return r;
}

int lab_import_with(struct network **net, struct onnx_network **made, const void *bytes, size_t size,
		    const struct onnx_options *options, struct err *err)
{
	struct onnx_network *imported = NULL;
	*net = NULL;
	int r = onnx_import(&imported, bytes, size, "x.onnx", options, err);
	r = r < 0 ? r : save_and_open(net, imported, err);
	if (made)
		*made = imported;
	else
		onnx_network_free(imported);
	return r;
}

int lab_import(struct network **net, struct onnx_network **made, const void *bytes, size_t size,
	       const char *const *cuts, struct err *err)
{
	struct onnx_options options = {.name = "imported", .cuts = cuts};
	return lab_import_with(net, made, bytes, size, &options, err);
}

void maker_scalar(struct maker *m, const char *name, int64_t value)
{
	maker_integers(m, name, 1, &value)->n_dims = 0;
}

int lab_import_maker(struct network **net, struct onnx_network **made, const struct maker *m,
		     const char *const *cuts, struct err *err)
{
	size_t size;
	uint8_t *bytes = maker_pack(m, &size);
	int r = lab_import(net, made, bytes, size, cuts, err);
	free(bytes);
	return r;
}
