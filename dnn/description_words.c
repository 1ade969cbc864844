// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/description_parser_private.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
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

// Reads digits only, least..limit; returns the end, or NULL.
static const char *read_number(const char *text, int least, int limit, int *out)
{
	long value = 0;
	const char *c = text;
	for (; isdigit((unsigned char)*c); c++) {
		value = value * 10 + (*c - '0');
		if (value > limit)
			return NULL;
	}
	*out = (int)value;
	return c > text && value >= least ? c : NULL;
}

int parse_count(struct parser *p, const char *what, const char *word, int limit, int *out)
{
	const char *end = word ? read_number(word, 1, limit, out) : NULL;
	if (!end || *end)
		return parser_refuse(p, p->line, "%s is '%s': write a whole number from 1 to %d", what,
				     word ? word : "", limit);
	return 0;
}

int parse_offset(struct parser *p, const char *what, const char *word, int limit, int *out)
{
	const char *end = word ? read_number(word, 0, limit, out) : NULL;
	if (!end || *end)
		return parser_refuse(p, p->line, "%s is '%s': write a whole number from 0 to %d", what,
				     word ? word : "", limit);
	return 0;
}

// Reads count whole numbers from `least` on, with the separator between them.
static bool read_numbers(const char *word, char separator, int least, int limit, int *values, int count)
{
	const char *c = word;
	for (int i = 0; i < count && c; i++) {
		c = read_number(c, least, limit, &values[i]);
		if (c && i + 1 < count)
			c = *c == separator ? c + 1 : NULL;
	}
	return c && *c == '\0';
}

int parse_kernel(struct parser *p, const char *word, struct yx *kernel)
{
	int sides[2];
	if (!word || !read_numbers(word, 'x', 1, DESCRIPTION_MAX_KERNEL, sides, 2))
		return parser_refuse(p, p->line, "the kernel is '%s': write HEIGHTxWIDTH, 1x1 to %dx%d",
				     word ? word : "", DESCRIPTION_MAX_KERNEL, DESCRIPTION_MAX_KERNEL);
	*kernel = (struct yx){sides[0], sides[1]};
	return 0;
}

int parse_pair(struct parser *p, const char *what, const char *word, struct yx *out)
{
	int v[2];
	if (word && read_numbers(word, 'x', 1, DESCRIPTION_MAX_KERNEL, v, 1))
		v[1] = v[0];
	else if (!word || !read_numbers(word, 'x', 1, DESCRIPTION_MAX_KERNEL, v, 2))
		return parser_refuse(p, p->line, "%s is '%s': write N or ROWSxCOLUMNS, each from 1 to %d",
				     what, word ? word : "", DESCRIPTION_MAX_KERNEL);
	*out = (struct yx){v[0], v[1]};
	return 0;
}

int parse_padding(struct parser *p, const char *word, struct window *w)
{
	int v[4]; // top, left, bottom, right
	if (word && read_numbers(word, 'x', 0, DESCRIPTION_MAX_KERNEL, v, 1)) {
		v[1] = v[2] = v[3] = v[0];
	} else if (word && read_numbers(word, 'x', 0, DESCRIPTION_MAX_KERNEL, v, 2)) {
		v[2] = v[0];
		v[3] = v[1];
	} else if (!word || !read_numbers(word, ',', 0, DESCRIPTION_MAX_KERNEL, v, 4)) {
		return parser_refuse(
		    p, p->line,
		    "the padding is '%s': write N, ROWSxCOLUMNS or TOP,LEFT,BOTTOM,RIGHT, each "
		    "from 0 to %d",
		    word ? word : "", DESCRIPTION_MAX_KERNEL);
	}
	w->pad_before = (struct yx){v[0], v[1]};
	w->pad_after = (struct yx){v[2], v[3]};
	return 0;
}

int parse_share(struct parser *p, const char *what, const char *word, double *out)
{
	char *end = NULL;
	bool begins =
	    word && (isdigit((unsigned char)*word) || *word == '.'); // no sign, no hexadecimals of C
	double value = begins ? strtod(word, &end) : 0;
	if (!begins || *end || strpbrk(word, "xX") || !(value > 0 && value <= 1))
		return parser_refuse(p, p->line, "%s is '%s': write a share above 0, at most 1", what,
				     word ? word : "");
	*out = value;
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
	if (!word || !read_numbers(word, 'x', 1, DESCRIPTION_MAX_SIDE, sides, 3) ||
	    (int64_t)sides[0] * sides[1] * sides[2] > DESCRIPTION_MAX_VALUES)
		return parser_refuse(p, p->line,
				     "the input is '%s': write HEIGHTxWIDTHxCHANNELS, at most %d values",
				     word ? word : "", DESCRIPTION_MAX_VALUES);
	*out = (struct shape){sides[0], sides[1], sides[2]};
	return 0;
}

int parse_real(struct parser *p, const char *what, const char *word, float *out)
{
	char *end = NULL;
	bool plain = word && *word && strspn(word, "+-.0123456789eE") == strlen(word);
	*out = plain ? strtof(word, &end) : 0;
	if (!plain || *end || !isfinite(*out))
		return parser_refuse(p, p->line, "%s is '%s': write a number such as 0.1 or -1e-3", what,
				     word ? word : "");
	return 0;
}

// Reads a decimal number above 0, digits and one point only; returns the end, or NULL.
static const char *read_decimal(const char *text, double limit, float *out)
{
	size_t n = strspn(text, "0123456789.");
	char digits[32], *end;
	if (n == 0 || n >= sizeof(digits))
		return NULL;
	memcpy(digits, text, n);
	digits[n] = '\0';
	double value = strtod(digits, &end);
	*out = (float)value;
	return *end == '\0' && value <= limit && *out > 0 ? text + n : NULL;
}

int parse_decimal(struct parser *p, const char *what, const char *word, double limit, float *out)
{
	const char *end = word ? read_decimal(word, limit, out) : NULL;
	if (!end || *end)
		return parser_refuse(p, p->line, "%s is '%s': write a decimal number above 0, at most %g",
				     what, word ? word : "", limit);
	return 0;
}

int parse_decimals(struct parser *p, const char *what, const char *word, double limit, float *out, int count)
{
	const char *c = word;
	for (int i = 0; i < count && c; i++) {
		c = read_decimal(c, limit, &out[i]);
		if (c && i + 1 < count)
			c = *c == ',' ? c + 1 : NULL;
	}
	if (!c || *c)
		return parser_refuse(
		    p, p->line,
		    "%s is '%s': write %d decimal numbers above 0 with ',' between them, each "
		    "at most %g",
		    what, word ? word : "", count, limit);
	return 0;
}
