// SPDX-License-Identifier: BSD-3-Clause
#include "setup/topology/topology.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "setup/topology/arguments.h"
#include "setup/topology/source.h"
#include "setup/topology/value_private.h"

#define LARGEST_FILE (4 << 20)

// "dir/quickstart.yaml" gives "quickstart": letters that a name may not hold become '_'.
static void name_from_file(struct topology *t, const char *file)
{
	const char *slash = strrchr(file, '/');
	snprintf(t->name, sizeof(t->name), "%s", slash ? slash + 1 : file);
	char *dot = strrchr(t->name, '.');
	if (dot && dot != t->name)
		*dot = '\0';
	for (char *c = t->name; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("._-", *c))
			*c = '_';
}

static int set_defaults(struct topology *t, struct err *err)
{
	static const struct topology_options any = {0}; // a default may name what this build lacks
	for (int k = 0; k < schema_n_keys; k++) {
		const struct schema_key *key = &schema_keys[k];
		void *base = source_common(key, t);
		value_unset(key, base);
		int rc = key->preset ? value_read(key, key->path, key->preset, "", &any, base, err) : 0;
		if (rc < 0)
			return rc;
	}
	return 0;
}

// "topologies/" of "topologies/quickstart.yaml". NULL when out of memory.
static char *folder_of(const char *file)
{
	const char *slash = strrchr(file, '/');
	return strndup(file, slash ? (size_t)(slash + 1 - file) : 0);
}

static struct topology *new_topology(const char *file, const struct topology_options *options)
{
	struct topology *t = calloc(1, sizeof(*t));
	struct topology_source *s = calloc(1, sizeof(*s));
	if (!t || !s || !(s->file = strdup(file)) || !(s->folder = folder_of(file))) {
		free(s ? s->file : NULL);
		free(s);
		free(t);
		return NULL;
	}
	if (options)
		s->options = *options;
	s->options.set = s->options.fixed = NULL;
	t->source = s;
	return t;
}

void topology_free(struct topology *t)
{
	if (!t)
		return;
	free_traces(t);
	free(t->source->file);
	free(t->source->folder);
	free(t->source->ues.entry);
	free(t->source->servers.entry);
	free(t->source);
	free(t->ue);
	free(t);
}

// The table's name of a path: ue3.device is its ues.device.
static void table_path(const char *path, char *buf, size_t size)
{
	const struct schema_list *list;
	const char *dot = strchr(path, '.');
	if (schema_item(path, &list) > 0)
		snprintf(buf, size, "%s%s", list->section, dot ? dot : "");
	else
		snprintf(buf, size, "%s", path);
}

// For a path that names several values: one of its keys. NULL when the path is no such group.
static const char *key_inside(const char *group, const char **leaf)
{
	for (int k = 0; schema_is_section(group) && k < schema_n_keys; k++)
		if (schema_in_section(&schema_keys[k], group, leaf) &&
		    (schema_keys[k].of != KEY_OF_RUN || !schema_list_at(group)))
			return *leaf;
	return NULL;
}

static int unknown_path(const char *path, struct err *err)
{
	char shown[128] = "a topology", section[128] = "", whole[128], hint[300];
	const char *leaf, *dot = strrchr(path, '.');
	table_path(path, whole, sizeof(whole));
	if (strcmp(path, "ues.list") == 0)
		return err_set(err, EINVAL,
			       "ues.list cannot be set: set the keys of its UEs, such as ue3.distance");
	if (strcmp(path, "servers.list") == 0)
		return err_set(err, EINVAL,
			       "servers.list cannot be set: set the keys of its servers, such as "
			       "server1.wan.rate");
	if (key_inside(whole, &leaf))
		return err_set(err, EINVAL, "%.100s is a group of keys: set one of them, such as %.100s.%s",
			       path, path, leaf);
	if (dot) {
		snprintf(shown, sizeof(shown), "%.*s", (int)(dot - path), path);
		table_path(shown, section, sizeof(section));
	}
	if (!schema_is_section(section))
		section[0] = '\0';
	const struct schema_list *list;
	schema_suggest(section, dot ? dot + 1 : path, schema_item(path, &list) > 0, hint, sizeof(hint));
	return err_set(err, EINVAL, "%.100s is not a key of %.100s: %s", path, shown, hint);
}

