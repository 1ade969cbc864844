// SPDX-License-Identifier: BSD-3-Clause
// The judge of every plan, however it was made: the rules that decisions must keep, and the prediction that
// they lead to (predict.h). Refuses the first broken rule.
#pragma once

#include "edge/policy/policy.h"

// The rules about decisions alone: 0, or -EPROTO with the rule and where. Everything that is chosen exists
// and is allowed: network (or variant), exit, cut, server, frequency; who is not admitted is in no group and
// no batch; who offloads has coverage or a grant, and a group; grants fit into the band; jobs of one device
// have places of their own; batches and members lie in the plan's storage, are of one server, network and
// group, have at most max_batch members of that network, and run at a relative frequency of at most 1.
int plan_check_decisions(const struct snapshot *snapshot, const struct plan *plan, struct err *err);

// Those, and: everything predicted is as plan_predict says; batches ascend; none starts before its server is
// free, runs while it is taken, or beside more others than the server allows; each offloader is in every
// batch from its cut to its exit, once and in order, its upload in, with the guard, before its first one;
// what is offloaded and said to be feasible is back by edge_deadline_s; accuracy needs are met; infeasible
// users say why. Times may differ by 1e-9 s (relative 1e-9 above a second), energies by 1e-9 of their value.
// -ENOMEM.
int plan_check(const struct snapshot *snapshot, const struct plan *plan, struct err *err);
