// SPDX-License-Identifier: BSD-3-Clause
// For snapshots of one network.
#pragma once

#include "edge/policy/policy.h"

extern const struct policy policy_shrinking;
