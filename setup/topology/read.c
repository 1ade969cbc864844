// SPDX-License-Identifier: BSD-3-Clause
// The tree against the table: every mapping is a section, every leaf a row.
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "setup/topology/source.h"

// The mapping being read.
struct scope {
	struct topology *t;
	struct list_entry *entry; // NULL outside lists
	const struct schema_list *list;
	const char *section; // path in the table: "", "cell", "ues.device"
	const char *shown;   // path for the person: "ue3.device" within the list
	struct err *err;
};

static int refuse(const struct scope *s, const struct node *at, int rc)
{
	return source_blame(s->t->source, (struct mark){at->line, at->column}, rc, s->err);
}

static void join_path(char *buf, size_t size, const char *section, const char *word)
{
	snprintf(buf, size, "%s%s%.40s", section, *section ? "." : "", word);
}

static int unknown_key(const struct scope *s, const struct node *name, const char *shown)
{
	char hint[300];
	schema_suggest(s->section, name->text, s->entry != NULL, hint, sizeof(hint));
	return refuse(s, name,
		      err_set(s->err, EINVAL, "%s is not a key of %s: %s", shown,
			      *s->shown ? s->shown : "a topology", hint));
}

static const char *kind_text(const struct node *n)
{
	return n->kind == NODE_SEQUENCE	 ? "a list"
	       : n->kind == NODE_MAPPING ? "a group of keys"
					 : "one value";
}

// A list of words reads as its comma-separated text, the form that --set takes too.
static int join_list(const struct scope *s, const struct node *list, const char *shown, char *buf,
		     size_t size)
{
	size_t used = (size_t)snprintf(buf, size, "%s", list->n ? "" : "none");
	for (int i = 0; i < list->n; i++) {
		const struct node *item = &list->children[i];
		if (item->kind != NODE_SCALAR || item->text[0] == '\0' || strchr(item->text, ','))
			return refuse(s, item,
				      err_set(s->err, EINVAL, "%s takes one word for each item", shown));
		used += (size_t)snprintf(buf + used, size - used, "%s%s", i ? "," : "", item->text);
		if (used >= size)
			return refuse(s, item, err_set(s->err, EINVAL, "%s is too long", shown));
	}
	return 0;
}

// {name: og, gaps: 4} reads as og:gaps=4, the form that --set takes too.
static int join_policy(const struct scope *s, const struct node *group, const char *shown, char *buf,
		       size_t size)
{
	const struct node *name = NULL;
	for (int i = 0; i + 1 < group->n; i += 2) {
		const struct node *key = &group->children[i];
		if (key->kind != NODE_SCALAR || key[1].kind != NODE_SCALAR || !*key[1].text)
			return refuse(
			    s, key, err_set(s->err, EINVAL, "%s takes one value for each parameter", shown));
		name = strcmp(key->text, "name") == 0 ? &key[1] : name;
	}
	if (!name)
		return refuse(
		    s, group,
		    err_set(s->err, EINVAL, "%s has no name: write it as in {name: og, gaps: 4}", shown));
	size_t used = (size_t)snprintf(buf, size, "%s", name->text);
	for (int i = 0; i + 1 < group->n && used < size; i += 2)
		if (&group->children[i + 1] != name)
			used += (size_t)snprintf(buf + used, size - used, ":%s=%s", group->children[i].text,
						 group->children[i + 1].text);
	return used < size ? 0 : refuse(s, group, err_set(s->err, EINVAL, "%s is too long", shown));
}

static int read_leaf(const struct scope *s, const struct schema_key *key, const char *shown,
		     const struct node *value)
{
	char list[8 * 1000];
	const char *text = value->text;
	if (value->kind == NODE_SEQUENCE && (key->kind == KEY_POINTS || key->kind == KEY_NETWORKS)) {
		int rc = join_list(s, value, shown, list, sizeof(list));
		if (rc < 0)
			return rc;
		text = list;
	} else if (value->kind == NODE_MAPPING && key->kind == KEY_POLICY) {
		int rc = join_policy(s, value, shown, list, sizeof(list));
		if (rc < 0)
			return rc;
		text = list;
	} else if (value->kind != NODE_SCALAR) {
		return refuse(
		    s, value,
		    err_set(s->err, EINVAL, "%s is %s: must be one value", shown, kind_text(value)));
	}
	struct topology_source *source = s->t->source;
	const struct schema_key *other = key->instead_of ? schema_find(key->instead_of) : NULL;
	if (other && is_given(s->entry ? &s->entry->given : &source->given, other))
		return refuse(s, value,
			      err_set(s->err, EINVAL, "%s stands beside %s: give one of the two", shown,
				      strrchr(other->path, '.') + 1));
	int rc = source_assign(s->t, s->entry, key, shown, text, (struct mark){value->line, value->column},
			       s->err);
	return rc < 0 ? refuse(s, value, rc) : 0;
}

static int read_section(const struct scope *s, const struct node *mapping);

