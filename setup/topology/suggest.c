// SPDX-License-Identifier: BSD-3-Clause
// "did you mean": the nearest key, or the same word in another section, or all there are.
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "setup/topology/schema_private.h"

// Sections directly inside `section`, as "device" in "ues".
static bool subsection(const struct schema_section *s, const char *section, const char **leaf)
{
	const struct schema_key as_key = {.path = s->path};
	return s->path[0] && schema_in_section(&as_key, section, leaf);
}

typedef void (*each_word)(const char *word, void *user);

static void words_of(const char *section, bool of_item, each_word each, void *user)
{
	const char *leaf;
	for (int i = 0; i < schema_n_keys; i++)
		if (schema_in_section(&schema_keys[i], section, &leaf) &&
		    (!of_item || schema_keys[i].of != KEY_OF_RUN))
			each(leaf, user);
	for (const struct schema_section *s = schema_sections; s->path; s++)
		if (subsection(s, section, &leaf))
			each(leaf, user);
	if (!of_item && schema_list_at(section))
		each("list", user);
}

static void keep_nearest(const char *word, void *user)
{
	nearest_offer(user, word);
}

struct sentence {
	char *buf;
	size_t size, used;
};

static void append(const char *word, void *user)
{
	struct sentence *s = user;
	int n = snprintf(s->buf + s->used, s->size - s->used, "%s%s", s->used ? ", " : "the keys are ", word);
	size_t used = s->used + (size_t)n;
	s->used = used < s->size ? used : s->size - 1;
}

static const struct schema_key *same_word_elsewhere(const char *word)
{
	for (int i = 0; i < schema_n_keys; i++) {
		const char *dot = strrchr(schema_keys[i].path, '.');
		if (dot && strcmp(dot + 1, word) == 0)
			return &schema_keys[i];
	}
	return NULL;
}

void schema_suggest(const char *section, const char *word, bool of_item, char *buf, size_t size)
{
	struct nearest nearest = nearest_to(word);
	words_of(section, of_item, keep_nearest, &nearest);
	const struct schema_key *elsewhere = same_word_elsewhere(word);
	if (elsewhere && nearest.distance > 1) {
		snprintf(buf, size, "did you mean %s?", elsewhere->path);
	} else if (nearest.best) {
		snprintf(buf, size, "did you mean %s?", nearest.best);
	} else {
		struct sentence s = {buf, size, 0};
		words_of(section, of_item, append, &s);
	}
}
