// SPDX-License-Identifier: BSD-3-Clause
// What a topology may ask for that only virtual time has as yet.
#pragma once

#include "setup/topology/topology.h"

// 0, or -EINVAL with the key, where it stands, and what would be right in an emulation.
int emulated_check(const struct topology *t, struct err *err);
