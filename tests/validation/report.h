// SPDX-License-Identifier: BSD-3-Clause
// What a validation section hands back: one line a law on standard output, and the points of its plots as
// CSV files. A law is of one of three kinds:
//   exact     a computed value against a reference value, |value - expected| <= tolerance
//   interval  an estimate with its confidence interval, which must hold the theoretical value
//   test      a goodness-of-fit test, whose p value must be at least LEVEL
// The intervals are of 1 - LEVEL, so that of many true laws one in a hundred fails at a random seed.
//
// Lines are tab-separated: section, law, kind, value, expected, low, high, sample size, p, seed, PASS or
// FAIL; "-" where a column does not apply. low and high are the interval's; of an exact law, low is the
// tolerance.
#pragma once

#include <stdint.h>
#include <stdio.h>

#define LEVEL 0.01

struct report {
	const char *section;	// of the laws that follow
	const char *series_dir; // NULL: no series are written
	uint64_t seed;
	int laws, failures;
};

struct interval {
	double low, high;
};

void report_exact(struct report *r, const char *law, double value, double expected, double tolerance,
		  uint64_t n);
void report_interval(struct report *r, const char *law, double value, double expected, struct interval ci,
		     uint64_t n);
void report_test(struct report *r, const char *law, double statistic, double p, uint64_t n);

// A file series_dir/name.csv with a header line, for the caller to fprintf to and fclose. Without a
// directory, and when it cannot be made, a stream that discards; never NULL.
FILE *report_series(const struct report *r, const char *name, const char *header);

// A law's name made of parts; overwritten by the next call.
const char *law_name(const char *format, ...) __attribute__((format(printf, 1, 2)));

// Memory for n values of a size, zeroed, for the caller to free; ends the program when there is none.
void *must_allocate(size_t n, size_t size);
// Ends the program with a sentence when a call that must succeed has not.
void must(int ok, const char *what);
