// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/onnx/constant_private.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "dnn/half.h"

// How a type is stored: bytes a value in raw_data, and which repeated field holds it otherwise.
static const struct stored {
	int type;
	int bytes;
	enum { FIELD_FLOAT, FIELD_INT32, FIELD_INT64, FIELD_DOUBLE } field;
	bool is_integer;
} stored_types[] = {
    {ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT, 4, FIELD_FLOAT, false},
    {ONNX__TENSOR_PROTO__DATA_TYPE__DOUBLE, 8, FIELD_DOUBLE, false},
    {ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT16, 2, FIELD_INT32, false},
    {ONNX__TENSOR_PROTO__DATA_TYPE__BFLOAT16, 2, FIELD_INT32, false},
    {ONNX__TENSOR_PROTO__DATA_TYPE__INT64, 8, FIELD_INT64, true},
    {ONNX__TENSOR_PROTO__DATA_TYPE__INT32, 4, FIELD_INT32, true},
    {ONNX__TENSOR_PROTO__DATA_TYPE__INT16, 2, FIELD_INT32, true},
    {ONNX__TENSOR_PROTO__DATA_TYPE__INT8, 1, FIELD_INT32, true},
    {ONNX__TENSOR_PROTO__DATA_TYPE__UINT16, 2, FIELD_INT32, true},
    {ONNX__TENSOR_PROTO__DATA_TYPE__UINT8, 1, FIELD_INT32, true},
    {ONNX__TENSOR_PROTO__DATA_TYPE__BOOL, 1, FIELD_INT32, true},
};

static const struct stored *find_type(const Onnx__TensorProto *t)
{
	for (size_t i = 0; i < sizeof(stored_types) / sizeof(stored_types[0]); i++)
		if (t->has_data_type && t->data_type == stored_types[i].type)
			return &stored_types[i];
	return NULL;
}

static int64_t values_present(const Onnx__TensorProto *t, const struct stored *type)
{
	if (t->has_raw_data)
		return t->raw_data.len % (size_t)type->bytes
			   ? -1
			   : (int64_t)(t->raw_data.len / (size_t)type->bytes);
	switch (type->field) {
	case FIELD_FLOAT:
		return (int64_t)t->n_float_data;
	case FIELD_INT32:
		return (int64_t)t->n_int32_data;
	case FIELD_INT64:
		return (int64_t)t->n_int64_data;
	case FIELD_DOUBLE:
		return (int64_t)t->n_double_data;
	}
	return -1;
}

static int read_shape(struct constant *c, const Onnx__TensorProto *t, const char *where, struct err *err)
{
	if (t->n_dims > ONNX_MAX_RANK)
		return err_set(err, EINVAL, "%s: tensor '%.80s' has %zu dimensions: at most %d", where,
			       t->name ? t->name : "", t->n_dims, ONNX_MAX_RANK);
	c->rank = (int)t->n_dims;
	c->values = 1;
	for (int i = 0; i < c->rank; i++) {
		c->dims[i] = t->dims[i];
		if (c->dims[i] < 0)
			return err_set(err, EINVAL,
				       "%s: tensor '%.80s': dimension %d is %" PRId64
				       ": it cannot be negative",
				       where, t->name ? t->name : "", i, c->dims[i]);
		if (__builtin_mul_overflow(c->values, c->dims[i], &c->values))
			return err_set(err, EINVAL, "%s: tensor '%.80s' is larger than any file", where,
				       t->name ? t->name : "");
	}
	return 0;
}

int constant_from_tensor(struct constant *c, const Onnx__TensorProto *t, const char *where, struct err *err)
{
	const char *name = t->name ? t->name : "";
	*c = (struct constant){.tensor = t};
	if (t->n_external_data > 0 ||
	    (t->has_data_location && t->data_location == ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL))
		return err_set(err, EINVAL,
			       "%s: tensor '%.80s' lies in another file: only data within the model is read "
			       "(save it with its weights inside)",
			       where, name);
	const struct stored *type = find_type(t);
	if (!type)
		return err_set(
		    err, EINVAL,
		    "%s: tensor '%.80s' has ONNX's data type %d: there are float, double, float16, "
		    "bfloat16, int64, int32, int16, int8, uint16, uint8 and bool",
		    where, name, t->data_type);
	c->is_integer = type->is_integer;
	int r = read_shape(c, t, where, err);
	if (r < 0)
		return r;
	int64_t present = values_present(t, type);
	if (present != c->values)
		return err_set(
		    err, EINVAL, "%s: tensor '%.80s' claims %" PRId64 " values, the file holds %s%" PRId64,
		    where, name, c->values, present < 0 ? "a broken number of bytes, " : "", present);
	return 0;
}

