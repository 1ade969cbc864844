// SPDX-License-Identifier: BSD-3-Clause
// One plain value from JSON into its place.
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "setup/fields/place_private.h"

int config_refuse_value(const struct config_place *place, const struct config_field *f, const json_t *value)
{
	char takes[256];
	return place_refuse(place, value, config_takes(f, takes, sizeof(takes)));
}

static bool is_between(const struct config_field *f, const json_t *value)
{
	double v = json_number_value(value);
	return v >= f->low && v <= f->high;
}

static int take_integer(const struct config_field *f, json_t *value, struct config_place *place, void *at)
{
	json_int_t v = json_integer_value(value);
	if (!json_is_integer(value) || !is_between(f, value))
		return config_refuse_value(place, f, value);
	if (f->kind == FIELD_INT)
		*(int *)at = (int)v;
	else if (f->kind == FIELD_UINT32)
		*(uint32_t *)at = (uint32_t)v;
	else
		*(int64_t *)at = v; // of either sign
	return 0;
}

static int take_number(const struct config_field *f, json_t *value, struct config_place *place, void *at)
{
	if (!json_is_number(value) || !is_between(f, value))
		return config_refuse_value(place, f, value);
	if (f->kind == FIELD_SECONDS)
		*(int64_t *)at = s_to_ns(json_number_value(value));
	else
		*(double *)at = json_number_value(value);
	return 0;
}

static int take_bool(const struct config_field *f, json_t *value, struct config_place *place, void *at)
{
	if (!json_is_boolean(value))
		return config_refuse_value(place, f, value);
	*(bool *)at = json_is_true(value);
	return 0;
}

static int take_word(const struct config_field *f, json_t *value, struct config_place *place, void *at)
{
	const char *text = json_string_value(value);
	int i = 0;
	while (text && f->words[i] && strcmp(f->words[i], text) != 0)
		i++;
	if (!text || !f->words[i])
		return config_refuse_value(place, f, value);
	if (f->size == sizeof(bool))
		*(bool *)at = i;
	else
		*(int *)at = i;
	return 0;
}

static int take_text(const struct config_field *f, json_t *value, struct config_place *place, char *at)
{
	size_t length = json_string_length(value);
	const char *text = json_string_value(value);
	if (!text || length == 0 || length >= f->size || memchr(text, '\0', length))
		return config_refuse_value(place, f, value);
	memcpy(at, text, length + 1);
	return 0;
}

static int take_hash(const struct config_field *f, json_t *value, struct config_place *place, uint64_t *at)
{
	const char *text = json_string_value(value);
	if (!text || strlen(text) != 16 || strspn(text, "0123456789abcdef") != 16)
		return config_refuse_value(place, f, value);
	*at = strtoull(text, NULL, 16);
	return 0;
}

static int take_mac(const struct config_field *f, json_t *value, struct config_place *place, uint8_t *at)
{
	const char *text = json_string_value(value);
	unsigned part[6];
	int end = 0;
	if (!text ||
	    sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%n", &part[0], &part[1], &part[2], &part[3], &part[4],
		   &part[5], &end) != 6 ||
	    text[end] != '\0' || (part[0] & 1))
		return config_refuse_value(place, f, value);
	for (int i = 0; i < 6; i++)
		at[i] = (uint8_t)part[i];
	return 0;
}

static int take_numbers(const struct config_field *f, json_t *value, struct config_place *place, void *base)
{
	double *at = (void *)((char *)base + f->offset);
	size_t i, n = json_array_size(value), most = f->size / sizeof(double);
	json_t *item;
	if (!json_is_array(value) || n < 1 || n > most)
		return config_refuse_value(place, f, value);
	json_array_foreach(value, i, item)
	{
		if (!json_is_number(item) || !is_between(f, item))
			return config_refuse_value(place, f, value);
		at[i] = json_number_value(item);
	}
	config_set_count(f, base, n);
	return 0;
}

int config_take(const struct config_field *f, json_t *value, struct config_place *place, void *base)
{
	void *at = (char *)base + f->offset;
	switch (f->kind) {
	case FIELD_INT:
	case FIELD_INT64:
	case FIELD_UINT32:
	case FIELD_UINT64:
		return take_integer(f, value, place, at);
	case FIELD_HASH:
		return take_hash(f, value, place, at);
	case FIELD_NUMBER:
	case FIELD_SECONDS:
		return take_number(f, value, place, at);
	case FIELD_BOOL:
		return take_bool(f, value, place, at);
	case FIELD_WORD:
		return take_word(f, value, place, at);
	case FIELD_TEXT:
		return take_text(f, value, place, at);
	case FIELD_MAC:
		return take_mac(f, value, place, at);
	case FIELD_NUMBERS:
		return take_numbers(f, value, place, base);
	case FIELD_OBJECT:
	case FIELD_INLINE:
	case FIELD_LIST:
	case FIELD_ROWS:
		break; // what holds others: read.c
	}
	return 0;
}
