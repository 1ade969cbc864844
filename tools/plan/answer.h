// SPDX-License-Identifier: BSD-3-Clause
// A plan as JSON or as a table. Users are ue1, ue2, ... in the problem's order; a cut is the number of
// sub-tasks on the device; groups count from 0. Sub-tasks have their names; where the problem knows none,
// JSON has the place in its list, from 0, and the table the number, from 1.
//
// {"policy", "feasible", "energy_j", "users": [{"ue", "cut", "freq" (FLOP/s), "group" (-1 = local),
// "energy_j", "compute_j",
//  "transmit_j", "finish_s", and for a user that cannot be served "feasible": false, "why";
//  where it is not the usual: "admitted": false, "exit", "server", "hertz", "order"}, ...],
//  "batches": [{"subtask", "users": [..], "start_s", "duration_s"}, ...], "plan_us"}
// With the edge's power known also "edge_j" and each batch's "edge_freq"; for PS "gpu_shares" (batches
// overlap). Batches of a snapshot with several networks carry "network";
// batches of a server other than the edge carry "server".
#pragma once

#include <stdio.h>
#include "edge/policy/policy.h"
#include "tools/plan/names.h"

// 0, or -EIO when the stream failed.
int plan_answer_json(const char *policy, const struct snapshot *snapshot, const struct plan *plan,
		     const struct plan_names *names, double plan_us, FILE *out);
int plan_answer_table(const char *policy, const struct snapshot *snapshot, const struct plan *plan,
		      const struct plan_names *names, double plan_us, FILE *out);