void constant_from_floats(struct constant *c, const float *values, int64_t n, bool scalar)
{
	*c = (struct constant){.floats = values, .rank = !scalar, .dims = {n}, .values = n};
}

void constant_from_integers(struct constant *c, const int64_t *values, int64_t n, bool scalar)
{
	*c = (struct constant){
	    .integers = values, .rank = !scalar, .dims = {n}, .values = n, .is_integer = true};
}

// raw_data is little-endian, as this machine is (dnn/safetensors_write.c asserts it).
static uint64_t raw_bits(const Onnx__TensorProto *t, int64_t i, int bytes)
{
	uint64_t bits = 0;
	memcpy(&bits, t->raw_data.data + (size_t)i * (size_t)bytes, (size_t)bytes);
	return bits;
}

static double real_from_bits(uint64_t bits, int type)
{
	double wide;
	switch (type) {
	case ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT:
		return (double)float_from_bits((uint32_t)bits);
	case ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT16:
		return (double)float_from_half((uint16_t)bits);
	case ONNX__TENSOR_PROTO__DATA_TYPE__BFLOAT16:
		return (double)float_from_bits((uint32_t)(bits & 0xffff) << 16);
	default:
		memcpy(&wide, &bits, sizeof(wide));
		return wide;
	}
}

static double tensor_real(const Onnx__TensorProto *t, int64_t i)
{
	const struct stored *type = find_type(t);
	if (t->has_raw_data)
		return real_from_bits(raw_bits(t, i, type->bytes), t->data_type);
	if (type->field == FIELD_FLOAT)
		return (double)t->float_data[i];
	return type->field == FIELD_DOUBLE ? t->double_data[i]
					   : real_from_bits((uint32_t)t->int32_data[i], t->data_type);
}

static int64_t tensor_integer(const Onnx__TensorProto *t, int64_t i)
{
	const struct stored *type = find_type(t);
	if (!t->has_raw_data)
		return type->field == FIELD_INT64 ? t->int64_data[i] : t->int32_data[i];
	uint64_t bits = raw_bits(t, i, type->bytes);
	switch (type->type) {
	case ONNX__TENSOR_PROTO__DATA_TYPE__INT32:
		return (int32_t)(uint32_t)bits;
	case ONNX__TENSOR_PROTO__DATA_TYPE__INT16:
		return (int16_t)(uint16_t)bits;
	case ONNX__TENSOR_PROTO__DATA_TYPE__INT8:
		return (int8_t)(uint8_t)bits;
	default:
		return (int64_t)bits;
	}
}

double constant_real(const struct constant *c, int64_t i)
{
	if (c->is_integer)
		return (double)constant_integer(c, i);
	return c->tensor ? tensor_real(c->tensor, i) : (double)c->floats[i];
}

int64_t constant_integer(const struct constant *c, int64_t i)
{
	if (!c->is_integer)
		return 0;
	return c->tensor ? tensor_integer(c->tensor, i) : c->integers[i];
}

bool constant_is_of_batch(const struct constant *c, int64_t i)
{
	return c->of_batch && c->of_batch[i];
}

bool constant_has_batch(const struct constant *c)
{
	for (int64_t i = 0; c->of_batch && i < c->values; i++)
		if (c->of_batch[i])
			return true;
	return false;
}

bool constant_scalar(const struct constant *c, double *out)
{
	if (c->values != 1)
		return false;
	*out = constant_real(c, 0);
	return true;
}

int64_t sides_product(const int64_t *sides, int from, int to)
{
	int64_t product = 1;
	for (int i = from; i < to; i++)
		if (__builtin_mul_overflow(product, sides[i], &product))
			return -1;
	return product;
}
