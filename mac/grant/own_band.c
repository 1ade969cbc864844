// SPDX-License-Identifier: BSD-3-Clause
// FDMA with bands fixed at the start: the model of most co-inference papers.
#include "mac/grant/grant.h"

const struct grant_rule grant_own_band = {.name = "own-band", .sharing = GRANT_OWN_BANDS};
