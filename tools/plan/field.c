// SPDX-License-Identifier: BSD-3-Clause
#include "tools/plan/field.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *name_of(const struct field *field)
{
	return field->path[0] ? field->path : "the document";
}

static const char *type_of(const json_t *value)
{
	static const char *const names[] = {
	    [JSON_OBJECT] = "an object", [JSON_ARRAY] = "an array", [JSON_STRING] = "a string",
	    [JSON_INTEGER] = "a number", [JSON_REAL] = "a number",  [JSON_TRUE] = "true",
	    [JSON_FALSE] = "false",	 [JSON_NULL] = "null"};
	return names[json_typeof(value)];
}

static int wrong_type(const struct field *field, const char *right)
{
	return err_set(field->err, EINVAL, "%s is %s: must be %s", name_of(field), type_of(field->value),
		       right);
}

int field_member(const struct field *object, const char *key, bool optional, struct field *out)
{
	*out = (struct field){.value = json_object_get(object->value, key), .err = object->err};
	snprintf(out->path, sizeof(out->path), "%.60s%s%.30s", object->path, object->path[0] ? "." : "", key);
	if (!out->value && !optional)
		return err_set(out->err, EINVAL, "%s is missing", out->path);
	return 0;
}

int field_object(const struct field *field, const char *const keys[])
{
	if (!json_is_object(field->value))
		return wrong_type(field, "an object");
	char known[300] = "";
	for (const char *const *key = keys; *key; key++) {
		size_t used = strlen(known);
		snprintf(known + used, sizeof(known) - used, "%s%s", used ? ", " : "", *key);
	}
	// json_object_iter wants a pointer to non-const and does not write through it.
	json_t *object = (json_t *)field->value;
	for (void *i = json_object_iter(object); i; i = json_object_iter_next(object, i)) {
		const char *const *key = keys;
		while (*key && strcmp(*key, json_object_iter_key(i)) != 0)
			key++;
		if (!*key)
			return err_set(field->err, EINVAL, "%s has an unknown key '%.40s': there are %s",
				       name_of(field), json_object_iter_key(i), known);
	}
	return 0;
}

int field_array(const struct field *field, int low, int high, int *size)
{
	if (!json_is_array(field->value))
		return wrong_type(field, "an array");
	size_t n = json_array_size(field->value);
	if (n < (size_t)low || n > (size_t)high)
		return err_set(field->err, EINVAL, "%s has %zu elements: must have %d to %d", name_of(field),
			       n, low, high);
	*size = (int)n;
	return 0;
}

struct field field_element(const struct field *array, int i)
{
	struct field out = {.value = json_array_get(array->value, (size_t)i), .err = array->err};
	snprintf(out.path, sizeof(out.path), "%.80s[%d]", array->path, i);
	return out;
}

int field_number(const struct field *field, struct bounds bounds, double *out)
{
	*out = 0;
	if (!field->value)
		return 0;
	if (!json_is_number(field->value))
		return wrong_type(field, "a number");
	double x = json_number_value(field->value);
	if (isfinite(x) && x <= bounds.high && (bounds.low_open ? x > bounds.low : x >= bounds.low)) {
		*out = x;
		return 0;
	}
	return err_set(field->err, EINVAL, "%s is %g: must be %s %g and at most %g", name_of(field), x,
		       bounds.low_open ? "above" : "at least", bounds.low, bounds.high);
}

int field_number_of(const struct field *object, const char *key, bool optional, struct bounds bounds,
		    double *out)
{
	struct field field;
	int rc = field_member(object, key, optional, &field);
	return rc ? rc : field_number(&field, bounds, out);
}

int field_integer_of(const struct field *object, const char *key, int low, int high, int *out)
{
	struct field field;
	double x = 0;
	int rc = field_member(object, key, true, &field);
	rc = rc ? rc : field_number(&field, (struct bounds){low, high, false}, &x);
	*out = (int)x;
	if (rc == 0 && x != *out)
		return err_set(field.err, EINVAL, "%s is %g: must be a whole number", field.path, x);
	return rc;
}
