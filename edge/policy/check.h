// SPDX-License-Identifier: BSD-3-Clause
// The judge of every plan, however it was made: replays it against the snapshot and refuses the first broken
// rule. Shares no code with the policies beyond the definition of F_n(b).
#pragma once

#include "edge/policy/policy.h"

// 0, or -EPROTO with the rule that is broken and where ("users[3] uploads until 41.2 ms, its batch starts at
// 40 ms"). Rules: cuts and frequencies in range; predicted times and energies as the model gives them; every
// upload in, with the guard, before its first batch; each offloader in every batch from its cut on, once and
// in order; batches of one network and sub-task, F_n(b) long, none before gpu_free_s or while the GPU is
// taken, one at a time (or at
// most plan.gpu_shares); deadlines met by the users said to be feasible, and missed, with a reason, by the
// others; what is offloaded done by edge_deadline_s; totals that add up. Times may differ by 1e-9 s (relative
// 1e-9 above a second), energies by 1e-9 of their value.
int plan_check(const struct snapshot *snapshot, const struct plan *plan, struct err *err);
