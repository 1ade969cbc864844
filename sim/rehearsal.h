// SPDX-License-Identifier: BSD-3-Clause
// What a run would be refused for, found before it begins: the edge's desk is opened as both hosts open it,
// and plans one round with a task of each network.
#pragma once

#include "setup/configs.h"

// run: topology, prepared and resolved. emulated: batches are to run on this machine. 0; -EINVAL with the
// sentence with which the edge would refuse every round; -ENOMEM. An outside policy that breaks a rule
// passes: that ends the requests that it is asked about.
int rehearse(const struct prepared_run *run, bool emulated, struct err *err);
