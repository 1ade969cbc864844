// SPDX-License-Identifier: BSD-3-Clause
#include "phy/trace/reader.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

int reader_open(struct reader *r, const char *path, struct err *err)
{
	r->path = path;
	r->line = 0;
	r->n_fields = 0;
	r->file = fopen(path, "re");
	return r->file ? 0 : err_sys(err, errno, "%s cannot be opened", path);
}

void reader_close(struct reader *r)
{
	fclose(r->file);
}

// Reads one line without its end into r->text: 1, 0 at the end of the file, or a negative errno.
static int read_line(struct reader *r, struct err *err)
{
	size_t n = 0;
	int c;
	r->line++;
	while ((c = getc(r->file)) != EOF && c != '\n') {
		if (c == '\0')
			return reader_fail(r, err, EINVAL,
					   "the line has a zero byte: this is not a text file");
		if (n + 1 == sizeof(r->text))
			return reader_fail(r, err, EINVAL, "the line is longer than %zu characters",
					   sizeof(r->text) - 1);
		r->text[n++] = (char)c;
	}
	if (c == EOF && ferror(r->file))
		return err_sys(err, EIO, "%s cannot be read", r->path);
	r->text[n] = '\0';
	return c == EOF && n == 0 ? 0 : 1;
}

static char *trimmed(char *text)
{
	while (isspace((unsigned char)*text))
		text++;
	char *end = text + strlen(text);
	while (end > text && isspace((unsigned char)end[-1]))
		*--end = '\0';
	return text;
}

static int split(struct reader *r, struct err *err)
{
	char *rest = r->text, *field;
	r->n_fields = 0;
	while ((field = strsep(&rest, ","))) {
		if (r->n_fields == READER_FIELDS)
			return reader_fail(r, err, EINVAL, "the row has more than %d fields", READER_FIELDS);
		r->field[r->n_fields++] = trimmed(field);
	}
	return 1;
}

int reader_next(struct reader *r, struct err *err)
{
	for (;;) {
		int got = read_line(r, err);
		if (got <= 0)
			return got;
		const char *first = r->text + strspn(r->text, " \t\r");
		if (*first != '\0' && *first != '#')
			return split(r, err);
	}
}

int reader_expect(const struct reader *r, const char *const *columns, struct err *err)
{
	char names[256] = "";
	int n = 0;
	for (size_t used = 0; columns[n]; n++)
		if (used < sizeof(names))
			used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s", n ? "," : "",
						 columns[n]);
	if (r->n_fields == n)
		return 0;
	return reader_fail(r, err, EINVAL, "the row has %d fields instead of the %d of %s", r->n_fields, n,
			   names);
}

// strtod also reads "nan", "inf" and hexadecimal: none of them belongs in a trace.
static bool is_decimal(const char *text)
{
	return *text != '\0' && text[strspn(text, "+-.0123456789eE")] == '\0';
}

int reader_header(struct reader *r, const char *const *columns, struct err *err)
{
	int got = reader_next(r, err);
	if (got == 0)
		return err_set(err, EINVAL, "%s is empty: its first line must name the columns", r->path);
	if (got < 0)
		return got;
	int failed = reader_expect(r, columns, err);
	if (failed)
		return failed;
	for (int i = 0; i < r->n_fields; i++)
		if (strcmp(r->field[i], columns[i]) != 0)
			return reader_fail(r, err, EINVAL,
					   "column %d is '%.80s': the header line must name it %s", i + 1,
					   r->field[i], columns[i]);
	return 0;
}

int reader_number(const struct reader *r, int i, const char *name, double low, double high, double *out,
		  struct err *err)
{
	const char *text = r->field[i];
	char *end = NULL;
	double value = strtod(text, &end);
	if (!is_decimal(text) || *end != '\0' || !isfinite(value))
		return reader_fail(r, err, EINVAL, "%s '%.80s' is not a number", name, text);
	if (!(value >= low && value <= high))
		return reader_fail(r, err, EINVAL, "%s %g is outside %g .. %g", name, value, low, high);
	*out = value;
	return 0;
}

int reader_count(const struct reader *r, int i, const char *name, uint64_t high, uint64_t *out,
		 struct err *err)
{
	const char *text = r->field[i];
	errno = 0;
	char *end = NULL;
	unsigned long long value = strtoull(text, &end, 10);
	if (*text == '\0' || text[strspn(text, "0123456789")] != '\0')
		return reader_fail(r, err, EINVAL, "%s '%.80s' is not a whole number of 0 or more", name,
				   text);
	if (errno == ERANGE || value > high)
		return reader_fail(r, err, EINVAL, "%s %.80s is more than %llu", name, text,
				   (unsigned long long)high);
	*out = value;
	return 0;
}
