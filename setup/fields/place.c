// SPDX-License-Identifier: BSD-3-Clause
#include "setup/fields/place_private.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define MOST_SHOWN 40 // bytes of a value

size_t place_enter(struct config_place *place, const char *key, size_t index)
{
	size_t before = place->length, room = sizeof(place->path) - before;
	int n = key ? snprintf(place->path + before, room, "%s%s", before ? "." : "", key)
		    : snprintf(place->path + before, room, "[%zu]", index);
	place->length = (size_t)n < room ? before + (size_t)n : sizeof(place->path) - 1;
	return before;
}

void place_leave(struct config_place *place, size_t length)
{
	place->length = length;
	place->path[length] = '\0';
}

// As it stands in the file, or its beginning. Returns buf.
static char *show(const json_t *value, char *buf, size_t size)
{
	char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
	bool whole = text && strlen(text) < MOST_SHOWN;
	snprintf(buf, size, "%.*s%s", MOST_SHOWN - 1, text ? text : "what memory does not hold",
		 whole || !text ? "" : "..");
	free(text);
	return buf;
}

int place_refuse(const struct config_place *place, const json_t *value, const char *takes)
{
	char shown[MOST_SHOWN + 8];
	const char *path = *place->path ? place->path : "the file";
	if (!value)
		return err_set(place->err, EINVAL, "%s: %s is missing: %s is right", place->file, path,
			       takes);
	return err_set(place->err, EINVAL, "%s: %s is %s: %s is right", place->file, path,
		       show(value, shown, sizeof(shown)), takes);
}

int config_refuse(const struct config_place *place, const char *key, const char *format, ...)
{
	char text[320];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	return err_set(place->err, EINVAL, "%s: %s%s%s %s", place->file, place->path, *place->path ? "." : "",
		       key, text);
}

int config_no_memory(const struct config_place *place)
{
	return err_set(place->err, ENOMEM, "%s: no memory", place->file);
}

size_t config_count(const struct config_field *field, const void *base)
{
	const char *at = (const char *)base + field->count;
	return field->count_size == sizeof(uint32_t) ? *(const uint32_t *)at : *(const size_t *)at;
}

void config_set_count(const struct config_field *field, void *base, size_t n)
{
	char *at = (char *)base + field->count;
	if (field->count_size == sizeof(uint32_t))
		*(uint32_t *)at = (uint32_t)n;
	else
		*(size_t *)at = n;
}
