// SPDX-License-Identifier: BSD-3-Clause
// Tables with named or numbered columns: what drive tests and loggers write. Columns are separated by commas,
// semicolons, tabs or blanks, as the first row has it; fields may stand in quotes. Decimals may have commas
// where commas do not separate.
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "phy/decibel.h"
#include "tools/import_trace/importer.h"
#include "tools/import_trace/moment.h"
#include "tools/import_trace/text.h"

#define MOST_FIELDS 512
#define MOST_TITLES 50 // rows in front of the header

enum value_column { VALUE_RATE, VALUE_GAIN, VALUE_LOSS, VALUE_RSRP };

struct table {
	struct text text;
	const struct import_options *o;
	char separator;
	int n_fields;
	char *field[MOST_FIELDS];  // of the present row
	int time, date, value, ue; // columns; -1: none
	const char *value_name;
	enum value_column what;
	int file_node; // where there is no column of UEs
	double day_s;  // added to times of a day: after midnight
	double last_of_day_s;
	bool any_of_day;
};

// ---- rows

static char separator_of(const char *row)
{
	return strchr(row, ';') ? ';' : strchr(row, '\t') ? '\t' : strchr(row, ',') ? ',' : ' ';
}

// One field from *at on, without blanks and quotes around it; *at moves behind its separator, or is NULL.
static char *take_field(char **at, char separator)
{
	char *from = *at + strspn(*at, " "), *to = from, *out = from;
	bool quoted = *from == '"';
	if (quoted)
		for (out = from, to = from + 1; *to && (*to != '"' || to[1] == '"'); to++) {
			if (*to == '"')
				to++;
			*out++ = *to;
		}
	char *end = to + strcspn(to, (char[]){separator, separator == ' ' ? '\t' : separator, '\0'});
	if (!quoted)
		out = end;
	*at = *end ? end + 1 : NULL;
	while (separator == ' ' && *at && (**at == ' ' || **at == '\t'))
		++*at;
	if (separator == ' ' && *at && **at == '\0')
		*at = NULL;
	*out = '\0';
	while (out > from && isspace((unsigned char)out[-1]))
		*--out = '\0';
	return from;
}

static int split(struct table *t, struct err *err)
{
	char *at = t->text.row;
	for (t->n_fields = 0; at; t->n_fields++) {
		if (t->n_fields == MOST_FIELDS)
			return text_refuse(&t->text, err, "the row has more than %d fields", MOST_FIELDS);
		t->field[t->n_fields] = take_field(&at, t->separator);
	}
	return 0;
}

// ---- columns

static int list_columns(const struct table *t, const char *wanted, struct err *err)
{
	char names[200] = "";
	for (int i = 0; i < t->n_fields; i++)
		if (strlen(names) + strlen(t->field[i]) + 3 < sizeof(names))
			strcat(strcat(names, i ? ", " : ""), t->field[i]);
	return text_refuse(&t->text, err, "there is no column %.60s, but: %s", wanted, names);
}

// The column that is asked for, from 0; -1 for NULL.
static int find_column(const struct table *t, const char *wanted, int *out, struct err *err)
{
	char *end;
	*out = -1;
	if (!wanted)
		return 0;
	long number = wanted[0] == '#' ? strtol(wanted + 1, &end, 10) : 0;
	if (wanted[0] == '#' && number >= 1 && number <= MOST_FIELDS && *end == '\0') {
		*out = (int)number - 1;
		return 0;
	}
	for (int pass = 0; pass < 2 && *out < 0; pass++)
		for (int i = 0; i < t->n_fields && *out < 0; i++)
			if ((pass ? strcasecmp : strcmp)(t->field[i], wanted) == 0)
				*out = i;
	return *out >= 0 ? 0 : list_columns(t, wanted, err);
}

static bool is_by_number(const char *column)
{
	return !column || column[0] == '#';
}

static void choose_value(struct table *t, enum sample_kind *kind)
{
	const struct import_options *o = t->o;
	*kind = o->rate ? (o->amount ? SAMPLES_RATE_UNTIL : SAMPLES_RATE_FROM) : SAMPLES_GAIN;
	t->what = o->rate ? VALUE_RATE : o->gain ? VALUE_GAIN : o->loss ? VALUE_LOSS : VALUE_RSRP;
	t->value_name = o->rate ? o->rate : o->gain ? o->gain : o->loss ? o->loss : o->rsrp;
}

// Does the present row have the columns that are asked for?
static int find_columns(struct table *t, struct err *err)
{
	const struct import_options *o = t->o;
	t->separator = o->separator ? o->separator : separator_of(t->text.row);
	int rc = split(t, err);
	rc = rc < 0 ? rc : find_column(t, o->time, &t->time, err);
	rc = rc < 0 ? rc : find_column(t, o->date, &t->date, err);
	rc = rc < 0 ? rc : find_column(t, t->value_name, &t->value, err);
	return rc < 0 ? rc : find_column(t, o->ue, &t->ue, err);
}

// Goes to the header, in front of which titles may stand; or to the first row, which is data (true), where
// all columns are given by number.
static int open_columns(struct table *t, bool *is_data, struct err *err)
{
	const struct import_options *o = t->o;
	int first_rc = 0;
	*is_data = is_by_number(o->time) && is_by_number(o->date) && is_by_number(t->value_name) &&
		   is_by_number(o->ue);
	for (int row = 0; row < MOST_TITLES && text_next(&t->text); row++) {
		int rc = find_columns(t, row == 0 ? err : NULL);
		if (rc == 0)
			return 0;
		first_rc = row == 0 ? rc : first_rc;
	}
	return first_rc < 0 ? first_rc : text_refuse_file(&t->text, err, "is empty");
}

