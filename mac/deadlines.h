// SPDX-License-Identifier: BSD-3-Clause
// Which of n items is due first: a binary heap of deadlines, one an item, that can be moved at any time.
// Setting one costs O(log n), reading the first O(1). Items are the numbers 0 .. n-1.
#pragma once

#include <stdint.h>

struct deadlines;

// All items at TIME_NEVER; n from 1 on. NULL when out of memory; the caller frees it with deadlines_free.
struct deadlines *deadlines_new(uint32_t n);
void deadlines_free(struct deadlines *deadlines);

void deadlines_set(struct deadlines *deadlines, uint32_t item, int64_t at_ns);

// The earliest deadline and its item (of equal ones the lowest; item may be NULL).
int64_t deadlines_first(const struct deadlines *deadlines, uint32_t *item);
