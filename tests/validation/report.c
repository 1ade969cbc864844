// SPDX-License-Identifier: BSD-3-Clause
#include "report.h"

#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>

struct line {
	const char *law, *kind;
	double value, expected, low, high, p; // NaN = does not apply
	uint64_t n;
	int pass;
};

static void print_number(double value)
{
	if (isnan(value))
		printf("-\t");
	else
		printf("%.5g\t", value);
}

static void print_line(struct report *r, const struct line *l)
{
	printf("%s\t%s\t%s\t", r->section, l->law, l->kind);
	print_number(l->value);
	print_number(l->expected);
	print_number(l->low);
	print_number(l->high);
	printf("%" PRIu64 "\t", l->n);
	if (isnan(l->p))
		printf("-\t");
	else
		printf("%.3f\t", l->p);
	printf("%" PRIu64 "\t%s\n", r->seed, l->pass ? "PASS" : "FAIL");
	r->laws++;
	r->failures += !l->pass;
}

void report_exact(struct report *r, const char *law, double value, double expected, double tolerance,
		  uint64_t n)
{
	print_line(r, &(struct line){.law = law,
				     .kind = "exact",
				     .value = value,
				     .expected = expected,
				     .low = tolerance,
				     .high = NAN,
				     .p = NAN,
				     .n = n,
				     .pass = fabs(value - expected) <= tolerance});
}

void report_interval(struct report *r, const char *law, double value, double expected, struct interval ci,
		     uint64_t n)
{
	print_line(r, &(struct line){.law = law,
				     .kind = "interval",
				     .value = value,
				     .expected = expected,
				     .low = ci.low,
				     .high = ci.high,
				     .p = NAN,
				     .n = n,
				     .pass = expected >= ci.low && expected <= ci.high});
}

void report_test(struct report *r, const char *law, double statistic, double p, uint64_t n)
{
	print_line(r, &(struct line){.law = law,
				     .kind = "test",
				     .value = statistic,
				     .expected = NAN,
				     .low = NAN,
				     .high = NAN,
				     .p = p,
				     .n = n,
				     .pass = p >= LEVEL});
}

FILE *report_series(const struct report *r, const char *name, const char *header)
{
	char path[PATH_MAX] = "/dev/null";
	if (r->series_dir)
		snprintf(path, sizeof(path), "%s/%s.csv", r->series_dir, name);
	FILE *file = fopen(path, "w");
	must(file != NULL, "cannot write a series: is the directory there?");
	fprintf(file, "%s\n", header);
	return file;
}

const char *law_name(const char *format, ...)
{
	static char name[256];
	va_list list;
	va_start(list, format);
	vsnprintf(name, sizeof(name), format, list);
	va_end(list);
	return name;
}

void *must_allocate(size_t n, size_t size)
{
	void *memory = calloc(n, size);
	must(memory != NULL, "out of memory");
	return memory;
}

void must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "validate: %s\n", what);
	exit(2);
}
