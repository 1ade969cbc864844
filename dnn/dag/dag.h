// SPDX-License-Identifier: BSD-3-Clause
// A network's layers as one directed acyclic graph, and the chains of cuts through it. Pure.
//
// Node 0 is the network's input, the last node its result. A node reads nodes of lower numbers, and the
// result needs every node. A cut is a set of nodes that holds, with a node, all that this one reads: the
// device computes these. The cut carries the tensor of each of its nodes that a node outside reads.
//
// A chain of cuts, each within the next, is a stage a node: cut p holds the nodes of stages 0..p, so that
// sub-task p computes the nodes of stage p + 1. Cuts that do not lie within each other are no sub-tasks: with
// them two users would share no batch.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct dag {
	int n;		       // nodes, 2 or more
	const int *first;      // [n + 1] node i reads reads[first[i]] .. reads[first[i + 1] - 1]
	const int *reads;      // of node 0: nothing
	const int64_t *work;   // [n] MACs
	const int64_t *values; // [n] of the node's tensor
};

// Whether every path from the input to the result passes a node: then the cut behind it carries its tensor
// alone. Input and result are such nodes, too. Linear in nodes and edges: no edge passes over such a node in
// the nodes' order, whichever order that is, for any other node comes before it on some path, or behind it.
void dag_articulations(const struct dag *g, bool *articulation);

// The last stage whose nodes read a node: in the chain, cut p carries node i if stage[i] <= p < until[i]. The
// last cut carries the result.
void dag_carried_until(const struct dag *g, const int *stage, int *until);

// The chain of all articulation points. Fills stage[n], returns the number of sub-tasks.
int dag_chain_articulations(const struct dag *g, const bool *articulation, int *stage);

// That chain, and between its cuts those across branches that
// - are best for some weight of work against values: every other cut has no less work and no fewer
//   values than one of these, or than a mixture of two;
// - carry fewer values than every cut before, but for the input, whose size the sensor decides;
// - carry no more tensors and values than told.
// Returns the number of sub-tasks, or -ENOMEM.
int dag_chain_branches(const struct dag *g, const bool *articulation, int most_tensors, int64_t most_values,
		       int *stage);
