// SPDX-License-Identifier: BSD-3-Clause
// Reading JSON objects strictly: a missing, wrong or unknown key is refused with a sentence that names it.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <jansson.h>
#include "base/err.h"

// An object under reading: where it stands in the file, and the first thing wrong with it. After that,
// readers do nothing but keep rc.
struct json_reader {
	json_t *object;
	const char *where; // "shaper.json", "shaper.json: ues[3]"
	struct err *err;
	int rc; // 0 or a negative errno
};

void json_refuse(struct json_reader *r, const char *key, const char *text);

// The value of a key; NULL when it is not there (refused when it is required).
json_t *json_value_of(struct json_reader *r, const char *key, bool required);

// Values within low .. high; *out stays as it is when an optional key is not there.
void json_read_number(struct json_reader *r, const char *key, bool required, double low, double high,
		      double *out);
void json_read_integer(struct json_reader *r, const char *key, int64_t low, int64_t high, int64_t *out);

// A text that is not empty, borrowed from the object; NULL when it is not there.
const char *json_read_text(struct json_reader *r, const char *key, bool required);

void json_refuse_unknown_key(struct json_reader *r, const char *key);
