// SPDX-License-Identifier: BSD-3-Clause
// The order of layers on processor and uplink when some must come before others: each layer is computed, then
// its output sent (q = 0: nothing is), one after another on both. For out-trees (every layer has at most one
// before it) the order is optimal (Sidney 1975; Horn 1972 for the merging): layers join into blocks, and a
// block's key comes from its own two-machine makespan C, a = C - sum q and b = C - sum p. Blocks with a <= b
// first, by a ascending, then the others by b descending; the best block follows its parent, or joins it.
// In-trees are out-trees backwards in time, with both machines changed for each other.
#pragma once

#include "base/err.h"

enum tree_direction {
	TREE_OUT, // parent[i] comes before i
	TREE_IN,  // parent[i] comes after i
};

// parent[n]: -1 for a root; several are allowed. device_s, upload_s: [n] p and q. Fills order[n] and
// *makespan_s. 0; -EINVAL with the field's path ("parent[3] is 3: ...") for what is no tree, -ENOMEM. O(n log
// n).
int tree_schedule(const int parent[], const double device_s[], const double upload_s[], int n,
		  enum tree_direction direction, int order[], double *makespan_s, struct err *err);

// Of an order: the end of the last upload, and of the last layer.
double tree_makespan_s(const double device_s[], const double upload_s[], const int order[], int n);

// 0, or -EINVAL with the path of what is out of range or on a cycle; -ENOMEM.
int tree_check(const int parent[], int n, struct err *err);
