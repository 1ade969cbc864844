// SPDX-License-Identifier: BSD-3-Clause
// In what given configurations differ (summary.json's "given", see topology_given_to_json).
#pragma once

#include <jansson.h>
#include <stddef.h>

// The leaves of a nested object by their dotted path: {"cell.bandwidth_hz": 1e6, ...}. A new reference.
json_t *settings_flatten(const json_t *nested);

// Of n flat objects the paths whose values are not everywhere the same, each with its distinct values in
// their order: {"cell.bandwidth_hz": [1e6, 2e6]}. What an object lacks counts as null. A new reference.
json_t *settings_differing(json_t *const *flat, size_t n);

// "bandwidth=5 MHz" for a path, the shortest name that is not another path's of `among`.
void settings_text(const char *path, const json_t *value, const json_t *among, char *text, size_t size);
