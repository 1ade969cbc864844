// SPDX-License-Identifier: BSD-3-Clause
// A small network with early exits, and batches that shrink at each of them.
#pragma once

#include "dnn/layers/layers.h"
#include "tests/unit/dnn/dnn_lab.h"

// Four sub-tasks with exits behind the first and the third; the same without exits.
extern const char exits_lab_text[], exits_lab_plain[];

struct network *exits_lab_network(void);

// Runs batches of the lab's users, who leave at random exits (seed printed), through all sub-tasks.
// Everybody's answer must be that of the reference, within the back end's tolerance.
void exits_lab_check_shrinking(struct lab *lab, struct executor *e, const char *backend);