static int read_item(const struct scope *s, const struct node *item, const struct schema_list *list,
		     int number)
{
	char shown[16];
	snprintf(shown, sizeof(shown), "%s%d", list->item, number);
	struct list_entry *entry = &source_list(s->t->source, list)->entry[number - 1];
	entry->mark = (struct mark){item->line, item->column};
	const struct scope inner = {s->t, entry, list, list->section, shown, s->err};
	return read_section(&inner, item);
}

static int refuse_list(const struct scope *s, const struct node *value, const struct schema_list *list)
{
	if (value->kind != NODE_SEQUENCE)
		return refuse(s, value,
			      err_set(s->err, EINVAL,
				      "%s.list is %s: must be a list with one item for each %s, such as '%s'",
				      list->section, kind_text(value), list->each, list->example));
	if (value->n == 0)
		return refuse(s, value,
			      err_set(s->err, EINVAL, "%s.list is empty: leave it out or name a %s",
				      list->section, list->each));
	if (value->n > list->most)
		return refuse(s, &value->children[list->most],
			      err_set(s->err, EINVAL, "%s.list has %d %ss: at most %d", list->section,
				      value->n, list->each, list->most));
	return 0;
}

static int read_list(const struct scope *s, const struct node *value, const struct schema_list *list)
{
	struct entry_list *entries = source_list(s->t->source, list);
	int rc = refuse_list(s, value, list);
	if (rc < 0)
		return rc;
	if (source_grow(entries, value->n) < 0)
		return refuse(s, value, err_set(s->err, ENOMEM, "out of memory"));
	entries->n_listed = value->n;
	for (int i = 0; rc == 0 && i < value->n; i++)
		rc = read_item(s, &value->children[i], list, i + 1);
	return rc;
}

static int refuse_repeated(const struct scope *s, const struct node *mapping, int at, const char *shown)
{
	const struct node *name = &mapping->children[at];
	for (int i = 0; i < at; i += 2) {
		const struct node *earlier = &mapping->children[i];
		if (strcmp(earlier->text, name->text) == 0)
			return refuse(s, name,
				      err_set(s->err, EINVAL, "%s stands twice: first in line %d", shown,
					      earlier->line));
	}
	return 0;
}

static int read_member(const struct scope *s, const struct node *mapping, int at)
{
	const struct node *name = &mapping->children[at], *value = &mapping->children[at + 1];
	char path[128], shown[128];
	if (name->kind != NODE_SCALAR)
		return refuse(s, name, err_set(s->err, EINVAL, "a key is one word, not %s", kind_text(name)));
	join_path(path, sizeof(path), s->section, name->text);
	join_path(shown, sizeof(shown), s->shown, name->text);
	int rc = refuse_repeated(s, mapping, at, shown);
	if (rc < 0)
		return rc;
	const struct schema_key *key = strchr(name->text, '.') ? NULL : schema_find(path);
	if (key && (!s->entry || key->of == s->list->of))
		return read_leaf(s, key, shown, value);
	if (!key && !strchr(name->text, '.') && schema_is_section(path) && *name->text) {
		const struct scope inner = {s->t, s->entry, s->list, path, shown, s->err};
		return read_section(&inner, value);
	}
	const struct schema_list *list = s->entry ? NULL : schema_list_at(s->section);
	if (list && strcmp(name->text, "list") == 0)
		return read_list(s, value, list);
	return unknown_key(s, name, shown);
}

// "{delay: 1,5ms}" reads as a delay of 1 and a key 5ms.
static int refuse_decimal_comma(const struct scope *s, const struct node *mapping, int at)
{
	const struct node *value = &mapping->children[at + 1],
			  *next = at + 2 < mapping->n ? &mapping->children[at + 2] : NULL;
	if (!next || next->kind != NODE_SCALAR || !isdigit((unsigned char)next->text[0]) ||
	    value->kind != NODE_SCALAR)
		return 0;
	return refuse(s, value,
		      err_set(s->err, EINVAL, "'%.40s,%.40s' has a decimal comma: write a point, %.40s.%.40s",
			      value->text, next->text, value->text, next->text));
}

static int read_section(const struct scope *s, const struct node *mapping)
{
	if (mapping->kind == NODE_SCALAR && mapping->text[0] == '\0')
		return 0; // a section whose lines are all commented out
	if (mapping->kind != NODE_MAPPING)
		return refuse(s, mapping,
			      err_set(s->err, EINVAL, "%s is %s: must be a group of keys, each 'key: value'",
				      *s->shown ? s->shown : "a topology", kind_text(mapping)));
	for (int i = 0; i + 1 < mapping->n; i += 2) {
		int rc = refuse_decimal_comma(s, mapping, i);
		rc = rc < 0 ? rc : read_member(s, mapping, i);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int read_tree(struct topology *t, const struct node *root, struct err *err)
{
	const struct scope top = {t, NULL, NULL, "", "", err};
	return read_section(&top, root);
}
