// SPDX-License-Identifier: BSD-3-Clause
// Whether a network can be as accurate as its UEs need.
#pragma once

#include "dnn/network.h"
#include "setup/topology/topology.h"

// Every UE with tasks of the network that `reference` names asks for no more than the network or one of its
// exits has; where none is told, for nothing. 0, or -EINVAL with the sentence: path, line, and what would be
// right.
int accuracy_check(const struct topology *t, const char *reference, const struct network *net,
		   struct err *err);
