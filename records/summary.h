// SPDX-License-Identifier: BSD-3-Clause
// Reads summary.json.
#pragma once

#include <jansson.h>
#include "base/err.h"

#define SUMMARY_FORMAT 1 // "format" of the files that this build writes and reads

// The summary of a run directory, which the caller owns; NULL with a sentence when there is none, it is
// damaged, or of another format.
json_t *summary_read(const char *directory, struct err *err);

// The number at a path of up to three keys (b, c may be NULL); NaN when it is absent or null.
double summary_number(const json_t *o, const char *a, const char *b, const char *c);

// The text at a key; "?" when there is none.
const char *summary_text(const json_t *o, const char *key);
