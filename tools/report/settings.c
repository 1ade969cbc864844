// SPDX-License-Identifier: BSD-3-Clause
#include "tools/report/settings.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "setup/topology/topology.h"

static void flatten(const json_t *nested, const char *path, json_t *flat)
{
	const char *key;
	json_t *value;
	char child[200];
	json_object_foreach((json_t *)nested, key, value)
	{
		snprintf(child, sizeof(child), "%.100s%s%.80s", path, *path ? "." : "", key);
		if (json_is_object(value))
			flatten(value, child, flat);
		else
			json_object_set(flat, child, value);
	}
}

json_t *settings_flatten(const json_t *nested)
{
	json_t *flat = json_object();
	flatten(nested, "", flat);
	return flat;
}

static bool contains(const json_t *list, const json_t *value)
{
	size_t i;
	json_t *item;
	json_array_foreach((json_t *)list, i, item) if (json_equal(item, value)) return true;
	return false;
}

static json_t *distinct(json_t *const *flat, size_t n, const char *path)
{
	json_t *values = json_array();
	for (size_t i = 0; i < n; i++) {
		json_t *value = json_object_get(flat[i], path);
		value = value ? json_incref(value) : json_null();
		if (!contains(values, value))
			json_array_append(values, value);
		json_decref(value);
	}
	return values;
}

json_t *settings_differing(json_t *const *flat, size_t n)
{
	json_t *all = json_object(), *differing = json_object(), *unused;
	const char *path;
	for (size_t i = 0; i < n; i++)
		json_object_update_missing(all, flat[i]);
	json_object_foreach(all, path, unused)
	{
		json_t *values = distinct(flat, n, path);
		if (json_array_size(values) > 1)
			json_object_set(differing, path, values);
		json_decref(values);
	}
	json_decref(all);
	return differing;
}

static const char *leaf(const char *path)
{
	const char *dot = strrchr(path, '.');
	return dot ? dot + 1 : path;
}

static bool is_leaf_of_one(const char *path, const json_t *among)
{
	const char *other;
	json_t *unused;
	json_object_foreach((json_t *)among, other,
			    unused) if (strcmp(other, path) != 0 &&
					strcmp(leaf(other), leaf(path)) == 0) return false;
	return true;
}

void settings_text(const char *path, const json_t *value, const json_t *among, char *text, size_t size)
{
	char shown[80];
	topology_si_text(path, value, shown, sizeof(shown));
	const char *name = is_leaf_of_one(path, among) ? leaf(path) : path;
	const char *unit = topology_si_suffix(path);
	snprintf(text, size, "%.*s=%s", (int)(strlen(name) - strlen(unit)), name, shown);
}
