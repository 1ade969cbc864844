// SPDX-License-Identifier: BSD-3-Clause
#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/json_finite.h"
#include "setup/topology/points_private.h"
#include "setup/topology/source.h"
#include "setup/topology/value_private.h"

const char *value_suffix(const struct schema_key *key)
{
	switch (key->unit) {
	case UNIT_NONE:
		return "";
	case UNIT_S:
		return "_s";
	case UNIT_HZ:
		return "_hz";
	case UNIT_BPS:
		return "_bps";
	case UNIT_BYTE:
		return "_bytes";
	case UNIT_M:
		return "_m";
	case UNIT_MPS:
		return "_mps";
	case UNIT_W:
		return "_w";
	case UNIT_J:
		return "_j";
	case UNIT_DB:
		return "_db";
	case UNIT_DBM_HZ:
		return "_dbm_hz";
	case UNIT_FLOPS:
		return "_flops";
	case UNIT_RATIO:
		return "_ratio";
	}
	return "";
}

static json_t *range_to_json(const struct topology_range *r)
{
	return r->low < r->high ? json_pack("[ff]", r->low, r->high) : json_finite(r->low);
}

static json_t *integer_to_json(const struct schema_key *key, const void *field)
{
	return json_integer(key->size == sizeof(int) ? *(const int *)field : *(const int64_t *)field);
}

static json_t *subnet_to_json(const struct topology_subnet *s)
{
	return json_sprintf("%u.%u.%u.%u/%d", s->base >> 24, s->base >> 16 & 255, s->base >> 8 & 255,
			    s->base & 255, s->prefix);
}

json_t *value_to_json(const struct schema_key *key, const void *base)
{
	const void *field = (const char *)base + key->offset;
	switch (key->kind) {
	case KEY_INTEGER:
	case KEY_SIZE:
		return integer_to_json(key, field);
	case KEY_QUANTITY:
		return json_finite(*(const double *)field);
	case KEY_TIME:
		return json_real(ns_to_s(*(const int64_t *)field));
	case KEY_RANGE:
		return range_to_json(field);
	case KEY_WORD:
		return json_string(key->words[*(const int *)field]);
	case KEY_BOOL:
		return json_boolean(*(const bool *)field);
	case KEY_NAME:
	case KEY_TEXT:
	case KEY_PATH:
	case KEY_PROFILE:
	case KEY_POLICY:
	case KEY_NETWORK:
	case KEY_NETWORKS:
	case KEY_FILTER:
		return *(const char *)field ? json_string(field) : json_null();
	case KEY_SUBNET:
		return subnet_to_json(field);
	case KEY_POINTS:
		return points_to_json(field);
	}
	return NULL;
}

// Puts a value at "cell.bandwidth_hz" below root and makes the groups on the way. 0 or -1.
static int put(json_t *root, const char *path, const char *suffix, json_t *value)
{
	char word[64];
	const char *dot = strchr(path, '.');
	if (!dot) {
		snprintf(word, sizeof(word), "%s%s", path, suffix);
		return json_object_set_new(root, word, value);
	}
	snprintf(word, sizeof(word), "%.*s", (int)(dot - path), path);
	json_t *inner = json_object_get(root, word);
	if (!inner) {
		inner = json_object();
		if (json_object_set_new(root, word, inner) < 0) {
			json_decref(value);
			return -1;
		}
	}
	return put(inner, dot + 1, suffix, value);
}

// A UE's attributes as drawn.
static json_t *ue_to_json(const struct topology_ue *ue)
{
	struct topology_ue drawn = *ue;
	drawn.distance_range_m = (struct topology_range){ue->distance_m, ue->distance_m};
	drawn.angle_range_deg = (struct topology_range){ue->angle_deg, ue->angle_deg};
	if (ue->deadline_draw == DEADLINE_OF_UE)
		drawn.deadline_range_s.low = drawn.deadline_range_s.high = ns_to_s(ue->deadline_ns);
	json_t *object = json_object();
	int failed = 0;
	for (int k = 0; k < schema_n_keys; k++) {
		const struct schema_key *key = &schema_keys[k];
		if (key->of == KEY_OF_UE)
			failed |= put(object, strchr(key->path, '.') + 1, value_suffix(key),
				      value_to_json(key, &drawn));
	}
	if (failed) {
		json_decref(object);
		return NULL;
	}
	return object;
}

// Every key of the file but those of single UEs and servers. Runs without further servers say nothing of
// them. 0 or -1.
static int put_common(json_t *root, const struct topology *t)
{
	bool has_servers = t->n_servers > 0 || t->source->servers.n > 0;
	int failed = 0;
	for (int k = 0; k < schema_n_keys; k++) {
		const struct schema_key *key = &schema_keys[k];
		const void *base = source_common(key, t);
		if (has_servers || strncmp(key->path, "servers.", 8) != 0)
			failed |= put(root, key->path, value_suffix(key), value_to_json(key, base));
	}
	return failed;
}

