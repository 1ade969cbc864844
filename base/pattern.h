// SPDX-License-Identifier: BSD-3-Clause
// Names with numbers in them: "tw-K:og:Lms" stands for tw-0:og:112ms and all its like.
#pragma once

#include <stdbool.h>

// Whether name is pattern with a whole number of one to three digits for each capital letter; numbers[k] gets
// the k-th of them (at most `most`; NULL = not wanted).
bool pattern_fits(const char *pattern, const char *name, int numbers[], int most);
