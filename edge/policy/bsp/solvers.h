// SPDX-License-Identifier: BSD-3-Clause
// Who is served: the solvers of the shelf, one file each. All fill as many users as they can find; the exact
// ones the most there are, and of equal numbers those who take the least of the band.
#pragma once

#include "edge/policy/bsp/shelf.h"

// Places in value[]: the first two are every policy's, the next one's own.
enum {
	BSP_UPLOAD,
	BSP_LOCAL,
	BSP_REFINE,
	BSP_GROW,
	BSP_EXPECTED,
	BSP_SPREAD,
	BSP_VALUES,
	BSP_EFFORT = 2,
	BSP_SEED = 2
};

// Best-shelf packing: of those whose budget bears blocks of n the n narrowest, for the largest n that fits.
// Optimal when all leave at the same block. O(K^2).
// value[BSP_REFINE]: the blocks' sizes are iterated: those of whoever was picked say who may be picked next.
// value[BSP_GROW] (ours): and where that finds nobody more, with the sizes of those who are served.
// value[BSP_EXPECTED] (ours): likewise, with sizes as shelf->spread counts them.
shelf_solver shelf_pack;

// Best-shelf packing where each of n is granted the n-th part of the band, whatever it needs.
shelf_solver shelf_equal_band;

// Users come in an order drawn from value[BSP_SEED] and from what they are; who fits with all before it is
// served.
shelf_solver shelf_random;

// Depth-first search for each n over users by blocks (most first) and width, pruned. Exact, unless it takes
// more than value[BSP_EFFORT] steps: then the best it has found.
shelf_solver shelf_tree;

// All numbers of users of each class (those who leave at the same block): m_1 + .. + m_L = n gives all sizes
// and ends, and of each class the m_i narrowest who are in time. O(K^L) for a fixed number of blocks. Exact,
// unless it takes more than value[BSP_EFFORT] steps.
shelf_solver shelf_classes;

// One user after another, each alone in its batches: the narrowest whom the band bears, in the order of their
// deadlines; whenever one would be late, the longest so far is dropped (Moore and Hodgson). The answer is in
// the order of service.
shelf_solver shelf_one_by_one;
