// SPDX-License-Identifier: BSD-3-Clause
#include "dnn/dag/dag.h"

void dag_articulations(const struct dag *g, bool *articulation)
{
	int lowest = g->n; // node that any node behind i reads
	for (int i = g->n - 1; i >= 0; i--) {
		articulation[i] = lowest >= i;
		for (int k = g->first[i]; k < g->first[i + 1]; k++)
			lowest = g->reads[k] < lowest ? g->reads[k] : lowest;
	}
}

void dag_carried_until(const struct dag *g, const int *stage, int *until)
{
	for (int i = 0; i < g->n; i++) {
		until[i] = stage[i] + (i == g->n - 1);
		for (int k = g->first[i]; k < g->first[i + 1]; k++)
			if (stage[i] > until[g->reads[k]])
				until[g->reads[k]] = stage[i];
	}
}

int dag_chain_articulations(const struct dag *g, const bool *articulation, int *stage)
{
	int at = 0;
	for (int i = 0; i < g->n; i++) {
		stage[i] = at;
		at += articulation[i];
	}
	return stage[g->n - 1];
}
