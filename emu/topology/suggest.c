// SPDX-License-Identifier: BSD-3-Clause
// "did you mean": the nearest key, or the same word in another section, or all there are.
#include <stdio.h>
#include <string.h>

#include "emu/topology/schema.h"

#define LONGEST 40

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

// Edit distance with transpositions of neighbours (optimal string alignment), over at most LONGEST letters.
static size_t edit_distance(const char *a, const char *b)
{
	size_t rows = least(strlen(a), LONGEST), columns = least(strlen(b), LONGEST);
	size_t d[LONGEST + 1][LONGEST + 1];
	for (size_t i = 0; i <= rows; i++)
		d[i][0] = i;
	for (size_t j = 0; j <= columns; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= rows; i++) {
		for (size_t j = 1; j <= columns; j++) {
			d[i][j] = least(least(d[i - 1][j], d[i][j - 1]) + 1,
					d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
		}
	}
	return d[rows][columns];
}

// Sections directly inside `section`, as "device" in "ues", and the one sequence, "list".
static bool subsection(const struct schema_section *s, const char *section, const char **leaf)
{
	const struct schema_key as_key = {.path = s->path};
	return s->path[0] && schema_in_section(&as_key, section, leaf);
}

typedef void (*each_word)(const char *word, void *user);

static void words_of(const char *section, bool per_ue, each_word each, void *user)
{
	const char *leaf;
	for (int i = 0; i < schema_n_keys; i++)
		if (schema_in_section(&schema_keys[i], section, &leaf) && (!per_ue || schema_keys[i].per_ue))
			each(leaf, user);
	for (const struct schema_section *s = schema_sections; s->path; s++)
		if (subsection(s, section, &leaf))
			each(leaf, user);
	if (!per_ue && strcmp(section, "ues") == 0)
		each("list", user);
}

struct nearest {
	const char *word, *best;
	size_t distance;
};

static void keep_nearest(const char *word, void *user)
{
	struct nearest *n = user;
	size_t distance = edit_distance(n->word, word);
	if (distance < n->distance) {
		n->distance = distance;
		n->best = word;
	}
}

struct sentence {
	char *buf;
	size_t size, used;
};

static void append(const char *word, void *user)
{
	struct sentence *s = user;
	int n = snprintf(s->buf + s->used, s->size - s->used, "%s%s", s->used ? ", " : "the keys are ", word);
	s->used = least(s->used + (size_t)n, s->size - 1);
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

void schema_suggest(const char *section, const char *word, bool per_ue, char *buf, size_t size)
{
	// A third of the letters may be wrong; more is another word.
	struct nearest nearest = {.word = word, .distance = least(strlen(word), LONGEST) / 3 + 2};
	words_of(section, per_ue, keep_nearest, &nearest);
	const struct schema_key *elsewhere = same_word_elsewhere(word);
	if (elsewhere && nearest.distance > 1) {
		snprintf(buf, size, "did you mean %s?", elsewhere->path);
	} else if (nearest.best) {
		snprintf(buf, size, "did you mean %s?", nearest.best);
	} else {
		struct sentence s = {buf, size, 0};
		words_of(section, per_ue, append, &s);
	}
}
