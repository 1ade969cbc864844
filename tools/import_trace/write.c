// SPDX-License-Identifier: BSD-3-Clause
#include "tools/import_trace/write.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>

#include "base/clock.h"

#define PACKET_BITS 12000. // of an opportunity: one IP packet of 1500 bytes
#define MOST_OPPORTUNITIES 1e8
#define MOST_DELIVERY_S 1e6

// The last sample lasts as long as the step before it, a lone one a second.
static int64_t last_step_ns(const struct samples *s)
{
	for (size_t i = s->n; i > 1; i--)
		if (s->at[i - 1].ns > s->at[i - 2].ns)
			return s->at[i - 1].ns - s->at[i - 2].ns;
	return NS_PER_S;
}

// ---- rates

// From from_ns until to_ns, after the file's 0.
struct piece {
	int64_t from_ns, to_ns;
	double bps;
};

static size_t count_pieces(const struct samples *s, enum sample_kind kind)
{
	return kind == SAMPLES_RATE_UNTIL ? s->n - 1 : s->n;
}

static struct piece piece_at(const struct samples *s, enum sample_kind kind, int64_t start_ns, size_t i)
{
	bool until = kind == SAMPLES_RATE_UNTIL, last = i + 1 == s->n;
	int64_t from_ns = s->at[i].ns, to_ns = last ? from_ns + last_step_ns(s) : s->at[i + 1].ns;
	return (struct piece){from_ns - start_ns, to_ns - start_ns, s->at[until ? i + 1 : i].value[0]};
}

static int64_t whole_us(int64_t ns)
{
	return (ns + NS_PER_US / 2) / NS_PER_US;
}

static size_t write_link_row(FILE *out, const struct piece *p, int64_t latency_ns)
{
	int64_t keep_us = whole_us(p->to_ns) - whole_us(p->from_ns);
	if (keep_us > 0)
		fprintf(out, "%" PRId64 ",%" PRId64 ",%.0f,0,0\n", keep_us, latency_ns, fmin(p->bps, 1e15));
	return keep_us > 0;
}

// Opportunities of one piece: at each 12000 bits since the trace's start, of which before_bits are sent.
static int64_t write_opportunities(FILE *out, const struct piece *p, double before_bits, int64_t last_ms,
				   size_t *rows)
{
	double after_bits = before_bits + p->bps * ns_to_s(p->to_ns - p->from_ns);
	for (double k = floor(before_bits / PACKET_BITS) + 1; k * PACKET_BITS <= after_bits * (1 + 1e-12);
	     k++) {
		double ms = 1e3 * (ns_to_s(p->from_ns) + (k * PACKET_BITS - before_bits) / p->bps);
		int64_t whole_ms = (int64_t)ceil(ms - 1e-6);
		last_ms = whole_ms > last_ms ? whole_ms : last_ms;
		fprintf(out, "%" PRId64 "\n", last_ms);
		++*rows;
	}
	return last_ms;
}

static int check_delivery(const struct trace_written *w, struct err *err)
{
	double opportunities = w->mean_bps * w->length_s / PACKET_BITS;
	if (w->length_s > MOST_DELIVERY_S)
		return err_set(err, EINVAL,
			       "%g s are too long for a delivery trace, which has at most %g s: --to link",
			       w->length_s, MOST_DELIVERY_S);
	if (opportunities > MOST_OPPORTUNITIES)
		return err_set(err, EINVAL, "%g packets are too many for a delivery trace: --to link",
			       opportunities);
	if (opportunities < 1)
		return err_set(err, EINVAL, "less than one packet of 1500 bytes is sent in all: --to link");
	return 0;
}

static void write_deliveries(FILE *out, const struct samples *s, enum sample_kind kind,
			     const struct trace_output *o, struct trace_written *w)
{
	double bits = 0;
	int64_t last_ms = 0, end_ms = (int64_t)(1e3 * w->length_s + .5);
	for (size_t i = 0; i < count_pieces(s, kind); i++) {
		struct piece p = piece_at(s, kind, o->start_ns, i);
		last_ms = write_opportunities(out, &p, bits, last_ms, &w->rows);
		bits += p.bps * ns_to_s(p.to_ns - p.from_ns);
	}
	// The last instant is the length of a period: without it a silence at the end would be lost.
	if (last_ms < end_ms) {
		fprintf(out, "%" PRId64 "\n", end_ms);
		w->rows++;
	}
}

static int write_rates(FILE *out, const struct samples *s, enum sample_kind kind,
		       const struct trace_output *o, struct trace_written *w, struct err *err)
{
	double bits = 0;
	size_t n = count_pieces(s, kind);
	if (n == 0)
		return err_set(err, EINVAL,
			       "one row is too few: a rate holds since the row before, so that of the first "
			       "is not used");
	for (size_t i = 0; i < n; i++) {
		struct piece p = piece_at(s, kind, o->start_ns, i);
		bits += p.bps * ns_to_s(p.to_ns - p.from_ns);
		w->length_s = ns_to_s(p.to_ns);
	}
	w->mean_bps = bits / w->length_s;
	if (o->form == FORM_DELIVERY) {
		int rc = check_delivery(w, err);
		if (rc == 0)
			write_deliveries(out, s, kind, o, w);
		return rc;
	}
	fputs("keep_us,latency_ns,rate_bps,loss,limit\n", out);
	for (size_t i = 0; i < n; i++) {
		struct piece p = piece_at(s, kind, o->start_ns, i);
		w->rows += write_link_row(out, &p, o->latency_ns);
	}
	return 0;
}

// ---- series

// To a thousandth, and never -0.000.
static double rounded(double value)
{
	return round(value * 1e3) / 1e3 + 0.;
}

static void write_series(FILE *out, const struct samples *s, const struct trace_output *o,
			 struct trace_written *w)
{
	bool places = o->form == FORM_WAYPOINTS;
	fputs(places ? "time_s,ue,x,y,z\n" : "time_s,ue,gain_db\n", out);
	for (size_t i = 0; i < s->n; i++) {
		const struct sample *a = &s->at[i];
		int64_t us = (a->ns - o->start_ns) / NS_PER_US;
		fprintf(out, "%" PRId64 ".%06" PRId64 ",ue%d", us / 1000000, us % 1000000, a->node + 1);
		if (places)
			fprintf(out, ",%.3f,%.3f,%.3f\n", rounded(a->value[0] - o->x_m),
				rounded(a->value[1] - o->y_m), rounded(a->value[2]));
		else
			fprintf(out, ",%.3f\n", rounded(a->value[0]));
	}
	w->rows = s->n;
	w->length_s = s->n > 0 ? ns_to_s(s->at[s->n - 1].ns - o->start_ns + last_step_ns(s)) : 0;
}

int trace_write(FILE *out, const struct samples *s, enum sample_kind kind, const struct trace_output *o,
		struct trace_written *written, struct err *err)
{
	*written = (struct trace_written){0};
	if (o->form == FORM_LINK || o->form == FORM_DELIVERY)
		return write_rates(out, s, kind, o, written, err);
	write_series(out, s, o, written);
	return 0;
}
