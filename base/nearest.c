// SPDX-License-Identifier: BSD-3-Clause
#include "base/nearest.h"

#include <stdio.h>
#include <string.h>

#define LONGEST 60

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

struct nearest nearest_to(const char *word)
{
	return (struct nearest){.word = word, .distance = least(strlen(word), LONGEST) / 3 + 2};
}

void nearest_offer(struct nearest *n, const char *candidate)
{
	size_t distance = edit_distance(n->word, candidate);
	if (distance < n->distance) {
		n->distance = distance;
		n->best = candidate;
	}
}

void nearest_offer_all(struct nearest *n, const char *const *candidates)
{
	for (; candidates && *candidates; candidates++)
		nearest_offer(n, *candidates);
}

char *nearest_text(const struct nearest *n, char *buf, size_t size)
{
	buf[0] = '\0';
	if (n->best)
		snprintf(buf, size, "; did you mean %s?", n->best);
	return buf;
}
