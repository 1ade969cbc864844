// SPDX-License-Identifier: BSD-3-Clause
#include "records/expect/figure.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"

// Braces are written out one after the other, the first first.
static void write_out(const char *name, const struct column *row, figure_name each, void *user)
{
	const char *open = strchr(name, '{'), *close = open ? strchr(open, '}') : NULL;
	char one[FIGURE_PATH];
	if (!close) {
		each(name, row, user);
		return;
	}
	for (const char *word = open + 1; word < close; word += strcspn(word, ",}") + 1) {
		snprintf(one, sizeof(one), "%.*s%.*s%s", (int)(open - name), name, (int)strcspn(word, ",}"),
			 word, close + 1);
		write_out(one, row, each, user);
	}
}

void figure_each_name(const struct column *fields, figure_name each, void *user)
{
	for (const struct column *c = fields; c->name; c++)
		write_out(c->name, c, each, user);
}

// Up to the next dot; one within brackets belongs to an item's name.
static size_t segment(const char *path)
{
	size_t bracket = strcspn(path, "[."), n = bracket;
	if (path[n] == '[')
		n += strcspn(path + n, "]");
	return n + strcspn(path + n, ".");
}

static bool word_fits(const char *word, size_t length, const char *text, size_t n)
{
	if (length == 0 || (length == 1 && *word == 'N'))
		return n > 0 && strspn(text, "0123456789") >= n;
	return isupper((unsigned char)*word) ? n > 0 : length == n && strncmp(word, text, n) == 0;
}

// "name" or "name[item]"; an empty item in the path is all of them.
static bool segment_fits(const char *name, size_t length, const char *path, size_t n)
{
	size_t bare = strcspn(name, "[."), own = strcspn(path, "[.");
	if (bare >= length || own >= n)
		return bare >= length && own >= n && word_fits(name, length, path, n);
	bool is_list = bare == own && strncmp(name, path, own) == 0 && path[n - 1] == ']';
	bool is_all = n == own + 2;
	return is_list &&
	       (is_all || word_fits(name + bare + 1, length - bare - 2, path + own + 1, n - own - 2));
}

bool figure_fits(const char *name, const char *path)
{
	for (;;) {
		size_t length = segment(name), n = segment(path);
		if (!segment_fits(name, length, path, n))
			return false;
		name += length;
		path += n;
		if (!*name || !*path)
			return !*name && !*path;
		name++;
		path++;
	}
}

struct search {
	const char *path;
	const struct column *found;
};

static void look(const char *name, const struct column *row, void *user)
{
	struct search *s = user;
	if (!s->found && figure_fits(name, s->path))
		s->found = row;
}

static const struct column *row_of(const char *path, const struct column *fields)
{
	struct search s = {.path = path};
	figure_each_name(fields, look, &s);
	return s.found;
}

// What a name begins with when it is one UE's ("ue3.", "ues[3].", "ues[]."), in letters; 0 = it is not.
static size_t ue_prefix(const char *name)
{
	size_t digits = strncmp(name, "ue", 2) == 0 ? strspn(name + 2, "0123456789") : 0;
	size_t n = segment(name);
	if (name[n] != '.')
		return 0;
	bool is_item = (digits && digits + 2 == n) || segment_fits("ues[]", 5, name, n);
	return is_item ? n + 1 : 0;
}

// A UE's figures are those of all tasks.
static const struct column *find_of_ue(struct figure *f, const char *name, const struct column *fields)
{
	char as_task[FIGURE_PATH];
	size_t n = ue_prefix(name);
	if (n == 0)
		return NULL;
	const char *digits = name + strcspn(name, "0123456789]");
	f->ue = atoi(digits);
	snprintf(f->path, sizeof(f->path), "ues[%.*s].%s", (int)strspn(digits, "0123456789"), digits,
		 name + n);
	snprintf(as_task, sizeof(as_task), "tasks.%s", name + n);
	const struct column *row = row_of(as_task, fields);
	return row ? row : row_of(f->path, fields);
}

static const struct column *find(struct figure *f, const char *name, const struct column *fields)
{
	snprintf(f->path, sizeof(f->path), "tasks.%s", name);
	const struct column *row = row_of(name, fields) ? NULL : row_of(f->path, fields);
	row = row ? row : find_of_ue(f, name, fields);
	if (row)
		return row;
	snprintf(f->path, sizeof(f->path), "%s", name);
	f->ue = strncmp(name, "radio[", 6) == 0 || strncmp(name, "radio_energy[", 13) == 0 ||
			strncmp(name, "traffic[", 8) == 0
		    ? atoi(strchr(name, '[') + 1)
		    : 0;
	return row_of(name, fields);
}

struct suggestion {
	const char *name; // as given
	struct nearest nearest;
	bool of_ue; // what tasks has, without its name
	char best[FIGURE_PATH];
	char parts[300];  // what stands below the name, when it is no figure but a part of several
	const char *told; // the configuration that the name lies in
};

// What stands in tasks has two names.
static int names_of(const char *name, bool of_ue, const char *names[2])
{
	bool of_tasks = strncmp(name, "tasks.", 6) == 0;
	names[0] = name;
	names[1] = of_tasks ? name + 6 : name;
	if (!of_ue)
		return 1 + of_tasks;
	names[0] = names[1];
	return of_tasks;
}

