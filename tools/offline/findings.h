// SPDX-License-Identifier: BSD-3-Clause
// The experiment in words: table.md, one section per question, every figure taken from the experiment.
#pragma once

#include <stdio.h>
#include "tools/offline/shapes.h"

#define FINDINGS_MARK "# Offline experiments: what came out\n" // the page begins with it

// 0, or a negative errno.
int findings_write(const struct experiment *experiment, const struct finding *findings, int n_findings,
		   FILE *out);
