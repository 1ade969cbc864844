// SPDX-License-Identifier: BSD-3-Clause
// What a choice costs: first the users who miss their deadline, then joules. Compared in that order, so that
// a user the device cannot serve alone is offloaded at any energy, and one whom nothing can serve does not
// blur the others' sums.
#pragma once

#include <stdbool.h>

struct cost {
	int late;
	double j;
};

static inline struct cost cost_add(struct cost a, struct cost b)
{
	return (struct cost){a.late + b.late, a.j + b.j};
}

static inline struct cost cost_sub(struct cost a, struct cost b)
{
	return (struct cost){a.late - b.late, a.j - b.j};
}

static inline bool cost_less(struct cost a, struct cost b)
{
	return a.late != b.late ? a.late < b.late : a.j < b.j;
}
