// SPDX-License-Identifier: BSD-3-Clause
// What a topology says of online policies, for the edge; and whether it can be done, before anything is
// built.
#pragma once

#include "edge/desk/config.h"
#include "setup/cell/assembly.h"
#include "setup/topology/topology.h"

// The agent must fit this topology (its hash). With an offline policy the hash is 0. 0, or a negative errno
// with a sentence.
int online_config_of(struct edge_online *o, const struct topology *t, const struct assembly_config *cell,
		     struct err *err);

// 0 when the policy is an offline one, or an online one that can decide for this edge: its agent is there and
// fits, and it does not want to see the future of a run in real time. Else -EINVAL or the like.
int online_check(const struct edge_config *edge, bool in_virtual_time, struct err *err);
