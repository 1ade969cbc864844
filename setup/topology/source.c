// SPDX-License-Identifier: BSD-3-Clause
#include "setup/topology/source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "setup/topology/value_private.h"

int source_blame(const struct topology_source *s, struct mark mark, int rc, struct err *err)
{
	if (mark.line > 0)
		err_prefix(err, "%.200s:%d:%d", s->file, mark.line, mark.column);
	else
		err_prefix(err, "%.200s", s->file);
	return rc;
}

int topology_blame_ue(const struct topology *t, int i, const char *path, int rc, struct err *err)
{
	const struct topology_source *s = t->source;
	const struct schema_key *key = schema_find(path);
	bool is_own = i < s->ues.n && is_given(&s->ues.entry[i].given, key);
	return source_blame(s, is_own ? s->ues.entry[i].marks[schema_index(key)] : source_mark(s, path), rc,
			    err);
}

int source_grow(struct entry_list *list, int count)
{
	if (count <= list->n)
		return 0;
	struct list_entry *grown = realloc(list->entry, (size_t)count * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	memset(grown + list->n, 0, (size_t)(count - list->n) * sizeof(*grown));
	list->entry = grown;
	list->n = count;
	return 0;
}

int source_assign(struct topology *t, struct list_entry *entry, const struct schema_key *key,
		  const char *shown, const char *text, struct mark mark, struct err *err)
{
	struct topology_source *s = t->source;
	struct key_set *given = entry ? &entry->given : &s->given;
	void *base = entry ? &entry->values : source_common(key, t);
	int rc = value_read(key, shown, text, mark.line > 0 ? s->folder : "", &s->options, base, err);
	if (rc < 0)
		return rc;
	set_given(given, key, true);
	(entry ? entry->marks : s->marks)[schema_index(key)] = mark;
	if (mark.line == 0)
		s->overridden[schema_index(key)] = mark.column;
	if (key->instead_of) {
		const struct schema_key *replaced = schema_find(key->instead_of);
		value_unset(replaced, base);
		set_given(given, replaced, false);
	}
	return 0;
}
