// SPDX-License-Identifier: BSD-3-Clause
#include "records/csv.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/printable.h"
#include "records/follow.h"

static int take_field(const char *text, const struct csv_column *column, char *row, struct err *err)
{
	double number;
	if (column->kind == CSV_TEXT) {
		snprintf(row + column->offset, CSV_WORD, "%s", text);
		printable(row + column->offset, false);
		return 0;
	}
	if (!follow_number(text, &number) || isnan(number))
		return err_set(err, EINVAL, "%s is '%.40s': a number was expected", column->name, text);
	if (column->kind == CSV_NUMBER) {
		memcpy(row + column->offset, &number, sizeof(number));
		return 0;
	}
	if (number < 0 || number > UINT32_MAX || number != floor(number))
		return err_set(err, EINVAL, "%s is '%.40s': a whole number was expected", column->name, text);
	uint32_t count = (uint32_t)number;
	memcpy(row + column->offset, &count, sizeof(count));
	return 0;
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

static int read_rows(struct follow *f, struct csv_table *table, const struct csv_column *columns,
		     size_t n_columns, size_t row_size, struct err *err)
{
	const char *field[FOLLOW_MOST_COLUMNS];
	size_t capacity = 0;
	int r;
	while ((r = follow_next(f, field, err)) == 1) {
		if (table->n_rows == capacity && (r = grow(table, &capacity, row_size, err)) < 0)
			return r;
		char *row = (char *)table->rows + table->n_rows * row_size;
		memset(row, 0, row_size);
		for (size_t i = 0; i < n_columns; i++)
			if ((r = take_field(field[i], &columns[i], row, err)) < 0) {
				err_prefix(err, "%s", follow_where(f));
				return r;
			}
		table->n_rows++;
	}
	return r;
}

int csv_read(struct csv_table *table, const char *path, const struct csv_column *columns, size_t n_columns,
	     size_t row_size, struct err *err)
{
	const char *names[FOLLOW_MOST_COLUMNS + 1] = {NULL};
	*table = (struct csv_table){0};
	if (n_columns > FOLLOW_MOST_COLUMNS)
		return err_set(err, EINVAL, "%s: %zu columns at once: at most %d are right", path, n_columns,
			       FOLLOW_MOST_COLUMNS);
	for (size_t i = 0; i < n_columns; i++)
		names[i] = columns[i].name;
	struct follow *f = follow_new(path, names);
	if (!f)
		return err_set(err, ENOMEM, "no memory to read %s", path);
	follow_to_end(f);
	int r = read_rows(f, table, columns, n_columns, row_size, err);
	follow_free(f);
	return r;
}
