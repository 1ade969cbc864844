// SPDX-License-Identifier: BSD-3-Clause
#include "tests/bench/precision/table.h"

#include <math.h>

static const char *const promise_text[] = {"-", "no", "yes"};

// A percentage, or "-" where there is none.
static const char *percent(char text[16], double share, const char *format)
{
	if (isnan(share))
		return "-";
	snprintf(text, 16, format, 100 * share);
	return text;
}

void table_header(FILE *out)
{
	fprintf(out, "%-5s %6s  %-14s | %7s %8s %8s %8s %9s | %7s %9s %9s | %6s %5s %7s  %s\n", "load",
		"Mbit/s", "shaper", "packets", "p50 us", "p99 us", "p99.9", "vs link", "packets", "1 s %",
		"10 s %", "proc %", "lost", "retries", "kept");
}

void table_row(FILE *out, const struct cell *cell, const struct cell_result *r)
{
	char one[16], ten[16], cpu[16];
	fprintf(out,
		"%-5s %6.0f  %-14s | %7zu %8.1f %8.1f %8.1f %9.1f | %7zu %9s %9s | %6s %5llu %7llu  %s\n",
		cell->hogs ? "hogs" : "quiet", cell->config.rate_bps / 1e6, cell->config.name,
		r->delay_packets, r->p50_us, r->p99_us, r->p999_us, r->link_p50_us, r->rate_packets,
		percent(one, r->rate_1s, "%+.4f"), percent(ten, r->rate_10s, "%+.4f"),
		percent(cpu, r->cpu_share, "%.1f"), (unsigned long long)r->lost,
		(unsigned long long)r->retries, promise_text[cell_keeps_promise(cell, r) + 1]);
	if (r->capture_drops)
		fprintf(out, "      the captures lost %llu packets: take this line with care\n",
			(unsigned long long)r->capture_drops);
	fflush(out);
}

void table_legend(FILE *out)
{
	fprintf(out,
		"\nLeft: Poisson traffic at %.0f %% of the rate; the receiver's stamp minus what the "
		"shaper's own law makes of "
		"the\nsender's stamps: for airbatch and netem the radio link (transmission and delay), for "
		"tbf and htb "
		"their token\nbucket (no delay). vs link: the median against the radio link, whatever the "
		"own law; "
		"negative = early.\nRight: the worst error of the rate over windows of 1 s and 10 s, always "
		"something "
		"to send. proc: the shaper's\nthread; tc's work is spread over interrupts and not told "
		"apart. kept: "
		"the promise of docs/precision.md.\n",
		100 * CELL_LOAD);
}

void csv_header(FILE *out)
{
	fprintf(out,
		"hogs,rate_bps,shaper,burst_bytes,delay_ns,queue_bytes,delay_packets,p50_us,p99_us,p999_us,"
		"link_p50_us,rate_packets,windows_1s,worst_1s,windows_10s,worst_10s,own_p50_us,own_p99_us,"
		"cpu_share,lost,retries,"
		"capture_drops,kept\n");
}

void csv_row(FILE *out, const struct cell *cell, const struct cell_result *r)
{
	const struct system_config *c = &cell->config;
	const struct law law = system_law(c);
	fprintf(out,
		"%u,%.0f,%s,%.0f,%lld,%llu,%zu,%.3f,%.3f,%.3f,%.3f,%zu,%u,%.7f,%u,%.7f,%.3f,%.3f,%.4f,%llu,%"
		"llu,%llu,%s\n",
		cell->hogs, c->rate_bps, c->name, law.burst_bytes, (long long)law.delay_ns,
		(unsigned long long)c->queue_bytes, r->delay_packets, r->p50_us, r->p99_us, r->p999_us,
		r->link_p50_us, r->rate_packets, r->windows_1s, r->rate_1s, r->windows_10s, r->rate_10s,
		r->own_p50_us, r->own_p99_us, r->cpu_share, (unsigned long long)r->lost,
		(unsigned long long)r->retries, (unsigned long long)r->capture_drops,
		promise_text[cell_keeps_promise(cell, r) + 1]);
	fflush(out);
}
