// SPDX-License-Identifier: BSD-3-Clause
// No silent loser: a key that was given and changes nothing is refused with what wins. Private to this room.
//
// A key may lose to an override that comes after it, which wins visibly. A file is written for every command:
// its keys need not concern the one at hand, the overrides' must.
#pragma once

#include "setup/topology/source.h"

// Judges every key of the file, of topology_options.fixed (as the file's) and of the overrides by the `needs`
// of its row; a common key of UEs for those that have no value of their own. 0, or -EINVAL with a sentence.
int check_effects(const struct topology *t, struct err *err);
