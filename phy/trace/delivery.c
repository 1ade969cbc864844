// SPDX-License-Identifier: BSD-3-Clause
#include "phy/trace/delivery.h"

#include <errno.h>
#include <stdlib.h>
#include "base/clock.h"
#include "phy/trace/reader.h"

#define MAX_MS 1000000000u // eleven days

static int64_t last_ns(const struct delivery_trace *d)
{
	return (int64_t)d->ms[d->n - 1] * NS_PER_MS;
}

// In the trace's own time: the instant of its opportunity k, and how many lie at or before ns.
static int64_t instant_of(const struct delivery_trace *d, uint64_t k)
{
	if (k < d->n)
		return (int64_t)d->ms[k] * NS_PER_MS;
	switch (d->time.end) {
	case TRACE_LOOP:
		return (int64_t)(k / d->n) * last_ns(d) + (int64_t)d->ms[k % d->n] * NS_PER_MS;
	case TRACE_HOLD:
		return last_ns(d) + (int64_t)((double)last_ns(d) * ((double)(k - d->n + 1) / (double)d->n));
	case TRACE_STOP:
		break;
	}
	return TIME_NEVER;
}

// Opportunities of one period at or before ns.
static uint64_t count_within(const struct delivery_trace *d, int64_t ns)
{
	size_t low = 0, high = d->n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if ((int64_t)d->ms[middle] * NS_PER_MS <= ns)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static uint64_t count_until(const struct delivery_trace *d, int64_t ns)
{
	int64_t period = last_ns(d);
	if (ns < period || d->time.end == TRACE_STOP)
		return count_within(d, ns);
	if (d->time.end == TRACE_LOOP) // the instant that ends a period also begins the next one
		return (uint64_t)(ns / period) * d->n + count_within(d, ns % period);
	uint64_t k = d->n + (uint64_t)((double)(ns - period) / (double)period * (double)d->n);
	while (k > d->n && instant_of(d, k - 1) > ns) // the estimate is off by rounding only
		k--;
	while (instant_of(d, k) <= ns)
		k++;
	return k;
}

static int append(struct delivery_trace *d, size_t *capacity, uint32_t ms)
{
	if (d->n == *capacity) {
		size_t wanted = *capacity ? 2 * *capacity : 1024;
		uint32_t *grown = realloc(d->ms, wanted * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		d->ms = grown;
		*capacity = wanted;
	}
	d->ms[d->n++] = ms;
	return 0;
}

static int read_line(struct delivery_trace *d, size_t *capacity, const struct reader *r, struct err *err)
{
	static const char *const columns[] = {"milliseconds", NULL};
	uint64_t ms;
	int failed = reader_expect(r, columns, err);
	if (!failed)
		failed = reader_count(r, 0, "milliseconds", MAX_MS, &ms, err);
	if (failed)
		return failed;
	if (d->n > 0 && ms < d->ms[d->n - 1])
		return reader_refuse(r, err, "time goes back from %u ms to %u ms", d->ms[d->n - 1],
				     (uint32_t)ms);
	return append(d, capacity, (uint32_t)ms) == 0 ? 0 : reader_no_memory(r, err);
}

static int read_file(struct delivery_trace *d, const char *path, struct err *err)
{
	struct reader r;
	int failed =
	    reader_open(&r, path,
			"whole numbers of milliseconds, one line for each packet of 1500 bytes, as in "
			"mahimahi's traces; `airbatch import-trace --to delivery` makes it: --from pensieve "
			"of lines of seconds and Mbit/s, --from csv of columns",
			err);
	if (failed)
		return failed;
	size_t capacity = 0;
	int got = 1;
	while (!failed && (got = reader_next(&r, err)) > 0)
		failed = read_line(d, &capacity, &r, err);
	if (!failed)
		failed = got;
	if (!failed && d->n == 0)
		failed = reader_refuse_file(&r, err, "is empty");
	if (!failed && d->ms[d->n - 1] == 0)
		failed = reader_refuse_file(&r, err, "lasts 0 ms: its last line must be 1 or more");
	reader_close(&r);
	return failed;
}

int delivery_trace_load(struct delivery_trace *d, const char *path, const struct trace_time *time,
			struct err *err)
{
	*d = (struct delivery_trace){.time = *time};
	int failed = read_file(d, path, err);
	if (!failed)
		failed = trace_time_check(time, (int64_t)d->ms[0] * NS_PER_MS, last_ns(d), path, err);
	if (failed)
		delivery_trace_free(d);
	else
		d->first = time->start_ns > 0 ? count_until(d, time->start_ns - 1) : 0;
	return failed;
}

void delivery_trace_free(struct delivery_trace *d)
{
	free(d->ms);
	*d = (struct delivery_trace){0};
}

int64_t delivery_trace_ns(const struct delivery_trace *d, uint64_t k)
{
	int64_t ns = instant_of(d, d->first + k);
	return ns == TIME_NEVER ? ns : ns - d->time.start_ns;
}

uint64_t delivery_trace_count(const struct delivery_trace *d, int64_t now_ns)
{
	return count_until(d, d->time.start_ns + now_ns) - d->first;
}

double delivery_trace_bps(const struct delivery_trace *d)
{
	return (double)d->n * DELIVERY_FRAME_BYTES * 8 / ns_to_s(last_ns(d));
}

double delivery_trace_recent_bps(const struct delivery_trace *d, int64_t now_ns)
{
	int64_t to_ns = now_ns > NS_PER_S ? now_ns : NS_PER_S;
	uint64_t n = delivery_trace_count(d, to_ns) - delivery_trace_count(d, to_ns - NS_PER_S);
	return (double)n * DELIVERY_FRAME_BYTES * 8;
}

int64_t delivery_trace_airtime_ns(const struct delivery_trace *d, int64_t at_ns)
{
	uint64_t before = at_ns >= NS_PER_MS ? delivery_trace_count(d, at_ns - NS_PER_MS) : 0;
	uint64_t n = delivery_trace_count(d, at_ns) - before;
	return n > 0 ? NS_PER_MS / (int64_t)n : 0;
}
