// SPDX-License-Identifier: BSD-3-Clause
#include "phy/trace/link.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "phy/trace/reader.h"

#define MAX_KEEP_US 1000000000000u // eleven days
#define MAX_DELAY_NS 3600000000000u
#define MAX_RATE_BPS 1000000000000000u

static const char form[] = "keep_us,latency_ns,rate_bps,loss,limit in whole numbers with commas between "
			   "them, or with jitter 8 to 10 "
			   "columns, as TheaterQ has them (rate 0: outage, -1: unlimited, radio: the "
			   "radio's); `airbatch import-trace` "
			   "makes it: --from csv of columns, --from pensieve";

// The columns of a row, in the orders of the format; -1 = not there.
struct layout {
	int n_columns, keep, latency, jitter, rate, loss, limit, duplicate;
};

static const struct layout layouts[] = {
    {5, 0, 1, -1, 2, 3, 4, -1},
    {8, 0, 1, 2, 3, 4, 5, 6},
    {9, 0, 1, 2, 3, 4, 5, 6},
    {10, 0, 1, 2, 3, 4, 5, 6},
};

static const struct layout *find_layout(int n_columns)
{
	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++)
		if (layouts[i].n_columns == n_columns)
			return &layouts[i];
	return NULL;
}

static int read_rate(const struct reader *r, int column, struct link_state *state, struct err *err)
{
	uint64_t rate = 0;
	state->of_radio = strcmp(r->field[column], "radio") == 0;
	bool unlimited = strcmp(r->field[column], "-1") == 0;
	int failed =
	    state->of_radio || unlimited ? 0 : reader_count(r, column, "rate_bps", MAX_RATE_BPS, &rate, err);
	state->rate_bps = unlimited ? INFINITY : (double)rate;
	return failed;
}

static int read_state(const struct reader *r, const struct layout *c, uint64_t *keep_us,
		      struct link_state *state, struct err *err)
{
	uint64_t latency = 0, jitter = 0, loss = 0, limit = 0, duplicate = 0;
	const struct {
		int column;
		const char *name;
		uint64_t high, *out;
	} fields[] = {
	    {c->keep, "keep_us", MAX_KEEP_US, keep_us},
	    {c->latency, "latency_ns", MAX_DELAY_NS, &latency},
	    {c->jitter, "jitter_ns", MAX_DELAY_NS, &jitter},
	    {c->loss, "loss", UINT32_MAX, &loss},
	    {c->limit, "limit", UINT32_MAX, &limit},
	    {c->duplicate, "duplicate", UINT32_MAX, &duplicate},
	};
	int failed = 0;
	for (size_t i = 0; !failed && i < sizeof(fields) / sizeof(fields[0]); i++)
		if (fields[i].column >= 0)
			failed = reader_count(r, fields[i].column, fields[i].name, fields[i].high,
					      fields[i].out, err);
	if (failed)
		return failed;
	if (*keep_us == 0)
		return reader_refuse(r, err, "keep_us is 0: a row must last 1 us or more");
	if (duplicate > 0)
		return reader_refuse(r, err, "duplicate is %llu: duplication is not modelled, it must be 0",
				     (unsigned long long)duplicate);
	*state = (struct link_state){
	    .latency_ns = (int64_t)latency,
	    .jitter_ns = (int64_t)jitter,
	    .loss = (double)loss / UINT32_MAX,
	    .limit = (uint32_t)limit,
	};
	return read_rate(r, c->rate, state, err);
}

static int append(struct link_trace *l, size_t *capacity, int64_t until_ns, const struct link_state *state)
{
	if (l->n == *capacity) {
		size_t wanted = *capacity ? 2 * *capacity : 64;
		int64_t *until = realloc(l->until_ns, wanted * sizeof(*until));
		if (until)
			l->until_ns = until;
		struct link_state *states = realloc(l->state, wanted * sizeof(*states));
		if (states)
			l->state = states;
		if (!until || !states)
			return -ENOMEM;
		*capacity = wanted;
	}
	l->until_ns[l->n] = until_ns;
	l->state[l->n++] = *state;
	return 0;
}

