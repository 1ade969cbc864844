// SPDX-License-Identifier: BSD-3-Clause
// From a struct to JSON.
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "setup/fields/place_private.h"

static json_t *write_word(const struct config_field *f, const void *at)
{
	return json_string(f->words[f->size == sizeof(bool) ? *(const bool *)at : *(const int *)at]);
}

static json_t *write_mac(const uint8_t *at)
{
	return json_sprintf("%02x:%02x:%02x:%02x:%02x:%02x", at[0], at[1], at[2], at[3], at[4], at[5]);
}

static json_t *write_numbers(const struct config_field *f, const void *base)
{
	const double *at = (const void *)((const char *)base + f->offset);
	json_t *list = json_array();
	int failed = !list;
	for (size_t i = 0; i < config_count(f, base) && !failed; i++)
		failed = json_array_append_new(list, json_real(at[i])) < 0;
	if (!failed)
		return list;
	json_decref(list);
	return NULL;
}

static json_t *write_value(const struct config_field *f, const void *base);

// One item of a list of rows.
static json_t *write_row(const struct config_table *table, const void *base)
{
	json_t *row = json_array();
	int failed = !row;
	for (const struct config_field *f = table->fields; f->key && !failed; f++)
		failed = json_array_append_new(row, write_value(f, base)) < 0;
	if (!failed)
		return row;
	json_decref(row);
	return NULL;
}

static json_t *write_list(const struct config_field *f, const void *base)
{
	const char *items = *(const char *const *)((const char *)base + f->offset);
	json_t *list = json_array();
	int failed = !list;
	for (size_t i = 0; i < config_count(f, base) && !failed; i++) {
		const void *item = items + i * f->table->size;
		failed =
		    json_array_append_new(list, f->kind == FIELD_ROWS ? write_row(f->table, item)
								      : config_write(f->table, item)) < 0;
	}
	if (!failed)
		return list;
	json_decref(list);
	return NULL;
}

static json_t *write_value(const struct config_field *f, const void *base)
{
	const void *at = (const char *)base + f->offset;
	switch (f->kind) {
	case FIELD_INT:
		return json_integer(*(const int *)at);
	case FIELD_INT64:
		return json_integer(*(const int64_t *)at);
	case FIELD_UINT32:
		return json_integer(*(const uint32_t *)at);
	case FIELD_UINT64:
		return json_integer((json_int_t) * (const uint64_t *)at);
	case FIELD_HASH:
		return json_sprintf("%016" PRIx64, *(const uint64_t *)at);
	case FIELD_NUMBER:
		return json_real(*(const double *)at);
	case FIELD_SECONDS:
		return json_real(ns_to_s(*(const int64_t *)at));
	case FIELD_BOOL:
		return json_boolean(*(const bool *)at);
	case FIELD_WORD:
		return write_word(f, at);
	case FIELD_TEXT:
		return json_string(at);
	case FIELD_MAC:
		return write_mac(at);
	case FIELD_NUMBERS:
		return write_numbers(f, base);
	case FIELD_OBJECT:
	case FIELD_INLINE:
		return config_write(f->table, at);
	case FIELD_LIST:
	case FIELD_ROWS:
		return write_list(f, base);
	}
	return NULL;
}

static bool is_left_out(const struct config_field *f, const void *base)
{
	const void *at = (const char *)base + f->offset;
	if (!f->optional)
		return false;
	return (f->kind == FIELD_NUMBER && isnan(*(const double *)at)) ||
	       (f->kind == FIELD_TEXT && !*(const char *)at) ||
	       (f->kind == FIELD_LIST && config_count(f, base) == 0);
}

static int write_field(json_t *object, const struct config_field *f, const void *base)
{
	if (is_left_out(f, base))
		return 0;
	json_t *value = write_value(f, base);
	if (f->kind != FIELD_INLINE)
		return json_object_set_new(object, f->key, value);
	int failed = value ? json_object_update(object, value) : -1;
	json_decref(value);
	return failed;
}

json_t *config_write(const struct config_table *table, const void *base)
{
	json_t *object = json_object();
	int failed = !object;
	for (const struct config_field *f = table->fields; f->key && !failed; f++)
		failed = write_field(object, f, base) < 0;
	if (!failed)
		return object;
	json_decref(object);
	return NULL;
}
