// SPDX-License-Identifier: BSD-3-Clause
// A plan as JSON or as a table. Users, sub-tasks and groups count from 0; a cut is the number of sub-tasks on
// the device.
//
// {"policy", "feasible", "energy_j", "users": [{"cut", "freq" (FLOP/s), "group" (-1 = local), "energy_j",
// "compute_j",
//  "transmit_j", "finish_s", and for a user that cannot be served "feasible": false, "why"}, ...],
//  "batches": [{"subtask", "users": [..], "start_s", "duration_s"}, ...], "plan_us"}
// With the edge's power known also "edge_j" and each batch's "edge_freq"; for PS "gpu_shares" (batches
// overlap). Batches of a snapshot with several networks carry "network".
#pragma once

#include <stdio.h>
#include "edge/policy/policy.h"

// 0, or -EIO when the stream failed.
int plan_answer_json(const char *policy, const struct snapshot *snapshot, const struct plan *plan,
		     double plan_us, FILE *out);
int plan_answer_table(const char *policy, const struct snapshot *snapshot, const struct plan *plan,
		      double plan_us, FILE *out);