static bool lies_in(const char *whole, const char *part)
{
	size_t n = strlen(whole);
	return strncmp(part, whole, n) == 0 && (part[n] == '.' || part[n] == '[');
}

static void suggest(const char *name, const struct column *row, void *user)
{
	struct suggestion *s = user;
	const char *names[2];
	bool is_configuration = strcmp(row->unit, "configuration") == 0;
	if (is_configuration && (lies_in(name, s->name) || strcmp(name, s->name) == 0))
		s->told = row->name;
	for (int i = 0; !is_configuration && i < names_of(name, s->of_ue, names); i++) {
		size_t used = strlen(s->parts);
		if (lies_in(s->nearest.word, names[i]))
			snprintf(s->parts + used, sizeof(s->parts) - used, "%s%s", used ? ", " : "",
				 names[i]);
		nearest_offer(&s->nearest, names[i]);
		if (s->nearest.best != names[i])
			continue;
		snprintf(s->best, sizeof(s->best), "%s", names[i]);
		s->nearest.best = s->best;
	}
}

static int refuse(const char *name, const struct column *fields, struct err *err)
{
	size_t prefix = ue_prefix(name);
	struct suggestion s = {.name = name, .nearest = nearest_to(name + prefix), .of_ue = prefix > 0};
	figure_each_name(fields, suggest, &s);
	if (s.told)
		return err_set(err, EINVAL, "%s is what the run was told, not what it measured", name);
	if (*s.parts)
		return err_set(err, EINVAL, "%s is several figures: %s", name, s.parts);
	if (s.nearest.best)
		return err_set(err, EINVAL, "summary.json has no figure '%s': did you mean %.*s%s?", name,
			       (int)prefix, name, s.best);
	return err_set(err, EINVAL,
		       "summary.json has no figure '%s': `airbatch help run-directory` lists what it has",
		       name);
}

int figure_find(struct figure *f, const char *name, const struct column *fields, struct err *err)
{
	static const char alias[] = "promised_missed", meant[] = "promised_but_missed";
	char whole[FIGURE_PATH - 8];
	size_t length = strlen(name),
	       end = length >= sizeof(alias) - 1 ? length - (sizeof(alias) - 1) : length;
	bool is_alias = strcmp(name + end, alias) == 0 && (end == 0 || name[end - 1] == '.');
	*f = (struct figure){0};
	if (length + sizeof(meant) > sizeof(whole))
		return err_set(err, EINVAL, "summary.json has no figure '%.40s...'", name);
	snprintf(whole, sizeof(whole), "%.*s%s", (int)(is_alias ? end : length), name, is_alias ? meant : "");
	const struct column *row = find(f, whole, fields);
	if (!row || strcmp(row->unit, "configuration") == 0)
		return refuse(name, fields, err);
	snprintf(f->unit, sizeof(f->unit), "%s", row->unit);
	return 0;
}

// The item's number or name: what it is listed by.
static const char *item_name(const json_t *item, char *buf, size_t size)
{
	static const char *const keys[] = {"ue", "stage", "file", "node"};
	const json_t *v = NULL;
	for (int i = 0; !v && i < 4; i++)
		v = json_object_get(item, keys[i]);
	if (json_is_integer(v))
		snprintf(buf, size, "%d", (int)json_integer_value(v));
	else
		snprintf(buf, size, "%s", json_is_string(v) ? json_string_value(v) : "");
	return buf;
}

struct walk {
	figure_visit visit;
	void *user;
	const json_t *object; // the last one passed
	const char *place;
	const json_t *zero; // of what was never counted
};

static void follow(const json_t *at, const char *path, const struct walk *w);

// path: behind "[" of a list's segment.
static void follow_items(const json_t *list, const char *path, const struct walk *w)
{
	size_t n = strcspn(path, "]"), i, visited = 0;
	const char *rest = path + n + (path[n] == ']');
	const json_t *item;
	char name[64], place[72];
	json_array_foreach(list, i, item)
	{
		item_name(item, name, sizeof(name));
		if (n > 0 && (strlen(name) != n || strncmp(name, path, n) != 0))
			continue;
		struct walk inner = *w;
		snprintf(place, sizeof(place), "%s%s", json_object_get(item, "ue") ? "ue" : "", name);
		inner.place = place;
		visited++;
		follow(item, rest + (*rest == '.'), &inner);
	}
	if (visited == 0)
		w->visit(NULL, NULL, "", w->user);
}

static void follow(const json_t *at, const char *path, const struct walk *w)
{
	char key[FIGURE_PATH];
	if (!*path) {
		w->visit(json_is_null(at) ? NULL : at, w->object, w->place, w->user);
		return;
	}
	struct walk inner = *w;
	size_t n = segment(path), bare = strcspn(path, "[.");
	snprintf(key, sizeof(key), "%.*s", (int)bare, path);
	const json_t *next = json_object_get(at, key);
	inner.object = at;
	if (path[bare] == '[')
		follow_items(next, path + bare + 1, &inner);
	else if (!next && json_is_object(at) && !path[n] && strspn(key, "0123456789") == n)
		follow(w->zero, "", &inner);
	else
		follow(next, path + n + (path[n] == '.'), &inner);
}

void figure_each(const struct figure *f, const json_t *summary, figure_visit visit, void *user)
{
	json_t *zero = json_integer(0);
	const struct walk w = {.visit = visit, .user = user, .place = "", .zero = zero};
	follow(summary, f->path, &w);
	json_decref(zero);
}
