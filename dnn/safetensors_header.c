// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/safetensors_header_private.h"

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	size_t bytes; // of a value
} types[] = {
    [SAFETENSOR_F32] = {"F32", 4},
    [SAFETENSOR_F16] = {"F16", 2},
    [SAFETENSOR_BF16] = {"BF16", 2},
};
enum { N_TYPES = sizeof(types) / sizeof(types[0]) };

size_t safetensor_bytes(const struct safetensor *t)
{
	return (size_t)t->values * types[t->type].bytes;
}

static int refuse(const struct safetensors_header *h, const struct safetensor *t, const char *reason)
{
	return err_set(h->err, EINVAL, "%s: tensor %.80s: %s", h->where, t->name, reason);
}

static int read_type(const struct safetensors_header *h, struct safetensor *t, const char *name)
{
	for (int i = 0; i < N_TYPES; i++) {
		if (strcmp(types[i].name, name) == 0) {
			t->type = (enum safetensor_type)i;
			return 0;
		}
	}
	return err_set(h->err, EINVAL, "%s: tensor %.80s: its dtype is %.16s: there are F32, F16, BF16",
		       h->where, t->name, name);
}

// A product of sides that no file can hold is refused before it overflows.
static int read_shape(const struct safetensors_header *h, struct safetensor *t, const json_t *shape)
{
	if (json_array_size(shape) > SAFETENSORS_MAX_DIMS)
		return refuse(h, t, "it has more than 8 dimensions");
	t->n_dims = (int)json_array_size(shape);
	t->values = 1;
	for (int i = 0; i < t->n_dims; i++) {
		const json_t *side = json_array_get(shape, (size_t)i);
		t->shape[i] = json_integer_value(side);
		if (!json_is_integer(side) || t->shape[i] < 0)
			return refuse(h, t, "its shape must be whole numbers from 0");
		if (__builtin_mul_overflow(t->values, t->shape[i], &t->values) || t->values > INT64_MAX / 4)
			return refuse(h, t, "its shape is larger than any file");
	}
	return 0;
}

static int read_offsets(const struct safetensors_header *h, struct safetensor *t, const json_t *offsets)
{
	const json_t *first = json_array_get(offsets, 0), *second = json_array_get(offsets, 1);
	if (json_array_size(offsets) != 2 || !json_is_integer(first) || !json_is_integer(second))
		return refuse(h, t, "its data_offsets must be two whole numbers");
	json_int_t begin = json_integer_value(first), end = json_integer_value(second);
	if (begin < 0 || end < begin || (uint64_t)end > h->body_size)
		return err_set(
		    h->err, EINVAL,
		    "%s: tensor %.80s: its bytes %lld to %lld are not within the file's %zu (is it "
		    "truncated?)",
		    h->where, t->name, (long long)begin, (long long)end, h->body_size);
	if ((uint64_t)(end - begin) != safetensor_bytes(t))
		return err_set(h->err, EINVAL,
			       "%s: tensor %.80s: its shape takes %zu bytes, its data_offsets hold %lld",
			       h->where, t->name, safetensor_bytes(t), (long long)(end - begin));
	t->data = h->body + begin;
	return 0;
}

static int read_tensor(const struct safetensors_header *h, struct safetensor *t, const char *name,
		       json_t *value)
{
	for (const char *c = name; *c; c++)
		if (iscntrl((unsigned char)*c))
			return err_set(h->err, EINVAL, "%s: a tensor's name has control characters",
				       h->where);
	t->name = strdup(name);
	if (!t->name)
		return err_set(h->err, ENOMEM, "no memory for %s", h->where);
	const char *type;
	json_t *shape, *offsets;
	if (json_unpack_ex(value, NULL, JSON_STRICT, "{s:s, s:o, s:o !}", "dtype", &type, "shape", &shape,
			   "data_offsets", &offsets) < 0 ||
	    !json_is_array(shape) || !json_is_array(offsets))
		return refuse(h, t, "it must have dtype, shape, data_offsets and nothing else");
	int r = read_type(h, t, type);
	r = r < 0 ? r : read_shape(h, t, shape);
	return r < 0 ? r : read_offsets(h, t, offsets);
}

static int read_object(const struct safetensors_header *h, json_t *object, struct safetensor *tensors, int *n)
{
	const char *name;
	json_t *value;
	json_object_foreach(object, name, value)
	{
		if (strcmp(name, "__metadata__") == 0)
			continue;
		int r = read_tensor(h, &tensors[*n], name, value);
		*n += 1; // its name is freed whatever became of the rest
		if (r < 0)
			return r;
	}
	return 0;
}

int header_read(const struct safetensors_header *h, struct safetensor **tensors, int *n)
{
	json_error_t where;
	json_t *object = json_loadb(h->text, h->length, JSON_REJECT_DUPLICATES, &where);
	if (!object)
		return err_set(h->err, EINVAL,
			       "%s: not a safetensors file, or its header is damaged: %.100s at byte %d",
			       h->where, where.text, 8 + where.position);
	size_t size = json_object_size(object);
	int r = 0;
	if (!json_is_object(object) || size > SAFETENSORS_MAX_TENSORS)
		r = err_set(h->err, EINVAL, "%s: its header must be an object of at most %d tensors",
			    h->where, SAFETENSORS_MAX_TENSORS);
	else if (!(*tensors = calloc(size + 1, sizeof(**tensors))))
		r = err_set(h->err, ENOMEM, "no memory for %s", h->where);
	else
		r = read_object(h, object, *tensors, n);
	json_decref(object);
	return r;
}

void header_free_tensors(struct safetensor *tensors, int n)
{
	for (int i = 0; i < n; i++)
		free(tensors[i].name);
	free(tensors);
}

static json_t *describe(const struct safetensor *t, size_t begin)
{
	json_int_t first = (json_int_t)begin, end = first + (json_int_t)safetensor_bytes(t);
	json_t *shape = json_array();
	for (int i = 0; i < t->n_dims; i++)
		json_array_append_new(shape, json_integer(t->shape[i]));
	return json_pack("{s:s, s:o, s:[I, I]}", "dtype", types[t->type].name, "shape", shape, "data_offsets",
			 first, end);
}

char *header_write(const struct safetensor *tensors, int n, size_t *size)
{
	json_t *object = json_object();
	size_t begin = 0;
	for (int i = 0; i < n; i++) {
		if (json_object_set_new(object, tensors[i].name, describe(&tensors[i], begin)) < 0) {
			json_decref(object);
			return NULL;
		}
		begin += safetensor_bytes(&tensors[i]);
	}
	size_t length = json_dumpb(object, NULL, 0, JSON_COMPACT), padded = (length + 7) / 8 * 8;
	char *header = malloc(8 + padded);
	if (header) {
		json_dumpb(object, header + 8, length, JSON_COMPACT);
		memset(header + 8 + length, ' ', padded - length);
		for (int i = 0; i < 8; i++)
			header[i] = (char)(padded >> 8 * i & 0xff);
		*size = 8 + padded;
	}
	json_decref(object);
	return header;
}
