// SPDX-License-Identifier: BSD-3-Clause
// Random configurations by their tables, and what one may do to their files.
#pragma once

#include "base/rng.h"
#include "setup/fields/fields.h"

// Fills the struct (all zero before) with values that every row takes; lists get 1 to 3 items.
void config_fill(const struct config_table *table, void *base, struct rng *rng);

// Calls fn for every value of an object that the table wrote: with the object or array that holds it, its
// row, and its path.
typedef void (*config_value_fn)(json_t *holder, size_t index, const struct config_field *field,
				const char *path, void *user);
void config_each_value(const struct config_table *table, json_t *object, config_value_fn fn, void *user);

// Whether all rows' values are the same, lists included.
bool config_equal(const struct config_table *table, const void *a, const void *b);
