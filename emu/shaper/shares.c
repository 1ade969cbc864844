// SPDX-License-Identifier: BSD-3-Clause
#include "emu/shaper/shares.h"

#include <stdlib.h>

struct share {
	uint32_t reserve, held;
};

struct shares {
	uint32_t n, held;
	uint32_t common; // not reserved, and nobody's
	struct share share[];
};

struct shares *shares_new(uint32_t total, uint32_t n, const double need[])
{
	struct shares *s = calloc(1, sizeof(*s) + n * sizeof(s->share[0]));
	double sum = 0;
	if (!s)
		return NULL;
	s->n = n;
	s->common = total;
	for (uint32_t f = 0; f < n; f++)
		sum += need[f];
	for (uint32_t f = 0; f < n && sum > 0; f++) {
		s->share[f].reserve = (uint32_t)(total / 2 * (need[f] / sum));
		s->common -= s->share[f].reserve;
	}
	return s;
}

void shares_free(struct shares *s)
{
	free(s);
}

bool shares_take(struct shares *s, uint32_t flow)
{
	struct share *share = &s->share[flow];
	if (share->held >= share->reserve) {
		if (s->common == 0)
			return false;
		s->common--;
	}
	share->held++;
	s->held++;
	return true;
}

void shares_give(struct shares *s, uint32_t flow)
{
	struct share *share = &s->share[flow];
	s->common += share->held > share->reserve;
	share->held--;
	s->held--;
}

uint32_t shares_held(const struct shares *s)
{
	return s->held;
}

uint32_t shares_reserve(const struct shares *s, uint32_t flow)
{
	return s->share[flow].reserve;
}
