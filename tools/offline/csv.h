// SPDX-License-Identifier: BSD-3-Clause
// The experiment as CSV: one row per setting and policy. Energies are means over placements, per task, in mJ;
// savings are of the users' energy against LC in per cent, total_saving_pct of users and edge together;
// shares are of all users. plan_us (the median time of one plan) is the last column and the only one that
// differs between two equal sweeps.
#pragma once

#include <stdio.h>
#include "tools/offline/experiment.h"

#define SWEEP_CSV_MARK "question,network,feature_bits,deadline_low_ms," // the table begins with it

// 0, or -EIO.
int experiment_csv(const struct experiment *experiment, FILE *out);
