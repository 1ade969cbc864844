// SPDX-License-Identifier: BSD-3-Clause
#include "emu/watch/follow.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct follow {
	char path[PATH_MAX], where[PATH_MAX + 16];
	const char *const *columns;
	size_t place[FOLLOW_MOST_COLUMNS]; // of columns[i] in a line
	size_t n_fields;		   // of the header
	FILE *file;
	int lines;
	char *text;
	size_t capacity;
};

struct follow *follow_new(const char *path, const char *const *columns)
{
	struct follow *f = calloc(1, sizeof(*f));
	if (!f)
		return NULL;
	snprintf(f->path, sizeof(f->path), "%s", path);
	f->columns = columns;
	return f;
}

void follow_free(struct follow *f)
{
	if (!f)
		return;
	if (f->file)
		fclose(f->file);
	free(f->text);
	free(f);
}

// A whole line without its newline; false at the end of what is written. Half a line is read again.
static bool next_line(struct follow *f)
{
	if (!f->file && !(f->file = fopen(f->path, "re")))
		return false;
	clearerr(f->file);
	off_t from = ftello(f->file);
	ssize_t n = getline(&f->text, &f->capacity, f->file);
	if (n > 0 && f->text[n - 1] == '\n') {
		f->text[n - 1] = '\0';
		f->lines++;
		return true;
	}
	fseeko(f->file, from, SEEK_SET);
	return false;
}

static int read_header(struct follow *f, struct err *err)
{
	for (size_t i = 0; f->columns[i]; i++)
		f->place[i] = SIZE_MAX;
	char *rest = f->text, *name;
	for (f->n_fields = 0; (name = strsep(&rest, ",")); f->n_fields++)
		for (size_t i = 0; f->columns[i]; i++)
			if (strcmp(f->columns[i], name) == 0)
				f->place[i] = f->n_fields;
	for (size_t i = 0; f->columns[i]; i++)
		if (f->place[i] == SIZE_MAX)
			return err_set(err, EINVAL, "%s: no column '%s': written by another version?",
				       follow_where(f), f->columns[i]);
	return 0;
}

int follow_next(struct follow *f, const char *field[], struct err *err)
{
	if (f->lines == 0) {
		int r = next_line(f) ? read_header(f, err) : -EAGAIN;
		if (r < 0)
			return r == -EAGAIN ? 0 : r;
	}
	if (!next_line(f))
		return 0;
	size_t n = 0;
	char *rest = f->text, *text;
	for (; (text = strsep(&rest, ",")); n++)
		for (size_t i = 0; f->columns[i]; i++)
			if (f->place[i] == n)
				field[i] = text;
	if (n != f->n_fields)
		return err_set(err, EINVAL, "%s: %zu fields where the header has %zu", follow_where(f), n,
			       f->n_fields);
	return 1;
}

const char *follow_where(struct follow *f)
{
	snprintf(f->where, sizeof(f->where), "%s:%d", f->path, f->lines);
	return f->where;
}

bool follow_number(const char *field, double *out)
{
	char *end;
	*out = strtod(field, &end);
	return end != field && *end == '\0';
}
