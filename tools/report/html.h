// SPDX-License-Identifier: BSD-3-Clause
// The few things a page is made of. Every text that comes from outside goes through html_text or a cell,
// which escape it.
#pragma once

#include <stdbool.h>
#include <stdio.h>
#include "base/estimate.h"

// Text with &, <, > and quotes escaped; control characters become blanks.
void html_text(FILE *out, const char *text);

// Opens a section with a heading and a line under it (lead may be NULL); id names it.
void html_section(FILE *out, const char *id, const char *heading, const char *lead);
void html_section_end(FILE *out);

// A table that scrolls inside itself where the page is too narrow. The head's cells follow, then rows.
void html_table(FILE *out);
void html_table_end(FILE *out);
// NULL-terminated. A column stands right but for the first and those whose head begins with '<', left.
void html_heads(FILE *out, const char *const *heads);

// What lies between the two is shown on demand, below this summary, if it is to be folded.
void html_fold(FILE *out, bool folded, const char *summary);
void html_fold_end(FILE *out, bool folded);
void html_row(FILE *out);
void html_row_end(FILE *out);

__attribute__((format(printf, 2, 3))) void html_name_cell(FILE *out, const char *format, ...); // left, bold
__attribute__((format(printf, 2, 3))) void html_cell(FILE *out, const char *format, ...);      // right
__attribute__((format(printf, 2, 3))) void html_text_cell(FILE *out, const char *format, ...); // left
void html_path_cell(FILE *out, const char *path); // left, as code
// A number with this many decimals; a dash for NaN.
void html_number_cell(FILE *out, double value, int decimals);
// mean +- half width
void html_estimate_cell(FILE *out, struct estimate e, int decimals);
// A cell with a coloured word: good, bad, or neither.
enum html_mood { MOOD_PLAIN, MOOD_GOOD, MOOD_BAD, MOOD_NOTE };
void html_badge_cell(FILE *out, enum html_mood mood, const char *word);
void html_badge(FILE *out, enum html_mood mood, const char *word);
