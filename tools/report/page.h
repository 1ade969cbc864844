// SPDX-License-Identifier: BSD-3-Clause
// The page: one HTML file that needs nothing else.
#pragma once

#include <stdio.h>
#include "tools/report/axes.h"
#include "tools/report/groups.h"
#include "tools/report/plots.h"

struct page {
	const struct groups *groups;
	const struct run_directory *runs;
	size_t n_runs;
	const struct axes *axes;
	const struct plots *plots;
	const json_t *problems; // array of sentences: what could not be reported
};

void page_write(const struct page *page, FILE *out);

// Its parts. page_verdict.c: five figures; page_runs.c: how far the runs are to be trusted; page_what.c.
void page_verdict(const struct page *page, FILE *out);
void page_trust(const struct page *page, FILE *out);
void page_what(const struct page *page, FILE *out);
// page_tables.c: groups beside each other, with page_accuracy.c: what exits promise, and how often they are
// right; page_plan.c: plan against simulation against measurement;
// page_ues.c.
void page_comparison(const struct page *page, FILE *out);
void page_accuracy(const struct page *page, FILE *out);
void page_plan(const struct page *page, FILE *out);
void page_ues(const struct page *page, FILE *out);
// page_axes.c: metrics against parameters, a section where there is any.
void page_axes(const struct page *page, FILE *out);

// Tables with a row a run or a group are folded away when there are more.
#define FOLDED_RUNS 24
#define FOLDED_GROUPS 12

extern const char report_style[]; // style.css
