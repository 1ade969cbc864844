// SPDX-License-Identifier: BSD-3-Clause
#include "ue/life/arrival_trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "phy/trace/reader.h"

#define MOST_SECONDS 4e9

static const char form[] = "a header time_s,ue,network,deadline_s and rows in the order of time such as "
			   "0.5,ue1,mobilenet-v2,0.1 (commas between columns, points in decimals)";
static const char *const COLUMNS[] = {"time_s", "ue", "network", "deadline_s", NULL};

struct row {
	struct arrival arrival;
	int ue;
};

struct loader {
	struct reader reader;
	int n_ues;
	const char *const *network_of_ue;
	int64_t start_ns;
	bool any_row;
	int64_t first_ns, last_ns; // of the file
	struct row *rows;	   // in the file's order, from start_ns on
	size_t n, capacity;
};

static int read_ue(const struct loader *l, struct err *err)
{
	const char *name = l->reader.field[1];
	char *end = NULL;
	long number =
	    strncmp(name, "ue", 2) == 0 && name[2] >= '1' && name[2] <= '9' ? strtol(name + 2, &end, 10) : 0;
	if (number >= 1 && number <= l->n_ues && *end == '\0')
		return (int)number - 1;
	return reader_refuse(&l->reader, err, "the run has no UE '%.80s': it has ue1 to ue%d", name,
			     l->n_ues);
}

static int check_network(const struct loader *l, int ue, struct err *err)
{
	const char *runs = l->network_of_ue[ue], *said = l->reader.field[2];
	if (strcmp(runs, said) == 0)
		return 0;
	return reader_refuse(&l->reader, err, "network is '%.80s', but ue%d runs %s (ues.network)", said,
			     ue + 1, runs);
}

static int read_numbers(struct loader *l, struct arrival *a, struct err *err)
{
	double time_s, deadline_s;
	int r = reader_number(&l->reader, 0, "time_s", 0, MOST_SECONDS, &time_s, err);
	r = r < 0 ? r : reader_number(&l->reader, 3, "deadline_s", 1e-9, MOST_SECONDS, &deadline_s, err);
	if (r < 0)
		return r;
	*a = (struct arrival){s_to_ns(time_s), s_to_ns(deadline_s)};
	if (l->any_row && a->at_ns < l->last_ns)
		return reader_refuse(&l->reader, err,
				     "time goes back from %.9g s to %.9g s: rows stand in the order of time",
				     ns_to_s(l->last_ns), time_s);
	if (!l->any_row)
		l->first_ns = a->at_ns;
	l->any_row = true;
	l->last_ns = a->at_ns;
	return 0;
}

static int grow(struct loader *l, struct err *err)
{
	if (l->n < l->capacity)
		return 0;
	size_t capacity = l->capacity ? 2 * l->capacity : 256;
	struct row *rows = realloc(l->rows, capacity * sizeof(*rows));
	if (!rows)
		return err_set(err, ENOMEM, "no memory for the %zu rows of %s", capacity, l->reader.path);
	l->rows = rows;
	l->capacity = capacity;
	return 0;
}

static int read_row(struct loader *l, struct err *err)
{
	struct row row;
	int r = reader_expect(&l->reader, COLUMNS, err);
	r = r < 0 ? r : read_numbers(l, &row.arrival, err);
	if (r < 0)
		return r;
	row.ue = read_ue(l, err);
	if (row.ue < 0)
		return row.ue;
	r = check_network(l, row.ue, err);
	r = r < 0 ? r : grow(l, err);
	if (r < 0 || row.arrival.at_ns < l->start_ns)
		return r;
	row.arrival.at_ns -= l->start_ns;
	l->rows[l->n++] = row;
	return 0;
}

static int read_rows(struct loader *l, struct err *err)
{
	int r = reader_header(&l->reader, COLUMNS, err);
	while (r == 0) {
		int got = reader_next(&l->reader, err);
		if (got <= 0)
			return got;
		r = read_row(l, err);
	}
	return r;
}

static int group_by_ue(const struct loader *l, struct arrival_trace **out, struct err *err)
{
	struct arrival_trace *t = calloc(1, sizeof(*t));
	if (t) {
		t->first = calloc((size_t)l->n_ues + 2, sizeof(*t->first));
		t->rows = calloc(l->n + 1, sizeof(*t->rows));
	}
	if (!t || !t->first || !t->rows) {
		arrival_trace_free(t);
		return err_set(err, ENOMEM, "no memory for %s", l->reader.path);
	}
	// first[i + 1] is where UE i's next row goes; it ends up where UE i + 1 begins.
	for (size_t i = 0; i < l->n; i++)
		t->first[l->rows[i].ue + 2]++;
	for (int i = 2; i <= l->n_ues + 1; i++)
		t->first[i] += t->first[i - 1];
	for (size_t i = 0; i < l->n; i++)
		t->rows[t->first[l->rows[i].ue + 1]++] = l->rows[i].arrival;
	*out = t;
	return 0;
}

int arrival_trace_load(struct arrival_trace **out, const char *path, int n_ues,
		       const char *const *network_of_ue, const struct trace_time *time, struct err *err)
{
	struct loader l = {.n_ues = n_ues, .network_of_ue = network_of_ue, .start_ns = time->start_ns};
	*out = NULL;
	int r = reader_open(&l.reader, path, form, err);
	if (r < 0)
		return r;
	r = read_rows(&l, err);
	if (r == 0 && l.any_row)
		r = trace_time_check(time, l.first_ns, l.last_ns + 1, path, err);
	if (r == 0)
		r = group_by_ue(&l, out, err);
	reader_close(&l.reader);
	free(l.rows);
	return r;
}

void arrival_trace_free(struct arrival_trace *t)
{
	if (!t)
		return;
	free(t->first);
	free(t->rows);
	free(t);
}
