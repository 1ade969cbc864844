// SPDX-License-Identifier: BSD-3-Clause
// Names groups with as much as it takes to tell them apart: policy, topology's name, the settings in which
// they differ, a number; and the engine where there are both. Private to this room.
#pragma once

#include "tools/report/groups.h"

void groups_name(struct groups *g);
