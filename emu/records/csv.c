// SPDX-License-Identifier: BSD-3-Clause
#include "emu/records/csv.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_FIELDS 256

struct csv {
	const char *path;
	FILE *file;
	int line;
	char *text; // of the line, cut into fields
	size_t capacity;
	char *field[MOST_FIELDS];
	size_t n_fields, n_header;
	int place[MOST_FIELDS]; // of field i: which of the wanted columns it is, or -1
};

#define FAIL(c, err, code, format, ...)                                                                      \
	err_set(err, code, "%s:%d: " format, (c)->path, (c)->line, ##__VA_ARGS__)

// 1 = a line without its newline, cut into fields; 0 = the end.
static int next_line(struct csv *c, struct err *err)
{
	errno = 0;
	ssize_t n = getline(&c->text, &c->capacity, c->file);
	if (n < 0)
		return ferror(c->file) ? err_sys(err, errno ? errno : EIO, "cannot read %s", c->path) : 0;
	c->line++;
	if (c->text[n - 1] != '\n')
		return FAIL(c, err, EINVAL, "cut off in the middle of a line");
	if (strlen(c->text) != (size_t)n)
		return FAIL(c, err, EINVAL, "a zero byte stands in the line");
	c->text[n - 1] = '\0';
	c->n_fields = 0;
	for (char *rest = c->text, *field; (field = strsep(&rest, ","));) {
		if (c->n_fields == MOST_FIELDS)
			return FAIL(c, err, EINVAL, "more than %d fields", MOST_FIELDS);
		c->field[c->n_fields++] = field;
	}
	return 1;
}

static int read_header(struct csv *c, const struct csv_column *columns, size_t n, struct err *err)
{
	int r = next_line(c, err);
	if (r == 0)
		return err_set(err, EINVAL, "%s: empty: a header line was expected", c->path);
	if (r < 0)
		return r;
	c->n_header = c->n_fields;
	for (size_t f = 0; f < c->n_fields; f++)
		c->place[f] = -1;
	for (size_t i = 0; i < n; i++) {
		size_t f = 0;
		while (f < c->n_fields && strcmp(c->field[f], columns[i].name) != 0)
			f++;
		if (f == c->n_fields)
			return FAIL(c, err, EINVAL, "no column '%s': written by another version?",
				    columns[i].name);
		c->place[f] = (int)i;
	}
	return 0;
}

static int take_field(const struct csv *c, const char *text, const struct csv_column *column, char *row,
		      struct err *err)
{
	char *end = NULL;
	double number = 0;
	if (column->kind == CSV_TEXT) {
		snprintf(row + column->offset, CSV_WORD, "%s", text);
		return 0;
	}
	number = strtod(text, &end);
	if (end == text || *end || isnan(number))
		return FAIL(c, err, EINVAL, "%s is '%.40s': a number was expected", column->name, text);
	if (column->kind == CSV_NUMBER) {
		memcpy(row + column->offset, &number, sizeof(number));
		return 0;
	}
	if (number < 0 || number > UINT32_MAX || number != floor(number))
		return FAIL(c, err, EINVAL, "%s is '%.40s': a whole number was expected", column->name, text);
	uint32_t count = (uint32_t)number;
	memcpy(row + column->offset, &count, sizeof(count));
	return 0;
}

static int take_row(const struct csv *c, const struct csv_column *columns, char *row, struct err *err)
{
	if (c->n_fields != c->n_header)
		return FAIL(c, err, EINVAL, "%zu fields where the header has %zu", c->n_fields, c->n_header);
	int r = 0;
	for (size_t f = 0; r == 0 && f < c->n_fields; f++)
		if (c->place[f] >= 0)
			r = take_field(c, c->field[f], &columns[c->place[f]], row, err);
	return r;
}

static int grow(struct csv_table *table, size_t *capacity, size_t row_size, struct err *err)
{
	size_t more = *capacity ? 2 * *capacity : 256;
	void *rows = reallocarray(table->rows, more, row_size);
	if (!rows)
		return err_set(err, ENOMEM, "no memory for %zu rows", more);
	table->rows = rows;
	*capacity = more;
	return 0;
}

static int read_rows(struct csv *c, struct csv_table *table, const struct csv_column *columns,
		     size_t row_size, struct err *err)
{
	size_t capacity = 0;
	int r;
	while ((r = next_line(c, err)) == 1) {
		if (table->n_rows == capacity && (r = grow(table, &capacity, row_size, err)) < 0)
			return r;
		char *row = (char *)table->rows + table->n_rows * row_size;
		memset(row, 0, row_size);
		if ((r = take_row(c, columns, row, err)) < 0)
			return r;
		table->n_rows++;
	}
	return r;
}

int csv_read(struct csv_table *table, const char *path, const struct csv_column *columns, size_t n_columns,
	     size_t row_size, struct err *err)
{
	struct csv c = {.path = path, .file = fopen(path, "re")};
	*table = (struct csv_table){0};
	if (!c.file)
		return err_sys(err, errno, "cannot read %s", path);
	int r = read_header(&c, columns, n_columns, err);
	r = r < 0 ? r : read_rows(&c, table, columns, row_size, err);
	fclose(c.file);
	free(c.text);
	return r;
}
