// SPDX-License-Identifier: BSD-3-Clause
// Whole files, and the memory of lists.
#include <errno.h>
#include <stdlib.h>

#include "setup/fields/place_private.h"

int config_save(const struct config_table *table, const void *base, const char *path, struct err *err)
{
	json_t *object = config_write(table, base);
	if (!object)
		return err_set(err, EDOM, "%s: a number is not finite, or there is no memory", path);
	int r = json_dump_file(object, path, JSON_INDENT(1)) == 0
		    ? 0
		    : err_sys(err, errno, "cannot write %s", path);
	json_decref(object);
	return r;
}

int config_load(const struct config_table *table, void *base, const char *path, struct err *err)
{
	json_error_t syntax;
	json_t *object = json_load_file(path, JSON_REJECT_DUPLICATES, &syntax);
	if (!object && syntax.line > 0)
		return err_set(err, EINVAL, "%s:%d:%d: %s", path, syntax.line, syntax.column, syntax.text);
	if (!object) // "unable to open FILE: reason"
		return err_set(err, ENOENT, "%s", syntax.text);
	int r = config_read(table, base, object, path, err);
	json_decref(object);
	return r;
}

static void clear_list(const struct config_field *f, void *base)
{
	char **items = (void *)((char *)base + f->offset);
	size_t n = *items ? config_count(f, base) : 0;
	for (size_t i = 0; i < n; i++)
		config_clear(f->table, *items + i * f->table->size);
	free(*items);
	*items = NULL;
	config_set_count(f, base, 0);
}

void config_clear(const struct config_table *table, void *base)
{
	for (const struct config_field *f = table->fields; f->key; f++) {
		if (f->kind == FIELD_LIST || f->kind == FIELD_ROWS)
			clear_list(f, base);
		else if (f->kind == FIELD_OBJECT || f->kind == FIELD_INLINE)
			config_clear(f->table, (char *)base + f->offset);
	}
}
