// SPDX-License-Identifier: BSD-3-Clause
// Random graphs: alone, and as descriptions of networks.
#pragma once

#include <stdbool.h>
#include "base/rng.h"
#include "dnn/dag/dag.h"

enum { DAG_LAB_NODES = 12, DAG_LAB_EDGES = 48 };

struct dag_lab {
	struct dag dag; // its arrays are the ones below
	int first[DAG_LAB_NODES + 1], reads[DAG_LAB_EDGES];
	int64_t work[DAG_LAB_NODES], values[DAG_LAB_NODES];
};

// The seed of this run, $SEED or 1, printed.
uint64_t dag_lab_seed(const char *test);

// Fills a graph of 2 to DAG_LAB_NODES nodes, each on a path from the input to the result.
void dag_lab_draw(struct dag_lab *lab, struct rng *rng);

// A network of one sub-task with branches that are added and joined. The caller frees.
char *dag_lab_description(struct rng *rng);