static int read_row(struct link_trace *l, size_t *capacity, const struct reader *r,
		    const struct layout *layout, struct err *err)
{
	if (r->n_fields != layout->n_columns)
		return reader_refuse(r, err, "the row has %d fields, the first row has %d", r->n_fields,
				     layout->n_columns);
	uint64_t keep_us = 0;
	struct link_state state;
	int failed = read_state(r, layout, &keep_us, &state, err);
	if (failed)
		return failed;
	int64_t start_ns = l->n > 0 ? l->until_ns[l->n - 1] : 0;
	int64_t keep_ns = (int64_t)keep_us * NS_PER_US;
	if (keep_ns > TIME_NEVER / 2 - start_ns)
		return reader_refuse(r, err, "the trace is longer than %lld s", TIME_NEVER / 2 / NS_PER_S);
	return append(l, capacity, start_ns + keep_ns, &state) == 0 ? 0 : reader_no_memory(r, err);
}

static int read_rows(struct link_trace *l, struct reader *r, struct err *err)
{
	const struct layout *layout = NULL;
	size_t capacity = 0;
	int got;
	while ((got = reader_next(r, err)) > 0) {
		if (!layout && !(layout = find_layout(r->n_fields)))
			return reader_refuse(r, err, "the row has %d fields instead of 5 or of 8 to 10",
					     r->n_fields);
		l->has_jitter = layout->jitter >= 0;
		int failed = read_row(l, &capacity, r, layout, err);
		if (failed)
			return failed;
	}
	if (got == 0 && l->n == 0)
		return reader_refuse_file(r, err, "has no row: no line of it begins with a number");
	return got;
}

int link_trace_load(struct link_trace *l, const char *path, const struct trace_time *time, struct err *err)
{
	*l = (struct link_trace){.time = *time};
	struct reader r;
	int failed = reader_open(&r, path, form, err);
	if (failed)
		return failed;
	r.skips_text = true;
	failed = read_rows(l, &r, err);
	reader_close(&r);
	if (!failed)
		failed = trace_time_check(time, 0, l->until_ns[l->n - 1], path, err);
	if (failed)
		link_trace_free(l);
	return failed;
}

void link_trace_free(struct link_trace *l)
{
	free(l->until_ns);
	free(l->state);
	*l = (struct link_trace){0};
}

// The row in force at 0 <= ns < the last row's end: the first that ends later.
static size_t row_at(const struct link_trace *l, int64_t ns)
{
	size_t low = 0, high = l->n - 1;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (l->until_ns[middle] > ns)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

struct link_state link_trace_at(const struct link_trace *l, int64_t now_ns, int64_t *until_ns)
{
	int64_t period = l->until_ns[l->n - 1], base = 0, ignored, ns = now_ns + l->time.start_ns;
	if (!until_ns)
		until_ns = &ignored;
	*until_ns = TIME_NEVER;
	if (ns >= period && l->time.end == TRACE_HOLD)
		return l->state[l->n - 1];
	if (ns >= period && l->time.end == TRACE_STOP)
		return (struct link_state){.rate_bps = 0};
	if (l->time.end == TRACE_LOOP)
		base = ns / period * period;
	size_t row = row_at(l, ns - base);
	bool held = l->time.end == TRACE_HOLD && row == l->n - 1;
	if (!held)
		*until_ns = base + l->until_ns[row] - l->time.start_ns;
	return l->state[row];
}

static bool passes(const struct link_state *state)
{
	return (state->of_radio || state->rate_bps > 0) && state->loss < 1;
}

struct link_state link_trace_before(const struct link_trace *l)
{
	size_t first = row_at(l, l->time.start_ns);
	for (size_t i = first; i < l->n; i++)
		if (passes(&l->state[i]))
			return l->state[i];
	struct link_state radio = l->state[first];
	radio.of_radio = true;
	radio.loss = 0;
	return radio;
}

double link_trace_most_bps(const struct link_trace *l)
{
	double most_bps = 0;
	for (size_t i = 0; i < l->n; i++)
		most_bps = fmax(most_bps, l->state[i].rate_bps);
	return most_bps;
}

int64_t link_trace_most_way_ns(const struct link_trace *l)
{
	int64_t most_ns = 0;
	for (size_t i = 0; i < l->n; i++) {
		int64_t way_ns = l->state[i].latency_ns + 5 * l->state[i].jitter_ns;
		most_ns = way_ns > most_ns ? way_ns : most_ns;
	}
	return most_ns;
}
