// SPDX-License-Identifier: BSD-3-Clause
// A manual page, written as text for a terminal or as roff (man macros) for man(1). Text in `backticks` is
// bold in roff.
#pragma once

#include <stdbool.h>
#include <stdio.h>

struct page {
	FILE *out;
	bool roff;
};

// "airbatch-run", 1, "run a topology": title line and NAME.
void page_begin(const struct page *p, const char *name, int section, const char *summary);
void page_section(const struct page *p, const char *title);
void page_subsection(const struct page *p, const char *title);
void page_paragraph(const struct page *p, const char *text);
void page_code(const struct page *p, const char *lines); // as it stands
void page_item(const struct page *p, const char *term, const char *text);
