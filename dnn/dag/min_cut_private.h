// SPDX-License-Identifier: BSD-3-Clause
// Inside the folder: minimum cuts of directed networks with capacities (Ford and Fulkerson 1956, along
// shortest paths: Edmonds and Karp 1972). Whole numbers of 128 bits, so that sums of products are exact.
#pragma once

#include <stdbool.h>

__extension__ typedef __int128 capacity_t;

#define CAPACITY_UNBOUNDED ((capacity_t)1 << 120)

struct min_cut;

// NULL with errno.
struct min_cut *min_cut_new(int nodes, int most_arcs);
void min_cut_free(struct min_cut *f);

void min_cut_add(struct min_cut *f, int from, int to, capacity_t capacity);

// Marks the nodes of the source's side of a minimum cut: the fewest that one can have. Once a network.
void min_cut_find(struct min_cut *f, int source, int sink, bool *side);
