// SPDX-License-Identifier: BSD-3-Clause
#include "setup/cell/strict_json.h"

#include <errno.h>
#include <stdio.h>

void json_refuse(struct json_reader *r, const char *key, const char *text)
{
	if (r->rc == 0)
		r->rc = err_set(r->err, EINVAL, "%s: %s: %s", r->where, key, text);
}

void json_refuse_unknown_key(struct json_reader *r, const char *key)
{
	json_refuse(r, key, "unknown key");
}

json_t *json_value_of(struct json_reader *r, const char *key, bool required)
{
	json_t *value = json_object_get(r->object, key);
	if (!value && required)
		json_refuse(r, key, "this key is missing");
	return value;
}

void json_read_number(struct json_reader *r, const char *key, bool required, double low, double high,
		      double *out)
{
	json_t *value = json_value_of(r, key, required);
	char text[128];
	if (!value)
		return;
	if (!json_is_number(value) || json_number_value(value) < low || json_number_value(value) > high) {
		snprintf(text, sizeof(text), "must be a number from %g to %g", low, high);
		json_refuse(r, key, text);
		return;
	}
	*out = json_number_value(value);
}

void json_read_integer(struct json_reader *r, const char *key, int64_t low, int64_t high, int64_t *out)
{
	json_t *value = json_value_of(r, key, false);
	char text[128];
	if (!value)
		return;
	if (!json_is_integer(value) || json_integer_value(value) < low || json_integer_value(value) > high) {
		snprintf(text, sizeof(text), "must be a whole number from %lld to %lld", (long long)low,
			 (long long)high);
		json_refuse(r, key, text);
		return;
	}
	*out = json_integer_value(value);
}

const char *json_read_text(struct json_reader *r, const char *key, bool required)
{
	json_t *value = json_value_of(r, key, required);
	if (!value)
		return NULL;
	if (!json_is_string(value) || json_string_length(value) == 0) {
		json_refuse(r, key, "must be a text");
		return NULL;
	}
	return json_string_value(value);
}
