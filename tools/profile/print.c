// SPDX-License-Identifier: BSD-3-Clause
#include <string.h>

#include "tools/profile/show.h"

enum { MOST_COLUMNS = 12, BAR = 50 };

static double total_s(const struct profile *p, int b)
{
	double sum = 0;
	for (int n = 0; n < p->n_subtasks; n++)
		sum += p->median_s[n * p->max_batch + b - 1];
	return sum;
}

// 1, 2, 4, ... and the largest batch.
static int choose_batches(const struct profile *p, int batch[])
{
	int n = 0;
	for (int b = 1; b < p->max_batch && n < MOST_COLUMNS - 1; b *= 2)
		batch[n++] = b;
	batch[n++] = p->max_batch;
	return n;
}

static void print_table(const struct profile *p, const int batch[], int n, FILE *out)
{
	fprintf(out, "  F_n(b) in ms, medians\n  %8s", "b =");
	for (int i = 0; i < n; i++)
		fprintf(out, " %9d", batch[i]);
	for (int k = 0; k < p->n_subtasks; k++) {
		fprintf(out, "\n  n = %4d", k + 1);
		for (int i = 0; i < n; i++)
			fprintf(out, " %9.3f", 1e3 * p->median_s[k * p->max_batch + batch[i] - 1]);
	}
	fprintf(out, "\n  %8s", "all");
	for (int i = 0; i < n; i++)
		fprintf(out, " %9.3f", 1e3 * total_s(p, batch[i]));
	fprintf(out, "\n  %8s", "an input");
	for (int i = 0; i < n; i++)
		fprintf(out, " %9.3f", 1e3 * total_s(p, batch[i]) / batch[i]);
	fprintf(out, "\n  %8s", "p95/p50");
	for (int i = 0; i < n; i++) {
		double p95 = 0;
		for (int k = 0; k < p->n_subtasks; k++)
			p95 += p->p95_s[k * p->max_batch + batch[i] - 1];
		fprintf(out, " %9.3f", p95 / total_s(p, batch[i]));
	}
	fputc('\n', out);
}

static void print_bars(const struct profile *p, const int batch[], int n, FILE *out)
{
	static const char bar[] = "##################################################";
	double most = total_s(p, p->max_batch);
	fprintf(out, "  all sub-tasks over b\n");
	for (int i = 0; i < n; i++) {
		int length = (int)(BAR * total_s(p, batch[i]) / most + .5);
		fprintf(out, "  %8d %-*.*s %.3f ms\n", batch[i], BAR, length, bar,
			1e3 * total_s(p, batch[i]));
	}
}

// Where a larger batch is faster, that one runs.
static void print_padded(const struct profile *p, FILE *out)
{
	for (int i = 0; i < p->n_subtasks * p->max_batch; i++) {
		int n = i / p->max_batch, b = i % p->max_batch + 1, as = profile_runs_as(p, n, b);
		if (as > b)
			fprintf(out, "  n = %d, b = %d runs as %d, which is faster\n", n + 1, b, as);
	}
}

static void print_facts(const struct profile *p, FILE *out)
{
	if (p->disturbed)
		fputs("  disturbed: others used the machine meanwhile, not to be relied on\n", out);
	for (const char *line = p->facts; *line;) {
		int n = (int)strcspn(line, "\n");
		fprintf(out, "  %.*s\n", n > 2 ? n - 2 : 0, n > 2 ? line + 2 : "");
		line += n + (line[n] == '\n');
	}
}

void profile_print(const struct profile *p, FILE *out)
{
	int batch[MOST_COLUMNS], n = choose_batches(p, batch);
	fprintf(out, "%s: %d sub-tasks, batches of 1 to %d%s\n  source: %s\n", p->network, p->n_subtasks,
		p->max_batch, p->modelled ? " (MODELLED)" : "", p->source);
	print_facts(p, out);
	print_table(p, batch, n, out);
	print_padded(p, out);
	print_bars(p, batch, n, out);
}
