// SPDX-License-Identifier: BSD-3-Clause
#include "setup/topology/effect_private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "setup/topology/needs_private.h"
#include "setup/topology/value_private.h"

static void name_for(const struct schema_key *key, int number, char *buf, size_t size)
{
	if (number > 0 && key->of != KEY_OF_RUN)
		snprintf(buf, size, "%s%d%s", schema_list_of(key->of)->item, number, strchr(key->path, '.'));
	else
		snprintf(buf, size, "%s", key->path);
}

// " while cell.fading.kind is none"; nothing where a fact fails.
static void what_wins(const struct condition *c, const struct place *p, int ue, char *buf, size_t size)
{
	char name[80], number[32];
	buf[0] = '\0';
	if (c->fact)
		return;
	const void *base =
	    c->key->of == KEY_OF_UE ? (const void *)(p->ue ? p->ue : &p->t->ue[0]) : (const void *)p->t;
	json_t *value = value_to_json(c->key, base);
	const char *text = json_is_string(value)			       ? json_string_value(value)
			   : json_is_number(value)			       ? number
			   : json_array_size(value) > 0 || json_is_true(value) ? "given"
									       : "not given";
	snprintf(number, sizeof(number), "%g", json_number_value(value));
	name_for(c->key, ue, name, sizeof(name));
	snprintf(buf, size, " while %s is %.60s", name, text);
	json_decref(value);
}

static int refuse(const struct schema_key *key, const struct place *p, int ue, struct mark mark,
		  const struct condition *failing, struct err *err)
{
	char shown[80], wins[160], needs[500];
	name_for(key, ue, shown, sizeof(shown));
	what_wins(failing, p, ue, wins, sizeof(wins));
	return source_blame(p->t->source, mark,
			    err_set(err, EINVAL, "%s has no effect%s: only with %s", shown, wins,
				    needs_text(key->needs, needs, sizeof(needs))),
			    err);
}

// ---- every key that was given

// What says that nothing is wanted is no loser.
static bool says_none(const struct schema_key *key, const void *base)
{
	json_t *value = value_to_json(key, base);
	bool none = json_is_false(value) ||
		    (key->kind == KEY_WORD && strcmp(json_string_value(value), "none") == 0) ||
		    (key->kind == KEY_POINTS && json_array_size(value) == 0);
	json_decref(value);
	return none;
}

// What later overrides win over: the file and what holds in all points of a sweep come first.
static int order_of(struct mark mark)
{
	return mark.line > 0 ? 0 : mark.column;
}

static int judge(const struct schema_key *key, const struct place *p, int ue, struct mark mark,
		 struct err *err)
{
	struct condition failing = {0};
	if (!key->needs || needs_hold(key->needs, p, &failing))
		return 0;
	if (needs_overridden(p->t->source, key->needs, order_of(mark)))
		return 0;
	return refuse(key, p, ue, mark, &failing, err);
}

static bool has_own(const struct list_entry *entry, const struct schema_key *key)
{
	const struct schema_key *other = key->instead_of ? schema_find(key->instead_of) : NULL;
	return is_given(&entry->given, key) || (other && is_given(&entry->given, other));
}

// All UEs have their own.
static int refuse_shadowed(const struct topology *t, const struct schema_key *key, struct mark mark,
			   struct err *err)
{
	char in[60] = "";
	const struct list_entry *first = &t->source->ues.entry[0];
	if (first->mark.line > 0)
		snprintf(in, sizeof(in), " (line %d)", first->mark.line);
	return source_blame(t->source, mark,
			    err_set(err, EINVAL,
				    "%s has no effect: all %d UEs have their own%s; set ue1%s, ...",
				    key->path, t->n_ues, in, strchr(key->path, '.')),
			    err);
}

static bool entry_overridden(const struct topology *t, const struct schema_key *key, int after)
{
	const int *last = t->source->overridden;
	const struct schema_key *other = key->instead_of ? schema_find(key->instead_of) : key;
	return last[schema_index(schema_find("ues.count"))] > after || last[schema_index(key)] > after ||
	       last[schema_index(other)] > after;
}

// For all UEs that have no value of their own.
static int judge_common(const struct topology *t, const struct schema_key *key, struct mark mark,
			struct err *err)
{
	const struct topology_source *s = t->source;
	struct place p = {.t = t, .of_file = mark.line > 0};
	struct err first;
	int rc = 1; // nobody takes it yet
	for (int i = 0; rc != 0 && i < t->n_ues; i++) {
		if (i < s->ues.n && has_own(&s->ues.entry[i], key))
			continue;
		p.ue = &t->ue[i];
		int of_this = judge(key, &p, 0, mark, rc == 1 ? &first : NULL);
		rc = of_this == 0 ? 0 : of_this;
	}
	if (rc == 1)
		return entry_overridden(t, key, order_of(mark)) ? 0 : refuse_shadowed(t, key, mark, err);
	if (rc < 0)
		*err = first;
	return rc;
}

static int check_given(const struct topology *t, const struct schema_key *key, struct err *err)
{
	const struct topology_source *s = t->source;
	struct mark mark = s->marks[schema_index(key)];
	const void *base = source_common(key, t);
	if (!is_given(&s->given, key) || says_none(key, base))
		return 0;
	const struct place p = {.t = t, .of_file = mark.line > 0};
	return key->of == KEY_OF_UE ? judge_common(t, key, mark, err) : judge(key, &p, 0, mark, err);
}

// ue: of a UE's entry; NULL = a server's.
static int check_entry(const struct topology *t, const struct list_entry *entry, const struct topology_ue *ue,
		       int number, struct err *err)
{
	int rc = 0;
	for (int k = 0; rc == 0 && k < schema_n_keys; k++) {
		const struct schema_key *key = &schema_keys[k];
		struct mark mark = entry->marks[k];
		const struct place p = {.t = t, .ue = ue, .of_file = mark.line > 0};
		if (is_given(&entry->given, key) && !says_none(key, &entry->values))
			rc = judge(key, &p, number, mark, err);
	}
	return rc;
}

int check_effects(const struct topology *t, struct err *err)
{
	int rc = 0;
	for (int k = 0; rc == 0 && k < schema_n_keys; k++)
		rc = check_given(t, &schema_keys[k], err);
	const struct entry_list *ues = &t->source->ues, *servers = &t->source->servers;
	for (int i = 0; rc == 0 && i < ues->n && i < t->n_ues; i++)
		rc = check_entry(t, &ues->entry[i], &t->ue[i], i + 1, err);
	for (int i = 0; rc == 0 && i < servers->n && i < t->n_servers; i++)
		rc = check_entry(t, &servers->entry[i], NULL, i + 1, err);
	return rc;
}
