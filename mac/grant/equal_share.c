// SPDX-License-Identifier: BSD-3-Clause
// W / k for each of the k UEs that have something to send: processor sharing.
#include "mac/grant/grant.h"

const struct grant_rule grant_equal_share = {.name = "equal-share", .sharing = GRANT_AT_ONCE};