static json_t *server_to_json(const struct topology_server *server)
{
	json_t *object = json_object();
	int failed = 0;
	for (int k = 0; k < schema_n_keys; k++) {
		const struct schema_key *key = &schema_keys[k];
		if (key->of == KEY_OF_SERVER)
			failed |= put(object, strchr(key->path, '.') + 1, value_suffix(key),
				      value_to_json(key, server));
	}
	if (failed) {
		json_decref(object);
		return NULL;
	}
	return object;
}

static int put_servers(json_t *root, const struct topology *t)
{
	json_t *list = json_array();
	int failed = 0;
	for (int i = 0; i < t->n_servers; i++)
		failed |= json_array_append_new(list, server_to_json(&t->server[i]));
	return put(root, "servers.list", "", list) | failed;
}

json_t *topology_to_json(const struct topology *t)
{
	json_t *root = json_object(), *list = json_array();
	int failed = put_common(root, t);
	for (int i = 0; i < t->n_ues; i++)
		failed |= json_array_append_new(list, ue_to_json(&t->ue[i]));
	failed |= put(root, "ues.list", "", list);
	failed |= t->n_servers > 0 ? put_servers(root, t) : 0;
	if (failed) {
		json_decref(root);
		return NULL;
	}
	return root;
}

// What the list or an override says about one of several, below "ue<number>". 0 or -1.
static int put_given(json_t *root, const struct list_entry *entry, const char *item, int number)
{
	int failed = 0;
	for (int k = 0; k < schema_n_keys; k++) {
		const struct schema_key *key = &schema_keys[k];
		char path[128];
		if (!is_given(&entry->given, key))
			continue;
		snprintf(path, sizeof(path), "%s%d.%s", item, number, strchr(key->path, '.') + 1);
		failed |= put(root, path, value_suffix(key), value_to_json(key, &entry->values));
	}
	return failed;
}

json_t *topology_given_to_json(const struct topology *t)
{
	json_t *root = json_object();
	int failed = put_common(root, t);
	for (const struct schema_list *list = schema_lists; list->section; list++) {
		const struct entry_list *entries = source_list(t->source, list);
		for (int i = 0; i < entries->n; i++)
			failed |= put_given(root, &entries->entry[i], list->item, i + 1);
	}
	if (failed) {
		json_decref(root);
		return NULL;
	}
	return root;
}

// The table's name of a path: ue3.gain is its ues.gain.
static void without_number(const char *path, char *buf, size_t size)
{
	const struct schema_list *list;
	const char *dot = strchr(path, '.');
	if (schema_item(path, &list) > 0)
		snprintf(buf, size, "%s%s", list->section, dot ? dot : "");
	else
		snprintf(buf, size, "%s", path);
}

int topology_si_path(const char *path, char *si, size_t size)
{
	char whole[128];
	without_number(path, whole, sizeof(whole));
	const struct schema_key *key = schema_find(whole);
	snprintf(si, size, "%s%s", path, key ? value_suffix(key) : "");
	return key ? 0 : -EINVAL;
}

// The row of the key whose path with its suffix this is; NULL when there is none.
static const struct schema_key *si_key(const char *si)
{
	char path[128];
	without_number(si, path, sizeof(path));
	for (int k = 0; k < schema_n_keys; k++) {
		size_t length = strlen(schema_keys[k].path);
		if (strncmp(schema_keys[k].path, path, length) == 0 &&
		    strcmp(value_suffix(&schema_keys[k]), path + length) == 0)
			return &schema_keys[k];
	}
	return NULL;
}

const char *topology_si_suffix(const char *si)
{
	const struct schema_key *key = si_key(si);
	return key ? value_suffix(key) : "";
}

void topology_si_text(const char *si, const json_t *value, char *text, size_t size)
{
	char low[40], high[40];
	const struct schema_key *key = si_key(si);
	enum unit unit = key ? key->unit : UNIT_NONE;
	if (json_is_number(value)) {
		unit_format(json_number_value(value), unit, text, size);
	} else if (json_array_size(value) == 2) {
		unit_format(json_number_value(json_array_get(value, 0)), unit, low, sizeof(low));
		unit_format(json_number_value(json_array_get(value, 1)), unit, high, sizeof(high));
		snprintf(text, size, "%s..%s", low, high);
	} else {
		snprintf(text, size, "%s",
			 json_is_string(value)	  ? json_string_value(value)
			 : json_is_boolean(value) ? (json_is_true(value) ? "true" : "false")
						  : "not given");
	}
}
