// SPDX-License-Identifier: BSD-3-Clause
#include "records/summary.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/place.h"
#include "base/printable.h"

// Whoever wrote the file, its texts may be printed.
static void make_printable(json_t *o)
{
	const char *key;
	json_t *value;
	size_t i;
	if (json_is_string(o)) {
		char *text = strdup(json_string_value(o));
		if (text) {
			printable(text, true);
			json_string_set(o, text);
		}
		free(text);
	}
	json_object_foreach(o, key, value)
	{
		make_printable(value);
	}
	json_array_foreach(o, i, value)
	{
		make_printable(value);
	}
}

static json_t *load(const char *directory, const char *path, struct err *err)
{
	json_error_t where;
	struct stat st;
	if (stat(directory, &st) < 0) {
		err_sys(err, errno, "%s", directory);
		return NULL;
	}
	if (access(path, R_OK) < 0) {
		if (errno == ENOENT)
			err_set(err, EINVAL,
				"%s has no summary.json: it is no run directory, or its run has not ended",
				directory);
		else
			err_sys(err, errno, "cannot read %s", path);
		return NULL;
	}
	FILE *f = place_read(path, err);
	if (!f)
		return NULL;
	json_t *o = json_loadf(f, 0, &where);
	fclose(f);
	if (!o)
		err_set(err, EINVAL, "%s:%d: %s", path, where.line, where.text);
	make_printable(o);
	return o;
}

json_t *summary_read(const char *directory, struct err *err)
{
	char path[PATH_MAX];
	snprintf(path, sizeof(path), "%s/summary.json", directory);
	json_t *o = load(directory, path, err);
	if (o && json_integer_value(json_object_get(o, "format")) != SUMMARY_FORMAT) {
		err_set(err, EINVAL, "%s: another format than this build's (%d): it was written by %s", path,
			SUMMARY_FORMAT, summary_text(o, "program"));
		json_decref(o);
		o = NULL;
	}
	return o;
}

double summary_number(const json_t *o, const char *a, const char *b, const char *c)
{
	o = json_object_get(o, a);
	o = b ? json_object_get(o, b) : o;
	o = c ? json_object_get(o, c) : o;
	return json_is_number(o) ? json_number_value(o) : NAN;
}

const char *summary_text(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));
	return text ? text : "?";
}
