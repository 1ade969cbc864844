// SPDX-License-Identifier: BSD-3-Clause
// What must exist before a run starts: the UEs' activations and the edge's profile F_n(b), both cached.
#pragma once

#include <limits.h>
#include "dnn/profile.h"
#include "setup/topology/topology.h"

struct prepared_network {
	char name[NETWORK_REFERENCE_MAX]; // a reference, see dnn/network.h
	char samples[PATH_MAX];
	char confidence[PATH_MAX]; // held-out answers (dnn/confidence.h); "" = exits are as planned
	struct profile *profile;   // what plans are made with; saved into the run directory
	char called[32];	   // the network's own name
	int n_subtasks;
	char (*subtasks)[16]; // [n_subtasks] their names, without commas, quotes and backslashes; NULL where
			      // the network was not opened
};

struct prepared {
	int n;
	struct prepared_network *networks; // every network that a UE has, once
	int *network_of_ue;		   // [n_ues]
	// [n_servers * n] of further servers, the first one's first; NULL = that of the edge.
	struct profile **server_profiles;
	int n_servers;
};

#define WEIGHT_SEED 1 // of the He-normal weights; UEs and edge must have the same

// Numbers the networks that UEs have, each once, in the order of the UEs: fills network_of_ue[n_ues] and
// returns how many there are.
int prepared_networks_of(const struct topology *t, int *network_of_ue);

// The largest batch of an executor that is measured here: edge.max_batch, or as many tasks as may be open.
int prepared_max_batch(const struct topology *t);

// Says what it does on standard error unless quiet, for it can take seconds the first time.
//
// Without `samples` (a simulation sends no contents) only profiles are made, and only where a UE has tasks;
// the profile of a network without is NULL. A profile ends with the largest batch that is planned and run:
// prepared_max_batch, and of a replay the largest that its profile knows (at most BATCH_MAX_MEMBERS).
int prepare(struct prepared *p, const struct topology *t, bool samples, bool quiet, struct err *err);
void prepared_free(struct prepared *p);

// The name of a sub-task, from 0; "" when it is not known.
const char *prepared_subtask(const struct prepared_network *n, uint32_t subtask);
