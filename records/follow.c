// SPDX-License-Identifier: BSD-3-Clause
#include "records/follow.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/place.h"

#define NOT_WANTED SIZE_MAX

struct follow {
	char path[PATH_MAX], where[PATH_MAX + 16];
	const char *const *columns;
	size_t n_fields;   // of the header
	size_t *column_of; // [n_fields] its place in columns, NOT_WANTED
	FILE *file;
	bool ends;
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
	free(f->column_of);
	free(f->text);
	free(f);
}

void follow_to_end(struct follow *f)
{
	f->ends = true;
}

// Nothing comes after this place as yet, or at all.
static int at_end(struct follow *f, off_t from, bool half_a_line, struct err *err)
{
	if (ferror(f->file))
		return err_sys(err, errno ? errno : EIO, "cannot read %s", f->path);
	if (f->ends && half_a_line)
		return err_set(err, EINVAL, "%s:%d: cut off in the middle of a line", f->path, f->lines + 1);
	if (f->ends && f->lines == 0)
		return err_set(err, EINVAL, "%s: empty: a header line was expected", f->path);
	if (!f->ends)
		fseeko(f->file, from, SEEK_SET);
	return 0;
}

// 1 = a whole line without its newline, 0 = none. Half a line is read again.
static int next_line(struct follow *f, struct err *err)
{
	if (!f->file && !(f->file = place_read(f->path, err)))
		return f->ends ? -errno : 0;
	clearerr(f->file);
	errno = 0;
	off_t from = f->ends ? 0 : ftello(f->file);
	ssize_t n = getline(&f->text, &f->capacity, f->file);
	if (n <= 0 || f->text[n - 1] != '\n')
		return at_end(f, from, n > 0, err);
	f->lines++;
	if (strlen(f->text) != (size_t)n)
		return err_set(err, EINVAL, "%s: a zero byte stands in the line", follow_where(f));
	f->text[n - 1] = '\0';
	return 1;
}

static size_t place_of(const struct follow *f, const char *name)
{
	for (size_t i = 0; f->columns[i]; i++)
		if (strcmp(f->columns[i], name) == 0)
			return i;
	return NOT_WANTED;
}

static bool has_place(const struct follow *f, size_t place)
{
	for (size_t i = 0; i < f->n_fields; i++)
		if (f->column_of[i] == place)
			return true;
	return false;
}

static int read_header(struct follow *f, struct err *err)
{
	size_t most = 1;
	for (const char *c = f->text; *c; c++)
		most += *c == ',';
	f->column_of = calloc(most, sizeof(*f->column_of));
	if (!f->column_of)
		return err_set(err, ENOMEM, "no memory for %zu columns", most);
	char *rest = f->text, *name;
	while ((name = strsep(&rest, ",")))
		f->column_of[f->n_fields++] = place_of(f, name);
	for (size_t i = 0; f->columns[i]; i++)
		if (!has_place(f, i))
			return err_set(err, EINVAL, "%s: no column '%s': written by another version?",
				       follow_where(f), f->columns[i]);
	return 0;
}

int follow_next(struct follow *f, const char *field[], struct err *err)
{
	int r = 1;
	if (f->lines == 0 && (r = next_line(f, err)) == 1)
		r = read_header(f, err) < 0 ? -errno : 1;
	r = r == 1 ? next_line(f, err) : r;
	if (r <= 0)
		return r;
	size_t n = 0;
	char *rest = f->text, *text;
	for (; (text = strsep(&rest, ",")); n++)
		if (n < f->n_fields && f->column_of[n] != NOT_WANTED)
			field[f->column_of[n]] = text;
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
