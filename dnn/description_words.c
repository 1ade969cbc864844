// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/description_parser.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int parser_refuse(struct parser *p, int line, const char *format, ...)
{
	char sentence[384];
	va_list args;
	va_start(args, format);
	vsnprintf(sentence, sizeof(sentence), format, args);
	va_end(args);
	return err_set(p->err, EINVAL, "%s:%d: %s", p->where, line, sentence);
}
// Reads digits only, 1..limit; returns the end, or NULL.
static const char *read_count(const char *text, int limit, int *out)
{
	long value = 0;
	const char *c = text;
	for (; isdigit((unsigned char)*c); c++) {
		value = value * 10 + (*c - '0');
		if (value > limit)
			return NULL;
	}
	*out = (int)value;
	return c > text && value >= 1 ? c : NULL;
}

int parse_count(struct parser *p, const char *what, const char *word, int limit, int *out)
{
	const char *end = word ? read_count(word, limit, out) : NULL;
	if (!end || *end)
		return parser_refuse(p, p->line, "%s is '%s': write a whole number from 1 to %d", what,
				     word ? word : "", limit);
	return 0;
}

// Reads "AxB" or "AxBxC" into count values.
static bool read_product(const char *word, int limit, int *values, int count)
{
	const char *c = word;
	for (int i = 0; i < count && c; i++) {
		c = read_count(c, limit, &values[i]);
		if (c && i + 1 < count)
			c = *c == 'x' ? c + 1 : NULL;
	}
	return c && *c == '\0';
}

int parse_kernel(struct parser *p, const char *word, int *kernel)
{
	int sides[2];
	if (!word || !read_product(word, MAX_KERNEL, sides, 2) || sides[0] != sides[1])
		return parser_refuse(p, p->line, "the kernel is '%s': write a square one from 1x1 to %dx%d",
				     word ? word : "", MAX_KERNEL, MAX_KERNEL);
	*kernel = sides[0];
	return 0;
}

int parse_name(struct parser *p, const char *what, const char *word, char *out, size_t size)
{
	size_t n = word ? strlen(word) : 0;
	bool good = n > 0 && n < size;
	for (size_t i = 0; i < n; i++)
		good &= isalnum((unsigned char)word[i]) || strchr("-_.", word[i]);
	if (!good)
		return parser_refuse(
		    p, p->line, "the name of the %s is '%s': write 1 to %zu letters, digits, '-', '_', '.'",
		    what, word ? word : "", size - 1);
	memcpy(out, word, n + 1);
	return 0;
}

int parse_sides(struct parser *p, const char *word, struct shape *out)
{
	int sides[3];
	if (!word || !read_product(word, MAX_SIDE, sides, 3) ||
	    (int64_t)sides[0] * sides[1] * sides[2] > MAX_VALUES)
		return parser_refuse(p, p->line,
				     "the input is '%s': write HEIGHTxWIDTHxCHANNELS, at most %d values",
				     word ? word : "", MAX_VALUES);
	*out = (struct shape){sides[0], sides[1], sides[2]};
	return 0;
}
