// SPDX-License-Identifier: BSD-3-Clause
// The built-in policies: one function, one file and one row of the table in policy.c each.
#pragma once

#include "edge/policy/policy.h"

int plan_lc(const struct snapshot *snapshot, struct plan *plan, struct err *err);
int plan_ip_ssa(const struct snapshot *snapshot, struct plan *plan, struct err *err);
int plan_ip_ssa_keep_best(const struct snapshot *snapshot, struct plan *plan, struct err *err);
int plan_ip_ssa_tighten(const struct snapshot *snapshot, struct plan *plan, struct err *err);
int plan_ip_ssa_np(const struct snapshot *snapshot, struct plan *plan, struct err *err);
