// SPDX-License-Identifier: BSD-3-Clause
#include "phy/trace/series.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "phy/trace/reader.h"

#define MAX_TIME_S 4e9 // seconds since 1970 are times like others

struct track {
	int n, capacity;
	int64_t *ns;
	double *values; // [n][n_values]
};

struct series {
	struct trace_time time;
	int n_values, n_ues;
	int64_t first_ns, last_ns, step_ns; // of the file: first and last time, and the last step between two
	struct track *track;		    // [n_ues]
};

void series_free(struct series *s)
{
	if (!s)
		return;
	for (int ue = 0; s->track && ue < s->n_ues; ue++) {
		free(s->track[ue].ns);
		free(s->track[ue].values);
	}
	free(s->track);
	free(s);
}

static int grow(struct track *t, int n_values)
{
	if (t->n < t->capacity)
		return 0;
	size_t capacity = t->capacity ? 2 * (size_t)t->capacity : 16;
	int64_t *ns = realloc(t->ns, capacity * sizeof(*ns));
	if (ns)
		t->ns = ns;
	double *values = realloc(t->values, capacity * (size_t)n_values * sizeof(*values));
	if (values)
		t->values = values;
	if (!ns || !values || capacity > INT32_MAX)
		return -ENOMEM;
	t->capacity = (int)capacity;
	return 0;
}

static int find_ue(const struct reader *r, const struct series_ues *ues, struct err *err)
{
	for (int i = 0; i < ues->n; i++)
		if (strcmp(ues->name[i], r->field[1]) == 0)
			return i;
	return reader_refuse(r, err, "the run has no UE '%.80s': its %d UEs are %s .. %s", r->field[1],
			     ues->n, ues->n ? ues->name[0] : "none", ues->n ? ues->name[ues->n - 1] : "none");
}

// Advances the file's clock to the row's time, which must not lie before it.
static int read_time(struct series *s, const struct reader *r, bool first_row, int64_t *ns, struct err *err)
{
	double time_s;
	int failed = reader_number(r, 0, "time_s", 0, MAX_TIME_S, &time_s, err);
	if (failed)
		return failed;
	*ns = s_to_ns(time_s);
	if (first_row)
		s->first_ns = s->last_ns = *ns;
	if (*ns < s->last_ns)
		return reader_refuse(r, err, "time goes back from %.9g s to %.9g s", ns_to_s(s->last_ns),
				     time_s);
	if (*ns > s->last_ns)
		s->step_ns = *ns - s->last_ns;
	s->last_ns = *ns;
	return 0;
}

static int read_row(struct series *s, const struct reader *r, bool first_row,
		    const struct series_columns *columns, const struct series_ues *ues, struct err *err)
{
	int64_t ns;
	int failed = read_time(s, r, first_row, &ns, err);
	if (failed)
		return failed;
	int ue = find_ue(r, ues, err);
	if (ue < 0)
		return ue;
	struct track *t = &s->track[ue];
	if (t->n > 0 && t->ns[t->n - 1] == ns)
		return reader_refuse(r, err, "%s has two rows at %.9g s", ues->name[ue], ns_to_s(ns));
	if (grow(t, s->n_values) != 0)
		return reader_no_memory(r, err);
	for (int i = 0; i < s->n_values; i++) {
		failed = reader_number(r, 2 + i, columns->name[i], columns->low, columns->high,
				       &t->values[(size_t)t->n * (size_t)s->n_values + (size_t)i], err);
		if (failed)
			return failed;
	}
	t->ns[t->n++] = ns;
	return 0;
}

static int read_rows(struct series *s, struct reader *r, const struct series_columns *columns,
		     const struct series_ues *ues, struct err *err)
{
	const char *names[2 + SERIES_VALUES + 1] = {"time_s", "ue"};
	for (int i = 0; i < columns->n_values; i++)
		names[2 + i] = columns->name[i];
	int failed = reader_header(r, names, err);
	bool first_row = true;
	while (!failed) {
		int got = reader_next(r, err);
		if (got <= 0)
			failed = got;
		if (got <= 0)
			break;
		failed = reader_expect(r, names, err);
		if (!failed)
			failed = read_row(s, r, first_row, columns, ues, err);
		first_row = false;
	}
	if (!failed && first_row)
		return reader_refuse_file(r, err, "has no rows after its header");
	for (int ue = 0; !failed && ue < ues->n; ue++)
		if (s->track[ue].n == 0)
			failed = reader_refuse_file(
			    r, err, "has no row for %s: every UE of the run needs one", ues->name[ue]);
	return failed;
}

int series_load(struct series **out, const char *path, const struct series_columns *columns,
		const struct series_ues *ues, const struct trace_time *time, struct err *err)
{
	struct series *s = calloc(1, sizeof(*s));
	if (s)
		s->track = calloc((size_t)ues->n + 1, sizeof(*s->track));
	if (!s || !s->track) {
		series_free(s);
		return err_set(err, ENOMEM, "out of memory for %s", path);
	}
	s->time = *time;
	s->n_values = columns->n_values;
	s->n_ues = ues->n;
	struct reader r;
	int failed = reader_open(&r, path, columns->form, err);
	if (!failed) {
		failed = read_rows(s, &r, columns, ues, err);
		reader_close(&r);
	}
	if (!failed)
		failed = trace_time_check(time, s->first_ns, s->last_ns + s->step_ns, path, err);
	if (failed)
		series_free(s);
	else
		*out = s;
	return failed;
}

static int64_t period_ns(const struct series *s)
{
	return s->last_ns - s->first_ns + s->step_ns;
}

int64_t series_loops(const struct series *s, int64_t now_ns)
{
	int64_t ns = now_ns + s->time.start_ns;
	bool loops = s->time.end == TRACE_LOOP && period_ns(s) > 0 && ns > s->first_ns;
	return loops ? (ns - s->first_ns) / period_ns(s) : 0;
}

// The last row at or before ns; 0 when all are later.
static int row_in_force(const struct track *t, int64_t ns)
{
	int low = 0, high = t->n; // row low is in force (or low is 0), row high is later
	while (high - low > 1) {
		int middle = low + (high - low) / 2;
		if (t->ns[middle] <= ns)
			low = middle;
		else
			high = middle;
	}
	return low;
}

struct series_point series_at(const struct series *s, int ue, int64_t now_ns)
{
	const struct track *t = &s->track[ue];
	int64_t ns = now_ns + s->time.start_ns - series_loops(s, now_ns) * period_ns(s);
	int i = row_in_force(t, ns);
	struct series_point p = {
	    .now = &t->values[(size_t)i * (size_t)s->n_values],
	    .index = i,
	    .stopped = s->time.end == TRACE_STOP && ns >= s->last_ns + s->step_ns,
	};
	if (i + 1 < t->n) {
		p.next = p.now + s->n_values;
		if (ns > t->ns[i])
			p.part = (double)(ns - t->ns[i]) / (double)(t->ns[i + 1] - t->ns[i]);
	}
	return p;
}

int series_n_rows(const struct series *s, int ue)
{
	return s->track[ue].n;
}

const double *series_row(const struct series *s, int ue, int index)
{
	return &s->track[ue].values[(size_t)index * (size_t)s->n_values];
}
