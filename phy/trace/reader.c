// SPDX-License-Identifier: BSD-3-Clause
#include "phy/trace/reader.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// Skips the mark of UTF-8, which some editors put in front of a text; that of UTF-16 is refused.
static int skip_mark(struct reader *r, struct err *err)
{
	int first = getc(r->file);
	if (first == EOF && ferror(r->file))
		return err_sys(err, errno, "%s cannot be read", r->path);
	if (first == 0xef && getc(r->file) == 0xbb && getc(r->file) == 0xbf)
		return 0;
	if (first >= 0xef) { // no other text in UTF-8 begins so
		r->line = 1;
		return reader_refuse(r, err, "this is no text in UTF-8: if it is UTF-16, save it as UTF-8");
	}
	ungetc(first, r->file);
	return 0;
}

int reader_open(struct reader *r, const char *path, const char *form, struct err *err)
{
	*r = (struct reader){.path = path, .form = form, .file = fopen(path, "re")};
	if (!r->file)
		return err_sys(err, errno, "%s cannot be opened", path);
	int failed = skip_mark(r, err);
	if (failed)
		reader_close(r);
	return failed;
}

void reader_close(struct reader *r)
{
	fclose(r->file);
}

static bool is_skipped(const struct reader *r)
{
	const char *first = r->text + strspn(r->text, " \t");
	bool begins_a_number = isdigit((unsigned char)first[strspn(first, "+-.")]);
	return *first == '\0' || *first == '#' || (r->skips_text && !begins_a_number);
}

static bool ends_line(struct reader *r, int c)
{
	if (c != '\r')
		return c == '\n' || c == EOF;
	int next = getc(r->file);
	if (next != '\n' && next != EOF)
		ungetc(next, r->file);
	return true;
}

// Reads one line without its end into r->text: 1, 0 at the end of the file, or a negative errno. What does
// not fit is dropped where the line is one to skip.
static int read_line(struct reader *r, struct err *err)
{
	size_t n = 0;
	int c;
	r->line++;
	while (!ends_line(r, c = getc(r->file))) {
		if (c == '\0')
			return reader_refuse(r, err, "the line has a zero byte: this is not a text file");
		if (n + 1 < sizeof(r->text))
			r->text[n++] = (char)c;
		r->text[n] = '\0';
		if (n + 1 == sizeof(r->text) && !is_skipped(r))
			return reader_refuse(r, err, "the line is longer than %zu characters",
					     sizeof(r->text) - 2);
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
	if (strchr(r->text, ';'))
		return reader_refuse(r, err,
				     "'%.60s' has semicolons: columns are separated by commas, decimals have "
				     "points",
				     r->text);
	char *rest = r->text, *field;
	r->n_fields = 0;
	while ((field = strsep(&rest, ","))) {
		if (r->n_fields == READER_FIELDS)
			return reader_refuse(r, err, "the row has more than %d fields", READER_FIELDS);
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
		if (!is_skipped(r))
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
	return reader_refuse(r, err, "the row has %d fields instead of the %d of %s, and begins with '%.40s'",
			     r->n_fields, n, names, r->field[0]);
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
		return reader_refuse_file(r, err, "is empty: its first line must name the columns");
	if (got < 0)
		return got;
	int failed = reader_expect(r, columns, err);
	if (failed)
		return failed;
	for (int i = 0; i < r->n_fields; i++)
		if (strcmp(r->field[i], columns[i]) != 0)
			return reader_refuse(r, err, "column %d is '%.80s': the header line must name it %s",
					     i + 1, r->field[i], columns[i]);
	return 0;
}

int reader_number(const struct reader *r, int i, const char *name, double low, double high, double *out,
		  struct err *err)
{
	const char *text = r->field[i];
	char *end = NULL;
	double value = strtod(text, &end);
	if (!is_decimal(text) || *end != '\0' || !isfinite(value))
		return reader_refuse(r, err, "%s '%.80s' is not a number", name, text);
	if (!(value >= low && value <= high))
		return reader_refuse(r, err, "%s %g is outside %g .. %g", name, value, low, high);
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
		return reader_refuse(r, err, "%s '%.80s' is not a whole number of 0 or more", name, text);
	if (errno == ERANGE || value > high)
		return reader_refuse(r, err, "%s %.80s is more than %llu", name, text,
				     (unsigned long long)high);
	*out = value;
	return 0;
}
