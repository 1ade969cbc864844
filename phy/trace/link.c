// SPDX-License-Identifier: BSD-3-Clause
#include "phy/trace/link.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include "base/clock.h"
#include "phy/trace/reader.h"

#define MAX_KEEP_US 1000000000000u // eleven days
#define MAX_DELAY_NS 3600000000000u
#define MAX_RATE_BPS 1000000000000000u

// The columns of a row, in the two orders of the format; -1 = not there.
struct layout {
	int n_columns, keep, latency, jitter, rate, loss, limit, duplicate;
};

static const struct layout layouts[] = {
    {5, 0, 1, -1, 2, 3, 4, -1},
    {8, 0, 1, 2, 3, 4, 5, 6},
    {9, 0, 1, 2, 3, 4, 5, 6},
};

static const struct layout *find_layout(int n_columns)
{
	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++)
		if (layouts[i].n_columns == n_columns)
			return &layouts[i];
	return NULL;
}

static int read_state(const struct reader *r, const struct layout *c, uint64_t *keep_us,
		      struct link_state *state, struct err *err)
{
	uint64_t latency = 0, jitter = 0, rate = 0, loss = 0, limit = 0, duplicate = 0;
	const struct {
		int column;
		const char *name;
		uint64_t high, *out;
	} fields[] = {
	    {c->keep, "keep_us", MAX_KEEP_US, keep_us},
	    {c->latency, "latency_ns", MAX_DELAY_NS, &latency},
	    {c->jitter, "jitter_ns", MAX_DELAY_NS, &jitter},
	    {c->rate, "rate_bps", MAX_RATE_BPS, &rate},
	    {c->loss, "loss", UINT32_MAX, &loss},
	    {c->limit, "limit", UINT32_MAX, &limit},
	    {c->duplicate, "duplicate", UINT32_MAX, &duplicate},
	};
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (fields[i].column < 0)
			continue;
		int failed =
		    reader_count(r, fields[i].column, fields[i].name, fields[i].high, fields[i].out, err);
		if (failed)
			return failed;
	}
	if (*keep_us == 0)
		return reader_fail(r, err, EINVAL, "keep_us is 0: a row must last 1 us or more");
	if (duplicate > 0)
		return reader_fail(r, err, EINVAL,
				   "duplicate is %llu: duplication is not modelled, it must be 0",
				   (unsigned long long)duplicate);
	*state = (struct link_state){
	    .latency_ns = (int64_t)latency,
	    .jitter_ns = (int64_t)jitter,
	    .rate_bps = (double)rate,
	    .loss = (double)loss / UINT32_MAX,
	    .limit = (uint32_t)limit,
	};
	return 0;
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
		return reader_fail(r, err, EINVAL, "the row has %d fields, the first row has %d", r->n_fields,
				   layout->n_columns);
	uint64_t keep_us = 0;
	struct link_state state;
	int failed = read_state(r, layout, &keep_us, &state, err);
	if (failed)
		return failed;
	int64_t start_ns = l->n > 0 ? l->until_ns[l->n - 1] : 0;
	int64_t keep_ns = (int64_t)keep_us * NS_PER_US;
	if (keep_ns > TIME_NEVER / 2 - start_ns)
		return reader_fail(r, err, EINVAL, "the trace is longer than %lld s",
				   TIME_NEVER / 2 / NS_PER_S);
	return append(l, capacity, start_ns + keep_ns, &state) == 0
		   ? 0
		   : reader_fail(r, err, ENOMEM, "out of memory");
}

static int read_rows(struct link_trace *l, struct reader *r, struct err *err)
{
	const struct layout *layout = NULL;
	size_t capacity = 0;
	bool first_line = true;
	int got;
	while ((got = reader_next(r, err)) > 0) {
		bool header = first_line && isalpha((unsigned char)r->field[0][0]);
		first_line = false;
		if (header)
			continue;
		if (!layout && !(layout = find_layout(r->n_fields)))
			return reader_fail(
			    r, err, EINVAL,
			    "the row has %d fields instead of the 5 of "
			    "keep_us,latency_ns,rate_bps,loss,limit (or the 8 or 9 with jitter)",
			    r->n_fields);
		l->has_jitter = layout->jitter >= 0;
		int failed = read_row(l, &capacity, r, layout, err);
		if (failed)
			return failed;
	}
	if (got == 0 && l->n == 0)
		return err_set(err, EINVAL,
			       "%s is empty: it needs rows of keep_us,latency_ns,rate_bps,loss,limit",
			       r->path);
	return got;
}

int link_trace_load(struct link_trace *l, const char *path, enum trace_end end, struct err *err)
{
	*l = (struct link_trace){.end = end};
	struct reader r;
	int failed = reader_open(&r, path, err);
	if (failed)
		return failed;
	failed = read_rows(l, &r, err);
	reader_close(&r);
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
	int64_t period = l->until_ns[l->n - 1], base = 0, ignored;
	if (!until_ns)
		until_ns = &ignored;
	*until_ns = TIME_NEVER;
	if (now_ns >= period && l->end == TRACE_HOLD)
		return l->state[l->n - 1];
	if (now_ns >= period && l->end == TRACE_STOP)
		return (struct link_state){.loss = 1, .dead = true};
	if (l->end == TRACE_LOOP)
		base = now_ns / period * period;
	size_t row = row_at(l, now_ns - base);
	bool held = l->end == TRACE_HOLD && row == l->n - 1;
	if (!held)
		*until_ns = base + l->until_ns[row];
	return l->state[row];
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
