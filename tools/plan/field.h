// SPDX-License-Identifier: BSD-3-Clause
// Strict reading of JSON: every refusal carries the field's path.
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include "base/err.h"

// Where in the document a value stands: "users[3]".
struct field {
	const json_t *value;
	char path[96];
	struct err *err;
};

// The range of a number.
struct bounds {
	double low, high;
	bool low_open; // low itself is refused
};

// The member `key` of an object; refuses a missing one (optional = false) with its path. out->value is NULL
// when absent.
int field_member(const struct field *object, const char *key, bool optional, struct field *out);

// Refuses anything but an object with keys among `keys` (NULL-terminated).
int field_object(const struct field *field, const char *const keys[]);

// Refuses anything but an array of low..high elements; *size gets how many.
int field_array(const struct field *field, int low, int high, int *size);

// Element i of an array.
struct field field_element(const struct field *array, int i);

// A number within bounds; absent (value NULL) gives 0.
int field_number(const struct field *field, struct bounds bounds, double *out);

// field_member and field_number in one.
int field_number_of(const struct field *object, const char *key, bool optional, struct bounds bounds,
		    double *out);

// field_member and a whole number within bounds in one; optional, absent gives 0.
int field_integer_of(const struct field *object, const char *key, int low, int high, int *out);
