// SPDX-License-Identifier: BSD-3-Clause
// Inside the room: a description's sub-tasks as one graph of layers. Heads of early exits are no part of it.
#pragma once

#include "dnn/dag/dag.h"
#include "dnn/description.h"

struct dag_layers {
	struct dag dag;		    // its arrays belong here
	const struct layer **layer; // [dag.n] of a node; NULL for the input
	int *subtask;		    // [dag.n] that has it in the description; 0 for the input
	int *end;		    // [n_subtasks] the node of each sub-task's output
	struct shape input;	    // of the network
};

// 0 or -ENOMEM; to be freed whatever comes back.
int dag_layers_make(struct dag_layers *f, const struct network *described);
void dag_layers_free(struct dag_layers *f);
