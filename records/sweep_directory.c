// SPDX-License-Identifier: BSD-3-Clause
#include "records/sweep_directory.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool sweep_directory_is(const char *path)
{
	char file[PATH_MAX];
	snprintf(file, sizeof(file), "%s/sweep.json", path);
	return access(file, F_OK) == 0;
}

static int read_axes(struct sweep_directory *s, const char *path, struct err *err)
{
	char file[PATH_MAX];
	json_error_t where;
	snprintf(file, sizeof(file), "%s/sweep.json", path);
	json_t *o = json_load_file(file, 0, &where);
	s->axes = json_incref(json_object_get(o, "axes"));
	json_decref(o);
	if (!o)
		return err_set(err, EINVAL, "%s:%d: %s", file, where.line, where.text);
	return json_is_array(s->axes) ? 0 : err_set(err, EINVAL, "%s: a sweep's axes are missing", file);
}

static bool is_done(const char *folder, const char *name)
{
	const char *dot = strrchr(name, '.');
	char file[PATH_MAX];
	if (name[0] == '.' || (dot && (strcmp(dot, ".part") == 0 || strcmp(dot, ".failed") == 0)))
		return false;
	return snprintf(file, sizeof(file), "%s/%s/summary.json", folder, name) < (int)sizeof(file) &&
	       access(file, F_OK) == 0;
}

int sweep_directory_read(struct sweep_directory *s, const char *path, struct err *err)
{
	char folder[PATH_MAX];
	struct dirent **names;
	*s = (struct sweep_directory){0};
	int r = read_axes(s, path, err);
	if (r < 0)
		return r;
	snprintf(folder, sizeof(folder), "%s/points", path);
	int n = scandir(folder, &names, NULL, versionsort);
	if (n < 0)
		return err_sys(err, errno, "cannot read %s", folder);
	s->points = calloc((size_t)n + 1, sizeof(*s->points));
	for (int i = 0; i < n; i++) {
		char *point = NULL;
		if (s->points && is_done(folder, names[i]->d_name) &&
		    asprintf(&point, "%s/%s", folder, names[i]->d_name) >= 0)
			s->points[s->n_points++] = point;
		free(names[i]);
	}
	free(names);
	return s->n_points > 0 ? 0 : err_set(err, ENOENT, "%s: no point of this sweep is done", path);
}

void sweep_directory_free(struct sweep_directory *s)
{
	for (size_t i = 0; i < s->n_points; i++)
		free(s->points[i]);
	free(s->points);
	json_decref(s->axes);
}

// What the last override of a key says; NULL when none does.
static const char *overridden(const json_t *summary, const char *key)
{
	const char *value = NULL;
	size_t i, length = strlen(key);
	json_t *line;
	json_array_foreach(json_object_get(summary, "overrides"), i, line)
	{
		const char *text = json_string_value(line);
		if (text && strncmp(text, key, length) == 0 && text[length] == '=')
			value = text + length + 1;
	}
	return value;
}

static size_t index_in(const json_t *values, const char *text)
{
	for (size_t i = 0; text && i < json_array_size(values); i++) {
		const char *value = json_string_value(json_array_get(values, i));
		if (value && strcmp(value, text) == 0)
			return i;
	}
	return SIZE_MAX;
}

size_t sweep_directory_place(const struct sweep_directory *s, const json_t *summary)
{
	size_t place = 0, i;
	json_t *axis;
	json_array_foreach(s->axes, i, axis)
	{
		const char *key = json_string_value(json_object_get(axis, "key"));
		const json_t *values = json_object_get(axis, "values");
		size_t at = key ? index_in(values, overridden(summary, key)) : SIZE_MAX;
		if (at == SIZE_MAX)
			return SIZE_MAX;
		place = place * json_array_size(values) + at;
	}
	return place;
}
