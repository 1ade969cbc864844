// SPDX-License-Identifier: BSD-3-Clause
#include "setup/topology/needs_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/pattern.h"
#include "setup/topology/facts_private.h"
#include "setup/topology/value_private.h"

static size_t until(const char *text, const char *separator)
{
	const char *end = strstr(text, separator);
	return end ? (size_t)(end - text) : strlen(text);
}

static struct condition parse(const char *text, size_t length)
{
	char path[64];
	struct condition c = {.sign = *text == '!' ? '-' : '?'};
	if (*text == '@') {
		c.fact = fact_find(text + 1, length - 1);
		return c;
	}
	text += c.sign == '-';
	length -= c.sign == '-';
	size_t n = strcspn(text, "=!>");
	n = n < length ? n : length;
	snprintf(path, sizeof(path), "%.*s", (int)n, text);
	c.key = schema_find(path);
	if (n < length) {
		c.sign = text[n];
		snprintf(c.operand, sizeof(c.operand), "%.*s", (int)(length - n - 1), text + n + 1);
	}
	return c;
}

// ---- whether a condition holds

static bool is_one_of(const char *words, const char *value)
{
	char word[64];
	for (; *words; words += strspn(words, "|")) {
		size_t n = strcspn(words, "|");
		snprintf(word, sizeof(word), "%.*s", (int)n, words);
		if (pattern_fits(word, value, NULL, 0))
			return true;
		words += n;
	}
	return false;
}

static bool is_something(const json_t *value)
{
	return json_is_true(value) || (json_is_number(value) && json_number_value(value) != 0) ||
	       (json_is_string(value) && *json_string_value(value)) || json_array_size(value) > 0;
}

// An outside policy may use anything; these commands name policies beside the topology.
static bool any_policy(const struct topology *t)
{
	enum topology_purpose purpose = t->source->options.purpose;
	return strchr(t->policy, '/') || purpose == TOPOLOGY_FOR_PLAN || purpose == TOPOLOGY_FOR_TRAINING;
}

static bool key_condition_holds(const struct condition *c, const struct topology *t,
				const struct topology_ue *ue)
{
	if (c->key->kind == KEY_POLICY && any_policy(t))
		return true;
	json_t *value = value_to_json(c->key, c->key->of == KEY_OF_UE ? (const void *)ue : (const void *)t);
	const char *word = json_is_string(value) ? json_string_value(value) : "";
	bool holds = c->sign == '='   ? is_one_of(c->operand, word)
		     : c->sign == '!' ? !is_one_of(c->operand, word)
		     : c->sign == '>' ? json_number_value(value) > atof(c->operand)
				      : is_something(value) == (c->sign == '?');
	json_decref(value);
	return holds;
}

static bool condition_holds(const struct condition *c, const struct place *p, const struct topology_ue *ue)
{
	if (!c->fact)
		return key_condition_holds(c, p->t, ue);
	return (!c->fact->decided && p->of_file) || c->fact->holds(p->t, ue);
}

// The first condition that fails in an alternative; false when all hold.
static bool find_failing(const char *alternative, size_t length, const struct place *p,
			 const struct topology_ue *ue, struct condition *failing)
{
	for (size_t at = 0; at < length;) {
		size_t n = until(alternative + at, " and ");
		n = n < length - at ? n : length - at;
		*failing = parse(alternative + at, n);
		if (!condition_holds(failing, p, ue))
			return true;
		at += n + strlen(" and ");
	}
	return false;
}

// *failing: the first that does in the first alternative.
static bool hold_for(const char *needs, const struct place *p, const struct topology_ue *ue,
		     struct condition *failing)
{
	struct condition other;
	const char *first = needs;
	for (const char *at = needs;; at += strlen(" or ")) {
		size_t n = until(at, " or ");
		if (!find_failing(at, n, p, ue, at == first ? failing : &other))
			return true;
		at += n;
		if (!*at)
			return false;
	}
}

bool needs_hold(const char *needs, const struct place *p, struct condition *failing)
{
	if (p->ue)
		return hold_for(needs, p, p->ue, failing);
	struct condition other;
	bool holds = false;
	for (int i = 0; !holds && i < p->t->n_ues; i++)
		holds = hold_for(needs, p, &p->t->ue[i], i == 0 ? failing : &other);
	return holds;
}

// ---- whether an override decided it

static bool is_overridden(const struct topology_source *s, const char *group, size_t length, int after)
{
	for (int k = 0; k < schema_n_keys; k++) {
		const char *path = schema_keys[k].path;
		if (s->overridden[k] > after && strncmp(path, group, length) == 0 &&
		    (path[length] == '\0' || path[length] == '.'))
			return true;
	}
	return false;
}

static bool any_overridden(const struct topology_source *s, const char *groups, int after)
{
	for (; *groups; groups += strspn(groups, " ")) {
		size_t n = strcspn(groups, " ");
		if (is_overridden(s, groups, n, after))
			return true;
		groups += n;
	}
	return false;
}

bool needs_overridden(const struct topology_source *s, const char *needs, int after)
{
	for (const char *at = needs; *at;) {
		size_t n = until(at, " or "), m = until(at, " and ");
		n = n < m ? n : m;
		struct condition c = parse(at, n);
		if (c.fact ? c.fact->decided && any_overridden(s, c.fact->decided, after)
			   : is_overridden(s, c.key->path, strlen(c.key->path), after))
			return true;
		at += n;
		at += *at ? strlen(n == m ? " and " : " or ") : 0;
	}
	return false;
}

// ---- in words

static void append(char *buf, size_t size, const char *text, size_t length)
{
	size_t used = strlen(buf);
	snprintf(buf + used, size - used, "%.*s", (int)length, text);
}

static void append_words(char *buf, size_t size, const char *words)
{
	for (; *words; words++) {
		bool last = !strchr(words + 1, '|');
		if (*words == '|')
			append(buf, size, last ? " or " : ", ", last ? 4 : 2);
		else
			append(buf, size, words, 1);
	}
}

static void append_condition(char *buf, size_t size, const char *text, size_t length)
{
	struct condition c = parse(text, length);
	if (c.fact) {
		append(buf, size, c.fact->text, strlen(c.fact->text));
		return;
	}
	const char *before = c.sign == '-' ? "no " : "", *between = c.sign == '='   ? " "
								    : c.sign == '!' ? " other than "
								    : c.sign == '>' ? " above "
										    : "";
	append(buf, size, before, strlen(before));
	append(buf, size, c.key->path, strlen(c.key->path));
	append(buf, size, between, strlen(between));
	append_words(buf, size, c.operand);
}

char *needs_text(const char *needs, char *buf, size_t size)
{
	buf[0] = '\0';
	for (const char *at = needs; *at;) {
		size_t n = until(at, " or "), m = until(at, " and ");
		bool is_and = m < n;
		n = is_and ? m : n;
		append_condition(buf, size, at, n);
		at += n;
		if (*at)
			append(buf, size, is_and ? " and " : ", or ", is_and ? 5 : 5);
		at += *at ? strlen(is_and ? " and " : " or ") : 0;
	}
	return buf;
}
