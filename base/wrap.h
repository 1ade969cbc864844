// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <stdio.h>

// Prints text broken at spaces so that no line passes `width` columns (a longer word stands alone), every
// line indented, the last one ended.
void print_wrapped(FILE *out, int indent, int width, const char *text);