// Which key a path names, and of which UE or server (NULL = the common one); NULL with the sentence.
static const struct schema_key *find_place(struct topology *t, const char *path, struct list_entry **entry,
					   struct err *err)
{
	char full[128];
	const struct schema_list *list;
	int number = schema_item(path, &list);
	*entry = NULL;
	table_path(path, full, sizeof(full));
	const struct schema_key *key = schema_find(full);
	if (!key || (number > 0 && key->of != list->of)) {
		unknown_path(path, err);
		return NULL;
	}
	if (number == 0)
		return key;
	struct entry_list *entries = source_list(t->source, list);
	if (source_grow(entries, number) < 0) {
		err_set(err, ENOMEM, "out of memory");
		return NULL;
	}
	*entry = &entries->entry[number - 1];
	(*entry)->overridden = true;
	return key;
}

static int apply_override(struct topology *t, const char *assignment, int order, struct err *err)
{
	char path[128];
	const char *equals = strchr(assignment, '=');
	if (!equals || equals == assignment || (size_t)(equals - assignment) >= sizeof(path))
		return err_set(err, EINVAL, "'%s' sets nothing: write path=value, such as ues.count=20",
			       assignment);
	snprintf(path, sizeof(path), "%.*s", (int)(equals - assignment), assignment);
	struct list_entry *entry;
	const struct schema_key *key = find_place(t, path, &entry, err);
	return key ? source_assign(t, entry, key, path, equals + 1, (struct mark){0, order}, err) : -errno;
}

static int fill(struct topology *t, const char *text, size_t size, const struct topology_options *options,
		struct err *err)
{
	int rc = set_defaults(t, err);
	if (rc < 0)
		return rc;
	name_from_file(t, t->source->file);
	struct node root;
	rc = tree_parse(&root, t->source->file, text, size, err);
	if (rc < 0)
		return rc;
	rc = read_tree(t, &root, err);
	tree_free(&root);
	for (int i = 0; rc == 0 && options && options->fixed && options->fixed[i]; i++)
		rc = apply_override(t, options->fixed[i], 0, err);
	for (int i = 0; rc == 0 && options && options->set && options->set[i]; i++)
		rc = apply_override(t, options->set[i], i + 1, err);
	return rc < 0 ? rc : topology_resolve(t, err);
}

int topology_load_text(struct topology **out, const char *name, const char *text, size_t size,
		       const struct topology_options *options, struct err *err)
{
	*out = NULL;
	struct topology *t = new_topology(name, options);
	if (!t)
		return err_set(err, ENOMEM, "%s: out of memory", name);
	int rc = fill(t, text, size, options, err);
	if (rc < 0) {
		topology_free(t);
		return rc;
	}
	*out = t;
	return 0;
}

bool topology_variant(const struct topology *t, int i, char *name, size_t size)
{
	const char *at = t->variants;
	for (; i > 0 && *at; i--) {
		at += strcspn(at, ",");
		at += *at == ',';
	}
	snprintf(name, size, "%.*s", (int)strcspn(at, ","), at);
	return *at != '\0';
}

// Reads at most LARGEST_FILE bytes; the caller frees *text.
static int read_file(const char *path, char **text, size_t *size, struct err *err)
{
	FILE *file = fopen(path, "re");
	if (!file)
		return topology_absent(path, errno, err);
	*text = malloc(LARGEST_FILE);
	if (!*text) {
		fclose(file);
		return err_set(err, ENOMEM, "%s: out of memory", path);
	}
	*size = fread(*text, 1, LARGEST_FILE, file);
	int rc = 0;
	if (ferror(file))
		rc = err_sys(err, errno ? errno : EIO, "%s", path);
	else if (*size == LARGEST_FILE)
		rc = err_set(err, EFBIG, "%s is larger than 4 MiB: this is no topology", path);
	fclose(file);
	if (rc < 0)
		free(*text);
	return rc;
}

int topology_load(struct topology **out, const char *path, const struct topology_options *options,
		  struct err *err)
{
	char *text = NULL;
	size_t size = 0;
	*out = NULL;
	int rc = read_file(path, &text, &size, err);
	if (rc < 0)
		return rc;
	rc = topology_load_text(out, path, text, size, options, err);
	free(text);
	return rc;
}