// ---- values

static bool is_missing(const char *text)
{
	static const char *const words[] = {"", "-", "--", "?", "nan", "n/a", "na", "null", "none"};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasecmp(text, words[i]) == 0)
			return true;
	return false;
}

// A decimal comma becomes a point.
static void mend_comma(char *text)
{
	char *comma = strchr(text, ',');
	if (comma && !strchr(comma + 1, ',') && !strchr(text, '.') && !strchr(text, ':'))
		*comma = '.';
}

static int read_number(const struct table *t, char *text, double *out, struct err *err)
{
	struct moment m;
	mend_comma(text);
	if (moment_parse(text, &m) && m.kind == MOMENT_NUMBER) {
		*out = m.value;
		return 0;
	}
	return text_refuse(&t->text, err, "%.40s '%.60s' is not a number", t->value_name, text);
}

// Times of a day go on behind midnight.
static double past_midnight(struct table *t, double of_day_s)
{
	if (t->any_of_day && of_day_s < t->last_of_day_s - 12 * 3600)
		t->day_s += 24 * 3600;
	t->any_of_day = true;
	t->last_of_day_s = of_day_s;
	return t->day_s + of_day_s;
}

static int read_time(struct table *t, int64_t *ns, struct err *err)
{
	struct moment m;
	char text[100];
	mend_comma(t->field[t->time]);
	snprintf(text, sizeof(text), "%.40s%s%.40s", t->date >= 0 ? t->field[t->date] : "",
		 t->date >= 0 ? " " : "", t->field[t->time]);
	if (!moment_parse(text, &m))
		return text_refuse(&t->text, err, "the time '%.60s' is none of " MOMENT_FORMS, text);
	double time_s = m.kind == MOMENT_NUMBER ? m.value * t->o->time_unit_s : m.value;
	if (m.kind == MOMENT_OF_DAY)
		time_s = past_midnight(t, time_s);
	if (!(fabs(time_s) <= SAMPLES_MOST_S))
		return text_refuse(
		    &t->text, err,
		    "the time %.60s is %g s, later than the year 2096: --time-unit ms, us or ns?", text,
		    time_s);
	*ns = s_to_ns(time_s);
	return 0;
}

static int gain_of(const struct table *t, double value, double *out, struct err *err)
{
	*out = t->what == VALUE_GAIN   ? value
	       : t->what == VALUE_LOSS ? -value
				       : value - t->o->reference_power_dbm;
	if (*out > 0)
		return text_refuse(
		    &t->text, err,
		    "%.40s %g makes a gain of %g dB, which must be at most 0 (--loss takes losses "
		    "above 0, --rsrp dBm)",
		    t->value_name, value, *out);
	*out = fmax(*out, DB_FLOOR);
	return 0;
}

static int rate_of(const struct table *t, double value, double *out, struct err *err)
{
	*out = value * t->o->rate_unit_bits;
	if (*out >= 0 && *out <= 1e18)
		return 0;
	return text_refuse(&t->text, err, "%.40s is %g, and must not be negative or above 1e18 bit/s",
			   t->value_name, value);
}

static int last_column(const struct table *t)
{
	const int columns[] = {t->time, t->date, t->value, t->ue};
	int last = 0;
	for (int i = 0; i < 4; i++)
		last = columns[i] > last ? columns[i] : last;
	return last;
}

static int read_row(struct table *t, struct samples *samples, struct err *err)
{
	double value[SAMPLE_VALUES] = {0}, number = 0;
	int64_t ns = 0;
	if (t->n_fields <= last_column(t))
		return text_refuse(&t->text, err, "the row has %d fields, too few", t->n_fields);
	if (is_missing(t->field[t->time]) || is_missing(t->field[t->value]) ||
	    (t->date >= 0 && is_missing(t->field[t->date]))) {
		samples->n_missing++;
		return 0;
	}
	int rc = read_time(t, &ns, err);
	rc = rc < 0 ? rc : read_number(t, t->field[t->value], &number, err);
	if (rc == 0)
		rc = (t->what == VALUE_RATE ? rate_of : gain_of)(t, number, &value[0], err);
	int node = rc < 0 ? rc : t->ue < 0 ? t->file_node : samples_node(samples, t->field[t->ue], err);
	return node < 0 ? node : samples_add(samples, node, ns, value, err);
}

static int read_rows(struct table *t, struct samples *samples, struct err *err)
{
	bool is_data = false;
	int rc = open_columns(t, &is_data, err);
	if (rc == 0 && t->ue < 0)
		rc = t->file_node = samples_node(samples, t->text.path, err);
	if (rc >= 0 && is_data)
		rc = read_row(t, samples, err);
	while (rc >= 0 && text_next(&t->text)) {
		rc = split(t, err);
		rc = rc < 0 ? rc : read_row(t, samples, err);
	}
	return rc < 0 ? rc : 0;
}

int import_csv(struct samples *samples, enum sample_kind *kind, const char *path,
	       const struct import_options *o, struct err *err)
{
	struct table *t = calloc(1, sizeof(*t));
	if (!t)
		return err_set(err, ENOMEM, "no memory for %s", path);
	t->o = o;
	choose_value(t, kind);
	int rc = text_open(
	    &t->text, path,
	    "a header of names and rows below it, or rows alone and columns as #N; --time, and one of "
	    "--rate, --gain, --loss and --rsrp, name the columns",
	    err);
	if (rc == 0) {
		rc = read_rows(t, samples, err);
		text_close(&t->text);
	}
	free(t);
	return rc;
}
