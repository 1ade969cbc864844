// SPDX-License-Identifier: BSD-3-Clause
// One value by its row of the table: from text, as JSON, and its limits in words. Private to this room.
#pragma once

#include <jansson.h>
#include "setup/topology/schema_private.h"
#include "setup/topology/topology.h"

// Reads `text` into the key's field of `base` (struct topology or struct topology_ue) and checks its range.
// `shown` is the path to name in the sentence ("ue3.gain"). folder: "" or a folder with '/' at its end, from
// which names of files count. 0 or -EINVAL.
int value_read(const struct schema_key *key, const char *shown, const char *text, const char *folder,
	       const struct topology_options *options, void *base, struct err *err);

// Makes the field "not given": NaN, or the empty text.
void value_unset(const struct schema_key *key, void *base);

// Copies the field from one base to another.
void value_copy(const struct schema_key *key, void *to, const void *from);

// A new reference, NULL when out of memory.
json_t *value_to_json(const struct schema_key *key, const void *base);

// "_hz", "_s", "" ...: what the JSON name of a quantity ends in.
const char *value_suffix(const struct schema_key *key);

// What is accepted: "a bandwidth (Hz, kHz, MHz, GHz), above 0, at most 100 GHz".
void value_describe(const struct schema_key *key, char *buf, size_t size);

// One limit of the key's range with its unit: "100 GHz", "0". Returns buf.
const char *value_limit(const struct schema_key *key, double limit, char *buf, size_t size);

// "a, b or c" of a NULL-terminated list.
void value_words(const char *const *words, char *buf, size_t size);
