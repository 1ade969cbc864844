// SPDX-License-Identifier: BSD-3-Clause
// sweep.json.
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cache.h"
#include "base/version.h"
#include "dnn/hash.h"
#include "tools/sweep/grid.h"

#define FORMAT 1

static int hash_file(const char *path, uint64_t *hash, struct err *err)
{
	unsigned char part[4096] = {0};
	FILE *f = fopen(path, "re");
	if (!f)
		return err_sys(err, errno, "cannot read %s", path);
	*hash = HASH_START;
	for (size_t n; (n = fread(part, 1, sizeof(part), f)) > 0;)
		*hash = hash_bytes(*hash, part, n);
	int failed = ferror(f) ? err_sys(err, errno ? errno : EIO, "cannot read %s", path) : 0;
	fclose(f);
	return failed;
}

static json_t *axes_json(const struct grid *g)
{
	json_t *axes = json_array();
	for (int i = 0; i < g->n_axes; i++) {
		json_t *values = json_array();
		for (size_t k = 0; k < g->axes[i].n_values; k++)
			json_array_append_new(values, json_string(g->axes[i].values[k]));
		json_array_append_new(axes, json_pack("{s:s, s:o}", "key", g->axes[i].key, "values", values));
	}
	return axes;
}

static int write_json(const struct grid *g, struct err *err)
{
	char path[PATH_MAX + 16], hash[20];
	snprintf(path, sizeof(path), "%s/sweep.json", g->directory);
	snprintf(hash, sizeof(hash), "%016" PRIx64, g->hash);
	json_t *o = json_pack("{s:i, s:s, s:s, s:s, s:s, s:o}", "format", FORMAT, "program",
			      airbatch_version(), "file", g->file, "file_hash", hash, "engine",
			      g->emulate ? "emulate" : "local", "axes", axes_json(g));
	char *text = o ? json_dumps(o, JSON_INDENT(2)) : NULL;
	json_decref(o);
	int r = text ? write_file_atomically(path, text, strlen(text), err)
		     : err_set(err, ENOMEM, "no memory for %s", path);
	free(text);
	return r;
}

// Numbers of sweep.json are texts of this tool's own writing; anything else is refused by name.
static int read_axis(struct axis *axis, const json_t *o, const char *path, struct err *err)
{
	const char *key = json_string_value(json_object_get(o, "key"));
	const json_t *values = json_object_get(o, "values");
	*axis = (struct axis){.key = key ? strdup(key) : NULL};
	axis->values = calloc(json_array_size(values) + 1, sizeof(char *));
	if (!axis->key || !axis->values || json_array_size(values) == 0)
		return err_set(err, EINVAL, "%s: an axis without key or values", path);
	for (size_t i = 0; i < json_array_size(values); i++) {
		const char *value = json_string_value(json_array_get(values, i));
		axis->values[i] = value ? strdup(value) : NULL;
		if (!axis->values[i])
			return err_set(err, EINVAL, "%s: %s has a value that is no text", path, key);
		axis->n_values = i + 1;
	}
	return 0;
}

static int read_axes(struct grid *g, const json_t *axes, const char *path, struct err *err)
{
	if (json_array_size(axes) > GRID_MOST_AXES)
		return err_set(err, EINVAL, "%s: more than %d axes", path, GRID_MOST_AXES);
	int r = 0;
	for (size_t i = 0; r == 0 && i < json_array_size(axes); i++)
		r = read_axis(&g->axes[g->n_axes++], json_array_get(axes, i), path, err);
	return r;
}

static int read_json(struct grid *g, const json_t *o, const char *path, struct err *err)
{
	const char *file = json_string_value(json_object_get(o, "file")),
		   *hash = json_string_value(json_object_get(o, "file_hash")),
		   *engine = json_string_value(json_object_get(o, "engine"));
	if (json_integer_value(json_object_get(o, "format")) != FORMAT || !file || !hash || !engine)
		return err_set(err, EINVAL, "%s: not a sweep of this build's format (%d)", path, FORMAT);
	snprintf(g->file, sizeof(g->file), "%s", file);
	g->hash = strtoull(hash, NULL, 16);
	g->emulate = strcmp(engine, "emulate") == 0;
	return read_axes(g, json_object_get(o, "axes"), path, err);
}

int grid_load(struct grid *g, const char *directory, struct err *err)
{
	char path[PATH_MAX + 16];
	json_error_t where;
	uint64_t now;
	*g = (struct grid){0};
	if (!realpath(directory, g->directory))
		return err_sys(err, errno, "no sweep in %s", directory);
	snprintf(path, sizeof(path), "%s/sweep.json", g->directory);
	if (access(path, R_OK) < 0)
		return err_sys(err, errno, "no sweep in %s: cannot read %s", directory, path);
	json_t *o = json_load_file(path, 0, &where);
	int r =
	    o ? read_json(g, o, path, err) : err_set(err, EINVAL, "%s:%d: %s", path, where.line, where.text);
	json_decref(o);
	r = r < 0 ? r : hash_file(g->file, &now, err);
	if (r == 0 && now != g->hash)
		r = err_set(err, ESTALE,
			    "%s has changed since the sweep in %s began: put it back, or choose another "
			    "--out",
			    g->file, directory);
	return r;
}

// A sweep that is there already must be of the same topology.
static int compare(const struct grid *g, struct err *err)
{
	struct grid old;
	char path[PATH_MAX + 16];
	snprintf(path, sizeof(path), "%s/sweep.json", g->directory);
	if (access(path, F_OK) < 0)
		return 0;
	int r = grid_load(&old, g->directory, err);
	if (r == 0 && (old.hash != g->hash || strcmp(old.file, g->file) != 0))
		r = err_set(err, EEXIST, "%s has a sweep of %s: choose another --out", g->directory,
			    old.file);
	grid_free(&old);
	return r;
}

static int make_absolute(char path[PATH_MAX], struct err *err)
{
	char real[PATH_MAX];
	if (!realpath(path, real))
		return err_sys(err, errno, "cannot find %s", path);
	memcpy(path, real, sizeof(real));
	return 0;
}

int grid_check(struct grid *g, struct err *err)
{
	int r = hash_file(g->file, &g->hash, err);
	r = r < 0 ? r : make_absolute(g->file, err);
	return r < 0 ? r : compare(g, err);
}

int grid_save(struct grid *g, struct err *err)
{
	char path[PATH_MAX + 16];
	snprintf(path, sizeof(path), "%s/points", g->directory);
	int r = make_dirs(path, err);
	r = r < 0 ? r : make_absolute(g->directory, err);
	if (r < 0)
		return r;
	if (strlen(g->directory) > PATH_MAX - GRID_NAME_SIZE - 40)
		return err_set(err, ENAMETOOLONG, "the path %.80s... is too long", g->directory);
	r = grid_check(g, err);
	return r < 0 ? r : write_json(g, err);
}
