// SPDX-License-Identifier: BSD-3-Clause
// The sweep in words: table.md, one section per question, every figure taken from the sweep.
#pragma once

#include <stdio.h>
#include "tools/offline/shapes.h"

#define REPORT_MARK "# Offline experiments: what came out\n" // the page begins with it

// 0, or a negative errno.
int report_write(const struct sweep *sweep, const struct finding *findings, int n_findings, FILE *out);
