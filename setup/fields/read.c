// SPDX-License-Identifier: BSD-3-Clause
// From a JSON object to a struct, strictly.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "setup/fields/place_private.h"

static int read_over(const struct config_table *table, json_t *object, struct config_place *place,
		     void *base);
static int take(const struct config_field *f, json_t *value, struct config_place *place, void *base);

// An array of values in the table's order.
static int take_row(const struct config_table *table, json_t *row, struct config_place *place, void *base)
{
	size_t i = 0;
	int r = 0;
	for (const struct config_field *f = table->fields; r == 0 && f->key; f++, i++) {
		size_t before = place_enter(place, f->key, 0);
		json_t *value = json_array_get(row, i);
		r = value ? take(f, value, place, base) : config_refuse_value(place, f, value);
		place_leave(place, before);
	}
	return r == 0 && json_array_size(row) > i ? place_refuse(place, row, "a shorter list") : r;
}

static int take_item(const struct config_field *f, json_t *value, struct config_place *place, void *item)
{
	if (f->kind == FIELD_ROWS)
		return json_is_array(value) ? take_row(f->table, value, place, item)
					    : place_refuse(place, value, "a list of values");
	return read_over(f->table, value, place, item);
}

static int take_list(const struct config_field *f, json_t *value, struct config_place *place, void *base)
{
	size_t i, n = json_array_size(value);
	json_t *item;
	if (!json_is_array(value) || (double)n < f->low || (double)n > f->high)
		return config_refuse_value(place, f, value);
	char *items = calloc(n ? n : 1, f->table->size);
	if (!items)
		return config_no_memory(place);
	*(void **)((char *)base + f->offset) = items;
	config_set_count(f, base, n);
	int r = 0;
	json_array_foreach(value, i, item)
	{
		size_t before = place_enter(place, NULL, i);
		r = r < 0 ? r : take_item(f, item, place, items + i * f->table->size);
		place_leave(place, before);
	}
	return r;
}

static int take(const struct config_field *f, json_t *value, struct config_place *place, void *base)
{
	if (f->kind == FIELD_OBJECT)
		return read_over(f->table, value, place, (char *)base + f->offset);
	if (f->kind == FIELD_LIST || f->kind == FIELD_ROWS)
		return take_list(f, value, place, base);
	return config_take(f, value, place, base);
}

static bool is_known(const struct config_table *table, const char *key, struct nearest *near)
{
	for (const struct config_field *f = table->fields; f->key; f++) {
		if (f->kind == FIELD_INLINE ? is_known(f->table, key, near) : strcmp(f->key, key) == 0)
			return true;
		if (f->kind != FIELD_INLINE)
			nearest_offer(near, f->key);
	}
	return false;
}

static int refuse_unknown(const struct config_table *table, json_t *object, const struct config_place *place)
{
	const char *key;
	json_t *value;
	char meant[128];
	json_object_foreach(object, key, value)
	{
		struct nearest near = nearest_to(key);
		if (!is_known(table, key, &near))
			return config_refuse(place, key, "is not a key that stands here%s",
					     nearest_text(&near, meant, sizeof(meant)));
	}
	return 0;
}

// Those of the table and of what is inline in it.
static int read_fields(const struct config_table *table, json_t *object, struct config_place *place,
		       void *base)
{
	int r = 0;
	for (const struct config_field *f = table->fields; r == 0 && f->key; f++) {
		if (f->kind == FIELD_INLINE) {
			r = read_fields(f->table, object, place, (char *)base + f->offset);
			continue;
		}
		json_t *value = json_object_get(object, f->key);
		size_t before = place_enter(place, f->key, 0);
		if (value || !f->optional)
			r = value ? take(f, value, place, base) : config_refuse_value(place, f, value);
		place_leave(place, before);
	}
	return r == 0 && table->settle ? table->settle(base, place) : r;
}

static void preset(const struct config_table *table, void *base)
{
	for (const struct config_field *f = table->fields; f->key; f++)
		if (f->kind == FIELD_OBJECT || f->kind == FIELD_INLINE)
			preset(f->table, (char *)base + f->offset);
	if (table->preset)
		table->preset(base);
}

static int read_over(const struct config_table *table, json_t *object, struct config_place *place, void *base)
{
	if (!json_is_object(object))
		return place_refuse(place, object, "an object");
	preset(table, base);
	int r = refuse_unknown(table, object, place);
	return r < 0 ? r : read_fields(table, object, place, base);
}

int config_read(const struct config_table *table, void *base, json_t *object, const char *file,
		struct err *err)
{
	struct config_place place = {.file = file, .err = err};
	memset(base, 0, table->size);
	int r = read_over(table, object, &place, base);
	if (r < 0)
		config_clear(table, base);
	return r;
}
