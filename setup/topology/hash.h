// SPDX-License-Identifier: BSD-3-Clause
// A name for all that an online agent's world depends on: two topologies with the same hash are the same
// environment to train and to act in.
#pragma once

#include "setup/topology/topology.h"

// Of the resolved sections cell, ues (each as drawn), edge, servers and online, but not of what leaves
// decisions as they are: the agent's file, ports, subnet, TCP, verification, threads, captures, name, seed,
// run, duration and the training's constants. The deadline and placement that are drawn count, not the seed
// that drew them. 0 with *out; -ENOMEM with a sentence.
int topology_hash(uint64_t *out, const struct topology *t, struct err *err);
