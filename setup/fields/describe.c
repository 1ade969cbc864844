// SPDX-License-Identifier: BSD-3-Clause
// What keys take and mean, in words.
#include <math.h>

#include "setup/fields/fields.h"

static char *between(const char *what, const struct config_field *f, char *buf, size_t size)
{
	bool digits = fabs(f->low) < 1e7 && fabs(f->high) < 1e7 && f->kind != FIELD_NUMBER;
	snprintf(buf, size, digits ? "%s from %.0f to %.0f" : "%s from %g to %g", what, f->low, f->high);
	return buf;
}

static char *words(const char *const *list, char *buf, size_t size)
{
	size_t used = 0;
	buf[0] = '\0';
	for (int i = 0; list[i] && used < size; i++) {
		const char *before = i == 0 ? "" : list[i + 1] ? ", " : " or ";
		used += (size_t)snprintf(buf + used, size - used, "%s%s", before, list[i]);
	}
	return buf;
}

char *config_takes(const struct config_field *f, char *buf, size_t size)
{
	switch (f->kind) {
	case FIELD_INT:
	case FIELD_INT64:
	case FIELD_UINT32:
	case FIELD_UINT64:
		return between("a whole number", f, buf, size);
	case FIELD_NUMBER:
	case FIELD_SECONDS:
		return between("a number", f, buf, size);
	case FIELD_WORD:
		return words(f->words, buf, size);
	case FIELD_BOOL:
		snprintf(buf, size, "true or false");
		break;
	case FIELD_HASH:
		snprintf(buf, size, "a text of 16 hexadecimal digits");
		break;
	case FIELD_TEXT:
		snprintf(buf, size, "a text of 1 to %zu bytes", f->size - 1);
		break;
	case FIELD_MAC:
		snprintf(buf, size, "a unicast Ethernet address such as 02:00:00:00:00:01");
		break;
	case FIELD_NUMBERS:
		snprintf(buf, size, "a list of 1 to %zu numbers from %g to %g", f->size / sizeof(double),
			 f->low, f->high);
		break;
	case FIELD_OBJECT:
	case FIELD_INLINE:
		snprintf(buf, size, "an object");
		break;
	case FIELD_LIST:
		snprintf(buf, size, "a list of %.0f to %.0f objects", f->low, f->high);
		break;
	case FIELD_ROWS:
		snprintf(buf, size, "a list of lists: %s", f->table->fields->doc);
		break;
	}
	return buf;
}

struct walk {
	void (*fn)(const char *path, const struct config_field *field, void *user);
	void *user;
};

static void walk(const struct walk *w, const struct config_table *table, const char *before)
{
	char path[192];
	for (const struct config_field *f = table->fields; f->key; f++) {
		bool list = f->kind == FIELD_LIST || f->kind == FIELD_ROWS;
		snprintf(path, sizeof(path), "%s%s%s", before, f->key, list ? "[]." : ".");
		if (f->kind == FIELD_INLINE) {
			walk(w, f->table, before);
			continue;
		}
		if (f->table && f->kind != FIELD_ROWS)
			walk(w, f->table, path);
		snprintf(path, sizeof(path), "%s%s", before, f->key);
		if (!f->table || f->kind == FIELD_ROWS)
			w->fn(path, f, w->user);
	}
}

void config_describe(const struct config_table *table,
		     void (*fn)(const char *path, const struct config_field *field, void *user), void *user)
{
	walk(&(struct walk){fn, user}, table, "");
}
