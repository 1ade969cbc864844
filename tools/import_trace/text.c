// SPDX-License-Identifier: BSD-3-Clause
#include "tools/import_trace/text.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_BYTES ((size_t)INT32_MAX)

static int read_all(struct text *t, FILE *file, struct err *err)
{
	size_t capacity = 0;
	for (;;) {
		if (t->size + 1 >= capacity) {
			capacity = capacity ? 2 * capacity : 1 << 16;
			char *grown = capacity <= 2 * MOST_BYTES ? realloc(t->data, capacity) : NULL;
			if (!grown)
				return err_set(err, EFBIG,
					       "%s does not fit in memory, or is larger than 2 GiB", t->path);
			t->data = grown;
		}
		size_t got = fread(t->data + t->size, 1, capacity - 1 - t->size, file);
		t->size += got;
		if (got == 0)
			break;
	}
	t->data[t->size] = '\0';
	return ferror(file) ? err_sys(err, errno ? errno : EIO, "%s cannot be read", t->path) : 0;
}

static bool begins_with(const struct text *t, const char *bytes, size_t n)
{
	return t->size >= n && memcmp(t->data, bytes, n) == 0;
}

static int check(struct text *t, struct err *err)
{
	t->line = 1;
	if (begins_with(t, "\x1f\x8b", 2))
		return text_refuse(t, err,
				   "the file is compressed: unpack it (gunzip, or zcat FILE and - here)");
	if (begins_with(t, "\xff\xfe", 2) || begins_with(t, "\xfe\xff", 2))
		return text_refuse(t, err, "this is text in UTF-16: save it as UTF-8");
	const char *zero = memchr(t->data, '\0', t->size);
	for (const char *c = t->data; zero && c < zero; c++)
		t->line += *c == '\n';
	if (zero)
		return text_refuse(t, err, "the line has a zero byte: this is not a text file");
	return 0;
}

int text_open(struct text *t, const char *path, const char *form, struct err *err)
{
	bool is_input = strcmp(path, "-") == 0;
	*t = (struct text){.path = is_input ? "standard input" : path, .form = form};
	FILE *file = is_input ? stdin : fopen(path, "re");
	if (!file)
		return err_sys(err, errno, "%s cannot be opened", path);
	int rc = read_all(t, file, err);
	if (!is_input)
		fclose(file);
	rc = rc < 0 ? rc : check(t, err);
	if (rc < 0)
		text_close(t);
	else
		text_rewind(t);
	return rc;
}

void text_close(struct text *t)
{
	free(t->data);
	t->data = NULL;
}

void text_rewind(struct text *t)
{
	t->at = begins_with(t, "\xef\xbb\xbf", 3) ? 3 : 0;
	t->line = 0;
}

// The line at t->at, terminated in place; what ended it may have been replaced before.
static void take_line(struct text *t)
{
	t->row = t->data + t->at;
	t->at += strcspn(t->row, "\r\n");
	bool was_return = t->at < t->size && t->data[t->at] != '\n';
	t->data[t->at++] = '\0';
	if (was_return && t->at < t->size && t->data[t->at] == '\n')
		t->at++;
	t->line++;
}

bool text_next(struct text *t)
{
	while (t->at < t->size) {
		take_line(t);
		const char *first = t->row + strspn(t->row, " \t");
		if (*first != '\0' && *first != '#')
			return true;
	}
	return false;
}

int text_number(const struct text *t, const char **at, double *out, struct err *err)
{
	const char *from = *at + strspn(*at, " \t");
	if (*from == '\0')
		return 0;
	size_t length = strcspn(from, " \t");
	char *end;
	*out = strtod(from, &end);
	// strtod reads hexadecimal, too.
	if (end != from + length || !isfinite(*out) || strspn(from, "+-.0123456789eE") != length)
		return text_refuse(t, err, "'%.*s' is not a number", (int)(length < 60 ? length : 60), from);
	*at = end;
	return 1;
}
