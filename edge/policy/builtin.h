// SPDX-License-Identifier: BSD-3-Clause
// The built-in policies: one function, one file and one row of the table in policy.c each.
#pragma once

#include "edge/policy/policy.h"

int plan_lc(const struct snapshot *snapshot, struct plan *plan, struct err *err);
int plan_ip_ssa(const struct snapshot *snapshot, struct plan *plan, struct err *err);
int plan_ip_ssa_keep_best(const struct snapshot *snapshot, struct plan *plan, struct err *err);
int plan_ip_ssa_tighten(const struct snapshot *snapshot, struct plan *plan, struct err *err);
int plan_ip_ssa_np(const struct snapshot *snapshot, struct plan *plan, struct err *err);
int plan_eo(const struct snapshot *snapshot, struct plan *plan, struct err *err);
int plan_ps(const struct snapshot *snapshot, struct plan *plan, struct err *err);
int plan_fifo(const struct snapshot *snapshot, struct plan *plan, struct err *err);
int plan_og(const struct snapshot *snapshot, struct plan *plan, struct err *err);
int plan_j_dob(const struct snapshot *snapshot, struct plan *plan, struct err *err);
int plan_j_dob_no_edge_dvfs(const struct snapshot *snapshot, struct plan *plan, struct err *err);
int plan_j_dob_binary(const struct snapshot *snapshot, struct plan *plan, struct err *err);
