// SPDX-License-Identifier: BSD-3-Clause
// Measured accuracy beside promised.
#pragma once

#include <jansson.h>
#include <stdio.h>

// Lines of `airbatch show` from a summary; none where no accuracy is promised and no class is known.
void show_accuracy(const json_t *summary, FILE *out);
